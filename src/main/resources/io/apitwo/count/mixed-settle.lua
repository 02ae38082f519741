-- Decides a batch of groups, whose limits may be of any algorithm, and whose windows may begin at
-- another instant for each client. All or nothing, like packed-settle.lua: all keys of a group are read
-- before the first is written.
--
-- KEYS      the records of the first group, then those of the next ...
-- ARGV[1]   the header, the holder of permits (8 bytes), and each shape: number of keys (2), and each
--           key: algorithm (1: 0 fixed, 1 sliding, 2 token bucket, 3 concurrency), phase (1), and the
--           limit as the algorithm's resource says it
-- ARGV[2]   groups, each: number of its shape (2, from 0), cost (3), count (4), wish (4), and what the
--           algorithms want to know for each key
-- ARGV[3..] in the layout of plain counters, where fixed windows have no records among the keys: the
--           clients of the first group's keys of fixed windows, then those of the next ...
--
-- Answers   for each group granted (4), leased (4), latest lease end before it (7), and for each key
--           its epoch (7; 0 without one), and for each bucket what is left (7), window number (5; 0
--           without one), and in milliseconds (7 each) its reset, and after which time the cost fits:
--           0 when it fits, and when time does not help. Granted 0xFFFFFFFF: a key is no record of
--           ours; the group charged nothing, and that is all of it.

local makers = {[0] = fixed, sliding, tokens, concurrency}
local algorithms = {}
holder, at = unpack('>c8', header, at)

local shapes = {}
for shape = 0, shapeCount - 1 do
  local keys
  keys, at = unpack('>I2', header, at)
  local limits, buckets = {leasable = true}, 0
  for key = 1, keys do
    local code, phase
    code, phase, at = unpack('>BB', header, at)
    algorithms[code] = algorithms[code] or makers[code]()
    local limit = algorithms[code].limit(phase)
    limit.algorithm = algorithms[code]
    limits[key] = limit
    limits.leasable = limits.leasable and code == 0
    buckets = buckets + limit.buckets
  end
  limits.format = '>I4I4I7' .. string.rep('I7', keys) .. string.rep('I7I5I7I7', buckets)
  shapes[shape] = limits
end

local answer = {pack('>BI7', 0, now)}
groups = ARGV[2]
at = 1
while at <= #groups do
  local shape, cost, count, wish
  shape, cost, count, wish, at = unpack('>I2I3I4I4', groups, at)
  local limits = shapes[shape]
  local states, left, latest, bad = {}, math.huge, 0, false
  fields = {}
  for i = 1, #limits do
    local state = limits[i].algorithm.read(limits[i])
    if state then
      states[i], fields[i] = state, state.epoch
      left, latest = min(left, state.left), max(latest, state.latest)
    else
      bad = true
    end
  end

  if bad then
    answer[#answer + 1] = pack('>I4', BAD)
  else
    local granted, leased, first = count, 0
    if left < count * cost then
      granted = floor(left / cost)
    elseif wish > 0 and limits.leasable and leasing then
      leased, first = leasing(limits, states, cost, count, wish)
    end
    for i = 1, #limits do
      limits[i].algorithm.charge(limits[i], states[i], (granted + leased) * cost, leased > 0 and first)
      limits[i].algorithm.tell(limits[i], states[i], cost)
    end
    answer[#answer + 1] = pack(limits.format, granted, leased, latest, spread(fields, 1, #fields))
  end
end
return table.concat(answer)
