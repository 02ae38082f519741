-- For wrk: GET requests whose X-Api-Key is drawn evenly from N keys (wrk ... -- N PREFIX).
-- The texts are made before the run, so that drawing one costs the load generator a table look-up.
-- Prints one line of JSON: seconds, requests, refused (status 400 and above), broken, and latencies in microseconds.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  keys, prefix = tonumber(args[1]), args[2]
  math.randomseed(7919 * number)
  texts = {}
  for i = 1, keys do
    texts[i] = wrk.format("GET", nil, { ["Host"] = wrk.headers["Host"], ["X-Api-Key"] = prefix .. ("%06d"):format(i) })
  end
end

function request()
  return texts[math.random(keys)]
end

function done(summary, latency)
  local e = summary.errors
  io.write(
    ('{"seconds":%.6f,"requests":%d,"refused":%d,"broken":%d,"p50":%.1f,"p99":%.1f,"p999":%.1f,"max":%.1f}\n'):format(
      summary.duration / 1e6, summary.requests, e.status, e.connect + e.read + e.write + e.timeout,
      latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
