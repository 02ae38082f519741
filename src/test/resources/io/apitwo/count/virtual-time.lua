-- Redis with the time of the last argument, in microseconds. Put before a script, it answers the script's
-- commands: keys expire by that time, and a script that writes one without an expiry fails.

local real = redis
local instant = tonumber(ARGV[#ARGV])
local EXPIRIES = 'virtual-expiries'
local redis = {replicate_commands = function() end}

local function purge(key)
  local over = real.call('HGET', EXPIRIES, key)
  if over and tonumber(over) <= instant / 1000 then
    real.call('DEL', key)
    real.call('HDEL', EXPIRIES, key)
  end
end

local function expire(key, millis)
  real.call('HSET', EXPIRIES, key, string.format('%.0f', math.ceil(millis)))
end

function redis.call(command, key, ...)
  if command == 'TIME' then
    local micros = instant % 1000000
    return {string.format('%.0f', (instant - micros) / 1000000), string.format('%.0f', micros)}
  end
  local arguments = {...}
  if command == 'MGET' then
    purge(key)
    for _, other in ipairs(arguments) do purge(other) end
    return real.call(command, key, ...)
  end
  purge(key)
  if command == 'SET' then
    if arguments[2] == 'PX' then
      assert(arguments[3] >= 1000 and arguments[3] == math.floor(arguments[3]), 'a short expiry')
      expire(key, instant / 1000 + arguments[3])
    else
      assert(arguments[2] == 'KEEPTTL', 'no expiry')
    end
    return real.call('SET', key, arguments[1])
  elseif command == 'PEXPIREAT' then
    assert(arguments[1] > instant / 1000, 'a short expiry')
    expire(key, arguments[1])
    return 1
  elseif command == 'PTTL' then
    local over = real.call('HGET', EXPIRIES, key)
    return over and tonumber(over) - instant / 1000 or -1
  end
  return real.call(command, key, ...)
end

function redis.pcall(command, key, ...)
  purge(key)
  return real.pcall(command, key, ...)
end
