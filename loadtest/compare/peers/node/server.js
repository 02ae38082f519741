// node server.js PORT BACKEND_PORT REDIS_PORT: a worker for each core, three windows in Redis, kept-alive connections.
"use strict";

const cluster = require("node:cluster");
const http = require("node:http");
const os = require("node:os");
const { Redis } = require("ioredis");
const { RateLimiterRedis, RateLimiterUnion } = require("rate-limiter-flexible");
const { Pool } = require("undici");

const NEVER = 1000000000;
const REFUSED = '{"msg":"Request too frequent","code":429}';
// They belong to one connection and are not passed on.
const OF_THE_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade"]);
const [port, backendPort, redisPort] = process.argv.slice(2).map(Number);

if (cluster.isPrimary) {
  os.cpus().forEach(() => cluster.fork());
  process.on("SIGTERM", () => process.exit()); // the workers notice and end too
} else {
  serve();
}

function serve() {
  const redis = new Redis(redisPort, "127.0.0.1");
  const backend = new Pool(`http://127.0.0.1:${backendPort}`, { connections: 64 });
  const limits = [["/deny/", limit(redis, "deny", 1)], ["/exact/", limit(redis, "exact", 100)], ["/", limit(redis, "allow", NEVER)]];

  http.createServer((request, response) => {
    const [, asked] = limits.find(([path]) => request.url.startsWith(path));
    asked.consume(request.headers["x-api-key"] ?? request.socket.remoteAddress).then(
      () => forward(backend, request, response),
      (refusal) => refuse(response, refusal));
  }).listen(port, "127.0.0.1", 4096);
}

// All windows are asked at once. A client that has used up its minute is remembered, as the library's guide advises.
function limit(redis, name, perMinute) {
  const window = (unit, points, duration) => new RateLimiterRedis(
    { storeClient: redis, keyPrefix: `${name}:${unit}`, points, duration, inMemoryBlockOnConsumed: points });
  return new RateLimiterUnion(window("minute", perMinute, 60), window("hour", NEVER, 3600), window("day", NEVER, 86400));
}

async function forward(backend, request, response) {
  const { method, url: path } = request;
  const body = method === "GET" || method === "HEAD" ? null : request;
  try {
    await backend.stream({ method, path, headers: kept(request.headers), body, opaque: response }, answered);
  } catch {
    if (!response.headersSent) {
      response.writeHead(502);
    }
    response.end();
  }
}

function answered({ statusCode, headers, opaque: response }) {
  return response.writeHead(statusCode, kept(headers));
}

function kept(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name)));
}

// The library rejects with the windows that are over, or with an error when Redis failed.
function refuse(response, refusal) {
  const failed = Object.values(refusal).some((window) => window instanceof Error);
  response.writeHead(failed ? 500 : 429, { "Content-Type": "application/json" });
  response.end(failed ? undefined : REFUSED);
}
