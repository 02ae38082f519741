-- Fixed windows in plain counters: a key for each window, which holds a number that people can read
-- and other programs can INCR. A window that is over cannot be told from one that the clock jumped
-- back into.
--
--   limit:WINDOW:CLIENT:TIME       for the limit named default
--   limit:LIMIT:WINDOW:CLIENT:TIME for others
--   TIME is yyyy, MM, dd, HH, mm, ss in UTC, as far as the window is long: 2025062915 is an hour.
--   For clients of a phase the hour of this name begins and ends earlier.

local WORD = {[0] = 'second', 'minute', 'hour', 'day', 'month'}

-- The TIME of the open window of a kind and phase, made once.
local stamps = {}
local function stampOf(kind, phase)
  local known = stamps[16 * kind + phase]
  if known then return known end
  local instant = phased(kind, phase)
  local day = floor(instant / 86400000)
  local year, month = civil(day)
  local second = floor(instant / 1000) % 86400
  local digits = string.format('%04d%02d%02d%02d%02d%02d', year, month,
    day - firstDay(year, month) + 1, floor(second / 3600), floor(second / 60) % 60, second % 60)
  known = string.sub(digits, 1, 14 - 2 * kind)
  stamps[16 * kind + phase] = known
  return known
end

-- A limit, for clients of a phase, as the header says it: length of its name (2), the name, number
-- of windows (1), and each window: kind (1), quota (7).
local function plainLimit(phase)
  local length, windows
  length, at = unpack('>I2', header, at)
  local name = string.sub(header, at, at + length - 1)
  local prefix = name == 'default' and 'limit:' or 'limit:' .. name .. ':'
  windows, at = unpack('>B', header, at + length)
  local limit = {windows = windows, quota = {}, prefix = {}, stamp = {}, number = {}, over = {}}
  for window = 1, windows do
    local kind
    kind, limit.quota[window], at = unpack('>BI7', header, at)
    local instant = phased(kind, phase)
    local number = windowAt(kind, instant)
    limit.prefix[window] = prefix .. WORD[kind] .. ':'
    limit.stamp[window] = ':' .. stampOf(kind, phase)
    limit.number[window] = number
    limit.over[window] = windowEnd(kind, number) + millis - instant
  end
  return limit
end

-- What a key counts, or nil when it holds no number that can be counted on.
local function used(key, value)
  if not value then
    return call('TYPE', key).ok == 'none' and 0 or nil
  end
  if value == '0' then return 0 end
  local number = #value <= 16 and string.match(value, '^-?[1-9]%d*$') and tonumber(value)
  return number and number <= 9007199254740991 and max(0, number) or nil
end

-- Charges a key, which lives as long as its window, and gives an expiry to one that has none.
local function charge(key, paid, over)
  local after = call('INCRBY', key, paid)
  if after == paid or call('PTTL', key) < 0 then call('PEXPIREAT', key, over + 1000) end
end
