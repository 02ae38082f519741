-- Adds to plain counters what passed without them, even beyond a quota: in the windows that are named
-- and still open. Keys are those of plain-settle.lua; what holds no number stays as it is.
--
-- ARGV[1]  for each client: length of the limit's name (2), the name, length of the client (2), the
--          client, number of windows (1), and each window: kind (1), number (5), amount (7)
--
-- Answers  0 (1), now (7, microseconds)

if redis.replicate_commands then redis.replicate_commands() end

local WORD = {[0] = 'second', 'minute', 'hour', 'day', 'month'}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local millis = floor(now / 1000)
local hits, at = ARGV[1], 1

-- The open window's TIME.
local function stamp(kind)
  local day = floor(millis / 86400000)
  local year, month = civil(day)
  local second = floor(millis / 1000) % 86400
  local digits = string.format('%04d%02d%02d%02d%02d%02d', year, month,
    day - firstDay(year, month) + 1, floor(second / 3600), floor(second / 60) % 60, second % 60)
  return string.sub(digits, 1, 14 - 2 * kind)
end

local function text()
  local length
  length, at = struct.unpack('>I2', hits, at)
  at = at + length
  return string.sub(hits, at - length, at - 1)
end

-- Whether INCRBY works on a key: on 007 or -0 it fails, and ends the script in the middle.
local function isNumber(key)
  local value = redis.pcall('GET', key)
  return value == false or value == '0'
    or type(value) == 'string' and #value <= 16 and string.match(value, '^-?[1-9]%d*$') ~= nil
end

while at <= #hits do
  local limit, client = text(), text()
  local prefix = limit == 'default' and 'limit:' or 'limit:' .. limit .. ':'
  local windows
  windows, at = struct.unpack('>B', hits, at)
  for window = 1, windows do
    local kind, number, amount
    kind, number, amount, at = struct.unpack('>BI5I7', hits, at)
    if amount > 0 and number == windowAt(kind, millis) then
      local key = prefix .. WORD[kind] .. ':' .. client .. ':' .. stamp(kind)
      if isNumber(key) then
        local after = redis.call('INCRBY', key, amount)
        if after == amount or redis.call('PTTL', key) < 0 then
          redis.call('PEXPIREAT', key, windowEnd(kind, number) + 1000)
        end
      end
    end
  end
end
return struct.pack('>BI7', 0, now)
