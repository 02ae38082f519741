-- Decides a batch of groups on packed records, where all limits have fixed windows that begin for all
-- clients at once. A group is a number of equal charges; a charge names keys, one for each of its
-- limits, with a quota for each window of the limit. It passes whole or charges nothing.
--
-- KEYS     the records of the first group, then those of the next ...
-- ARGV[1]  the header, and each shape: number of keys (2), and each key: a limit as fixed.lua says
-- ARGV[2]  groups, each: number of its shape (2, from 0), cost (3), count (4), wish (4)
--
-- Answers  for each group granted (4), leased (4), latest lease end before it (7), and for each key
--          its epoch (7), and for each bucket what is left (7), window number (5). Granted
--          0xFFFFFFFF: a key is no record of ours; the group charged nothing, and that is all of it.

local shapes = {}
for shape = 0, shapeCount - 1 do
  local keys
  keys, at = unpack('>I2', header, at)
  local buckets = 0
  local limits = {}
  for key = 1, keys do
    limits[key] = fixedLimit(0)
    buckets = buckets + limits[key].windows
  end
  limits.format = '>I4I4I7' .. string.rep('I7', keys) .. string.rep('I7I5', buckets)
  shapes[shape] = limits
end

local answer = {pack('>BI7', 0, now)}
local groups = ARGV[2]
local nextKey = 0
at = 1
while at <= #groups do
  local shape, cost, count, wish
  shape, cost, count, wish, at = unpack('>I2I3I4I4', groups, at)
  local limits = shapes[shape]
  local keys = #limits
  local records, plain, same, fields = {}, {}, {}, {}
  local left, latest, field = math.huge, 0, keys
  local bad = false

  for i = 1, keys do
    local limit = limits[i]
    local record, isPlain, isSame = read(KEYS[nextKey + i], limit)
    if not record then
      bad = true
      break
    end
    records[i], plain[i], same[i] = record, isPlain, isSame
    fields[i] = record[3]
    if record[4] > latest then latest = record[4] end
    local quotas = limit.quota
    for j = 1, limit.windows do
      local where = isPlain and 3 + 2 * j or rarely().place(record, limit.order[j])
      local rest = quotas[j] - record[where + 1]
      if rest < 0 then rest = 0 end
      if rest < left then left = rest end
      fields[field + 1] = rest
      fields[field + 2] = record[where]
      field = field + 2
    end
  end

  if bad then
    answer[#answer + 1] = pack('>I4', BAD)
  else
    local granted, leased = count, 0
    if left < count * cost then
      granted = floor(left / cost)
    elseif wish > 0 then
      local first
      leased, first = lease(limits, records, plain, cost, count, wish)
      if leased > 0 then
        local over = now + first * 1000
        for i = 1, keys do
          if records[i][4] < over then records[i][4] = over end
        end
      end
    end
    local paid = (granted + leased) * cost
    if paid > 0 then
      field = keys
      for i = 1, keys do
        local limit, record, key = limits[i], records[i], KEYS[nextKey + i]
        local windows = limit.windows
        for j = 1, windows do
          local where = plain[i] and 4 + 2 * j or rarely().place(record, limit.order[j]) + 1
          record[where] = record[where] + paid
          fields[field + 1] = fields[field + 1] - paid
          field = field + 2
        end
        if same[i] then
          call('SETRANGE', key, '0', pack(limit.format, spread(record, 1, 4 + 2 * windows)))
        elseif plain[i] then
          call('SET', key, pack(limit.format, spread(record, 1, 4 + 2 * windows)),
            'PX', limit.last + 1000)
        else
          rarely().write(key, record, limit)
        end
      end
    end
    answer[#answer + 1] = pack(limits.format, granted, leased, latest, spread(fields, 1, field))
  end
  nextKey = nextKey + keys
end
return table.concat(answer)
