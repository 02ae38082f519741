-- For each window: INCR, EXPIRE when the counter is new, refuse when it is over. Three round trips for a
-- request that passes. Windows go by the local time of the machine, as the first line of such code always does.

local redis = require("redis")
local refusal = require("refusal")

local HUGE = 1000000000

local limiter = {}

function limiter.check(rule, per_minute)
  local connection, why = redis.open(@REDIS@)
  if not connection then
    return refusal.broken(why)
  end
  local client = ngx.var.http_x_api_key
  local windows = {
    { "minute", "%Y%m%d%H%M", 60, per_minute },
    { "hour", "%Y%m%d%H", 3600, HUGE },
    { "day", "%Y%m%d", 86400, HUGE },
  }
  for _, window in ipairs(windows) do
    local name, stamp, seconds, quota = window[1], window[2], window[3], window[4]
    local key = rule .. ":" .. name .. ":" .. client .. ":" .. os.date(stamp)
    local count
    count, why = connection:command("INCR", key)
    if not count then
      return refusal.broken(why)
    end
    if count == 1 then
      connection:command("EXPIRE", key, seconds)
    end
    if count > quota then
      connection:close()
      return refusal.over(name)
    end
  end
  connection:close()
end

return limiter
