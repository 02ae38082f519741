-- The same counters as three INCR would keep, but all in one script: one round trip for a request.

local redis = require("redis")
local refusal = require("refusal")

local HUGE = 1000000000
local WINDOWS = { "minute", "hour", "day" }

-- KEYS: a counter for each window; ARGV: quota and seconds of each. Returns the window that is over, else 0.
local SCRIPT = [[
for i, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('EXPIRE', key, ARGV[2 * i]) end
  if count > tonumber(ARGV[2 * i - 1]) then return i end
end
return 0]]

local sha -- of the script, once Redis has it
local stamped_at, minute, hour, day

local function stamp()
  local now = ngx.time()
  if now ~= stamped_at then
    stamped_at = now
    minute, hour, day = os.date("!%Y%m%d%H%M", now), os.date("!%Y%m%d%H", now), os.date("!%Y%m%d", now)
  end
end

local limiter = {}

function limiter.check(rule, per_minute)
  local connection, why = redis.open(@REDIS@)
  if not connection then
    return refusal.broken(why)
  end
  if not sha then
    sha, why = connection:command("SCRIPT", "LOAD", SCRIPT)
    if not sha then
      return refusal.broken(why)
    end
  end
  stamp()
  local client = ngx.var.http_x_api_key
  local over
  over, why = connection:command("EVALSHA", sha, 3,
    rule .. ":minute:" .. client .. ":" .. minute,
    rule .. ":hour:" .. client .. ":" .. hour,
    rule .. ":day:" .. client .. ":" .. day,
    per_minute, 60, HUGE, 3600, HUGE, 86400)
  if not over then
    sha = nil
    return refusal.broken(why)
  end
  connection:close()
  if over > 0 then
    return refusal.over(WINDOWS[over])
  end
end

return limiter
