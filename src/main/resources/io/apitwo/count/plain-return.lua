-- Takes back from plain counters what responses said is not charged: in the windows that are named and
-- still open, never below zero. Makes no key, and prolongs none; what holds no number stays as it is.
--
-- ARGV[1]  for each client: length of the limit's name (2), the name, length of the client (2), the
--          client, its phase (1), amount (7), number of windows (1), and each window: kind (1),
--          number (5)
--
-- Answers  0 (1), now (7, microseconds)

if redis.replicate_commands then redis.replicate_commands() end

local WORD = {[0] = 'second', 'minute', 'hour', 'day', 'month'}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local returns, at = ARGV[1], 1

-- The TIME of the window of a kind that holds an instant.
local function stamp(kind, instant)
  local day = floor(instant / 86400000)
  local year, month = civil(day)
  local second = floor(instant / 1000) % 86400
  local digits = string.format('%04d%02d%02d%02d%02d%02d', year, month,
    day - firstDay(year, month) + 1, floor(second / 3600), floor(second / 60) % 60, second % 60)
  return string.sub(digits, 1, 14 - 2 * kind)
end

local function text()
  local length
  length, at = struct.unpack('>I2', returns, at)
  at = at + length
  return string.sub(returns, at - length, at - 1)
end

local function used(key)
  local value = redis.pcall('GET', key)
  return type(value) == 'string' and #value <= 16 and string.match(value, '^[1-9]%d*$')
    and tonumber(value) or 0
end

while at <= #returns do
  local limit, client = text(), text()
  local prefix = limit == 'default' and 'limit:' or 'limit:' .. limit .. ':'
  local phase, amount, windows
  phase, amount, windows, at = struct.unpack('>BI7B', returns, at)
  for window = 1, windows do
    local kind, number
    kind, number, at = struct.unpack('>BI5', returns, at)
    local shortest = LENGTH[kind] or 2419200000 -- 28 days
    local instant = floor(now / 1000) + floor(shortest * phase / 16)
    if number == windowAt(kind, instant) then
      local key = prefix .. WORD[kind] .. ':' .. client .. ':' .. stamp(kind, instant)
      local back = math.min(amount, used(key))
      if back > 0 then redis.call('DECRBY', key, back) end
    end
  end
end
return struct.pack('>BI7', 0, now)
