-- Decides a batch of groups on plain counters, where all limits have fixed windows that begin for all
-- clients at once. All or nothing, like packed-settle.lua, but nothing is leased.
--
-- ARGV[1]   the header, and each shape: number of keys (2), and each key: a limit as plain.lua says
-- ARGV[2]   groups, each: number of its shape (2, from 0), cost (3), count (4), wish (4, unused)
-- ARGV[3..] the clients of the first group's keys, then those of the next ...
--
-- Answers   as packed-settle.lua; epochs and lease ends are 0

local shapes = {}
for shape = 0, shapeCount - 1 do
  local keys
  keys, at = unpack('>I2', header, at)
  local limits = {}
  local buckets = 0
  for key = 1, keys do
    limits[key] = plainLimit(0)
    buckets = buckets + limits[key].windows
  end
  limits.format = '>I4I4I7' .. string.rep('I7', keys) .. string.rep('I7I5', buckets)
  shapes[shape] = limits
end

local answer = {pack('>BI7', 0, now)}
local groups = ARGV[2]
local nextClient = 3
at = 1
while at <= #groups do
  local shape, cost, count, wish
  shape, cost, count, wish, at = unpack('>I2I3I4I4', groups, at)
  local limits = shapes[shape]
  local keys, overs, quotas, fields = {}, {}, {}, {}
  local field = #limits
  for i = 1, #limits do
    local limit = limits[i]
    fields[i] = 0
    for j = 1, limit.windows do
      keys[#keys + 1] = limit.prefix[j] .. ARGV[nextClient] .. limit.stamp[j]
      overs[#keys] = limit.over[j]
      quotas[#keys] = limit.quota[j]
      fields[field + 2 * #keys] = limit.number[j]
    end
    nextClient = nextClient + 1
  end

  local values = call('MGET', spread(keys))
  local left, bad = math.huge, false
  for i, key in ipairs(keys) do
    local counted = used(key, values[i])
    if not counted then
      bad = true
      break
    end
    local rest = max(0, quotas[i] - counted)
    left = min(left, rest)
    fields[field + 2 * i - 1] = rest
  end

  if bad then
    answer[#answer + 1] = pack('>I4', BAD)
  else
    local granted = left < count * cost and floor(left / cost) or count
    local paid = granted * cost
    if paid > 0 then
      for i, key in ipairs(keys) do
        charge(key, paid, overs[i])
        fields[field + 2 * i - 1] = fields[field + 2 * i - 1] - paid
      end
    end
    answer[#answer + 1] = pack(limits.format, granted, 0, 0, spread(fields, 1, field + 2 * #keys))
  end
end
return table.concat(answer)
