-- Decides a batch of groups on plain counters: a key for each window, which holds a number that
-- people can read and other programs can INCR. All or nothing, like packed-settle.lua, but nothing
-- is leased, and a window that is over cannot be told from one that the clock jumped back into.
--
--   limit:WINDOW:CLIENT:TIME       for the limit named default
--   limit:LIMIT:WINDOW:CLIENT:TIME for others
--   TIME is yyyy, MM, dd, HH, mm, ss in UTC, as far as the window is long: 2025062915 is an hour
--
-- ARGV[1]   notAfter (7, microseconds), lessees (4, unused), how many of them a node has (2, unused),
--           number of shapes (2), and each shape: number of keys (2), and each key: length of the
--           limit's name (2), the name, number of windows (1), and each window: kind (1), quota (7)
-- ARGV[2]   groups, each: number of its shape (2, from 0), cost (3), count (4), wish (4, unused)
-- ARGV[3..] the clients of the first group's keys, then those of the next ...
--
-- Answers   as packed-settle.lua; epochs and lease ends are 0

if redis.replicate_commands then redis.replicate_commands() end

local spread = unpack
local unpack, pack = struct.unpack, struct.pack
local call = redis.call
local BAD = 4294967295
local WORD = {[0] = 'second', 'minute', 'hour', 'day', 'month'}

local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local millis = floor(now / 1000)
local header = ARGV[1]
local notAfter, lessees, perNode, shapeCount, at = unpack('>I7I4I2I2', header)
if now > notAfter then return pack('>BI7', 1, now) end

-- The open windows' TIME by kind, made once.
local stamps = setmetatable({}, {
  __index = function(self, kind)
    local day = floor(millis / 86400000)
    local year, month = civil(day)
    local second = floor(millis / 1000) % 86400
    local digits = string.format('%04d%02d%02d%02d%02d%02d', year, month,
      day - firstDay(year, month) + 1, floor(second / 3600), floor(second / 60) % 60, second % 60)
    self[kind] = string.sub(digits, 1, 14 - 2 * kind)
    return self[kind]
  end
})

local function readLimit()
  local limit = {kind = {}, quota = {}}
  local length, windows
  length, at = unpack('>I2', header, at)
  local name = string.sub(header, at, at + length - 1)
  limit.prefix = name == 'default' and 'limit:' or 'limit:' .. name .. ':'
  windows, at = unpack('>B', header, at + length)
  for window = 1, windows do
    limit.kind[window], limit.quota[window], at = unpack('>BI7', header, at)
  end
  return limit
end

local shapes = {}
for shape = 0, shapeCount - 1 do
  local keys
  keys, at = unpack('>I2', header, at)
  local limits = {}
  local buckets = 0
  for key = 1, keys do
    limits[key] = readLimit()
    buckets = buckets + #limits[key].kind
  end
  limits.format = '>I4I4I7' .. string.rep('I7', keys) .. string.rep('I7I5', buckets)
  shapes[shape] = limits
end

-- What a key counts, or nil when it holds no number that can be counted on.
local function used(key, value)
  if not value then
    return call('TYPE', key).ok == 'none' and 0 or nil
  end
  if value == '0' then return 0 end
  local number = #value <= 16 and string.match(value, '^-?[1-9]%d*$') and tonumber(value)
  return number and number <= 9007199254740991 and math.max(0, number) or nil
end

local answer = {pack('>BI7', 0, now)}
local groups = ARGV[2]
local nextClient = 3
at = 1
while at <= #groups do
  local shape, cost, count, wish
  shape, cost, count, wish, at = unpack('>I2I3I4I4', groups, at)
  local limits = shapes[shape]
  local keys, kinds, quotas, fields = {}, {}, {}, {}
  for i, limit in ipairs(limits) do
    fields[i] = 0
    for j, kind in ipairs(limit.kind) do
      keys[#keys + 1] = limit.prefix .. WORD[kind] .. ':' .. ARGV[nextClient] .. ':' .. stamps[kind]
      kinds[#keys] = kind
      quotas[#keys] = limit.quota[j]
    end
    nextClient = nextClient + 1
  end

  local values = call('MGET', spread(keys))
  local left, bad = math.huge, false
  local first = #limits
  for i, key in ipairs(keys) do
    local count = used(key, values[i])
    if not count then
      bad = true
      break
    end
    local rest = math.max(0, quotas[i] - count)
    left = math.min(left, rest)
    fields[first + 2 * i - 1] = rest
    fields[first + 2 * i] = windowAt(kinds[i], millis)
  end

  if bad then
    answer[#answer + 1] = pack('>I4', BAD)
  else
    local granted = left < count * cost and floor(left / cost) or count
    local paid = granted * cost
    if paid > 0 then
      for i, key in ipairs(keys) do
        local after = call('INCRBY', key, paid)
        if after == paid or call('PTTL', key) < 0 then
          call('PEXPIREAT', key, windowEnd(kinds[i], fields[first + 2 * i]) + 1000)
        end
        fields[first + 2 * i - 1] = fields[first + 2 * i - 1] - paid
      end
    end
    answer[#answer + 1] = pack(limits.format, granted, 0, 0, spread(fields, 1, first + 2 * #keys))
  end
end
return table.concat(answer)
