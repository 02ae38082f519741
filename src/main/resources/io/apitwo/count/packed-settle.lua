-- Decides a batch of groups on packed records. A group is a number of equal charges; a charge names
-- keys, one for each of its limits, with a quota for each window of the limit. It passes whole or
-- charges nothing.
--
-- A key holds all windows of one limit and client, big endian:
--   version (1 byte, 1), kinds (1 byte, bit k for windows of kind k), epoch (7, microseconds of the
--   record's making), latest lease end (7, microseconds), then for each kind in ascending order the
--   window's number (5) and its count (7).
--
-- KEYS     the records of the first group, then those of the next ...
-- ARGV[1]  notAfter (7, microseconds), lessees (4), number of shapes (2), and each shape: number of
--          keys (2), and each key: number of windows (1), and each window: kind (1), quota (7).
--          Windows come in ascending order of their kinds.
-- ARGV[2]  groups, each: number of its shape (2, from 0), cost (3), count (4), wish (4)
--
-- Answers  status (1), now (7, microseconds). Status 1: the call came too late and did nothing.
--          Status 0: for each group granted (4), leased (4), latest lease end before it (7), and
--          for each key its epoch (7), and for each bucket what is left (7), window number (5).
--          Granted 0xFFFFFFFF: a key is no record of ours; the group charged nothing.

if redis.replicate_commands then redis.replicate_commands() end

local spread = unpack
local unpack, pack, byte = struct.unpack, struct.pack, string.byte
local call, pcall, min, max = redis.call, redis.pcall, math.min, math.max
local BAD = 4294967295
local VERSION = 1
local HEAD = 5 -- where the first window of an unpacked record is

local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local millis = floor(now / 1000)
local header = ARGV[1]
local notAfter, lessees, shapeCount, at = unpack('>I7I4I2', header)
if now > notAfter then return pack('>BI7', 1, now) end

-- The numbers of the windows that are open now, by kind; the month's is only worked out if needed.
local open = setmetatable({}, {
  __index = function(self, kind)
    local number = windowAt(kind, millis)
    self[kind] = number
    return number
  end
})

-- Ends of windows, by kind and number: all keys of a call share a few.
local ends = {[0] = {}, {}, {}, {}, {}}
local function endOf(kind, number)
  local known = ends[kind][number]
  if not known then
    known = windowEnd(kind, number)
    ends[kind][number] = known
  end
  return known
end

-- How records with certain kinds are laid out: format, size in bytes, number of fields, the kinds in
-- order, and where a kind's window number stands among the fields (its count follows).
local layouts = {}
local function layoutOf(kinds)
  local layout = layouts[kinds]
  if not layout then
    layout = {format = '>BBI7I7', size = 16, fields = HEAD - 1, order = {}, place = {}}
    for kind = 0, 4 do
      if floor(kinds / 2 ^ kind) % 2 == 1 then
        layout.order[#layout.order + 1] = kind
        layout.place[kind] = layout.fields + 1
        layout.fields = layout.fields + 2
        layout.format = layout.format .. 'I5I7'
        layout.size = layout.size + 12
      end
    end
    layouts[kinds] = layout
  end
  return layout
end

-- A limit's part of a shape.
local function readLimit()
  local limit = {kinds = 0, quota = {}, order = {}}
  local windows
  windows, at = unpack('>B', header, at)
  for window = 1, windows do
    local kind, quota
    kind, quota, at = unpack('>BI7', header, at)
    limit.kinds = limit.kinds + 2 ^ kind
    limit.order[window] = kind
    limit.quota[window] = quota
  end
  return limit
end

local shapes = {}
for shape = 0, shapeCount - 1 do
  local keys
  keys, at = unpack('>I2', header, at)
  local buckets = 0
  local limits = {}
  for key = 1, keys do
    limits[key] = readLimit()
    buckets = buckets + #limits[key].order
  end
  limits.format = '>I4I4I7' .. string.rep('I7', keys) .. string.rep('I7I5', buckets)
  shapes[shape] = limits
end

local function fresh(kinds)
  local record = {VERSION, kinds, now, 0}
  for _, kind in ipairs(layoutOf(kinds).order) do
    record[#record + 1] = open[kind]
    record[#record + 1] = 0
  end
  return record
end

-- The same record with room for the kinds of a limit. Kinds that the limit does not have are kept
-- while their window is open, so that a limit that gets a window back goes on counting.
local function widen(record, kinds)
  local old = layoutOf(record[2])
  local wanted = layoutOf(kinds)
  local union = kinds
  for _, kind in ipairs(old.order) do
    if not wanted.place[kind] and record[old.place[kind]] >= open[kind] then
      union = union + 2 ^ kind
    end
  end
  local wide = fresh(union)
  wide[3] = record[3]
  wide[4] = record[4]
  for kind, place in pairs(layoutOf(union).place) do
    local from = old.place[kind]
    if from then
      wide[place] = record[from]
      wide[place + 1] = record[from + 1]
    end
  end
  return wide
end

-- Reads a key as a record that has all kinds of a limit, its windows rolled on to those open now. A
-- window's number never decreases, so no window opens again when the clock jumps back; such a record
-- is marked as being ahead. Nil when the key holds something else.
local function read(key, kinds)
  local text = pcall('GET', key)
  if not text then return fresh(kinds) end
  if type(text) ~= 'string' or #text < 16 then return nil end
  local version, has = byte(text, 1, 2)
  if version ~= VERSION or has > 31 then return nil end
  local layout = layoutOf(has)
  if #text ~= layout.size then return nil end
  local record = {unpack(layout.format, text)}
  if has ~= kinds then
    record = widen(record, kinds)
    layout = layoutOf(record[2])
  end
  local order, place = layout.order, HEAD
  for i = 1, #order do
    local number, has = open[order[i]], record[place]
    if has < number then
      record[place] = number
      record[place + 1] = 0
    elseif has > number then
      record.ahead = true
    end
    place = place + 2
  end
  return record
end

-- Milliseconds until the last of a record's windows is over, and a second more.
local function timeToLive(layout, record)
  local last = 0
  for i, kind in ipairs(layout.order) do
    last = max(last, endOf(kind, record[HEAD + 2 * (i - 1)]))
  end
  return string.format('%.0f', last - millis + 1000)
end

local function write(key, record)
  local layout = layoutOf(record[2])
  local ttl = not record.ahead and layout.ttl
  if not ttl then
    ttl = timeToLive(layout, record)
    if not record.ahead then layout.ttl = ttl end
  end
  call('SET', key, pack(layout.format, spread(record, 1, layout.fields)), 'PX', ttl)
end

-- How many more charges may be leased: io.apitwo.limit.Lease says the same in Java.
local function lease(limits, records, cost, count, wish)
  local shortest, most = math.huge, math.huge
  for i = 1, #limits do
    local limit, record = limits[i], records[i]
    local place = layoutOf(record[2]).place
    for j, kind in ipairs(limit.order) do
      local quota = limit.quota[j]
      if quota < 200 then return 0, 0 end
      local where = place[kind]
      shortest = min(shortest, endOf(kind, record[where]))
      local spare = quota - record[where + 1] - count * cost - floor(quota / 10)
      if spare <= 0 then return 0, 0 end
      most = min(most, floor(quota / 20), floor(spare / (2 * lessees)))
    end
  end
  shortest = shortest - millis
  if shortest < 1 then shortest = 1 end
  if shortest < 1000 then wish = floor(wish * shortest / 1000) end
  return min(wish, floor(most / cost)), shortest
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
  local records = {}
  local left, latest = math.huge, 0
  local fields = {}
  local field = keys
  local bad = false

  for i = 1, keys do
    local limit = limits[i]
    local record = read(KEYS[nextKey + i], limit.kinds)
    if not record then
      bad = true
      break
    end
    records[i] = record
    fields[i] = record[3]
    if record[4] > latest then latest = record[4] end
    local order, quotas = limit.order, limit.quota
    local exact = record[2] == limit.kinds
    local place = not exact and layoutOf(record[2]).place
    for j = 1, #order do
      local where = exact and HEAD + 2 * (j - 1) or place[order[j]]
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
      local shortest
      leased, shortest = lease(limits, records, cost, count, wish)
      if leased > 0 then
        local over = now + shortest * 1000
        for i = 1, keys do
          if records[i][4] < over then records[i][4] = over end
        end
      end
    end
    local paid = (granted + leased) * cost
    if paid > 0 then
      field = keys
      for i = 1, keys do
        local limit, record = limits[i], records[i]
        local order = limit.order
        local exact = record[2] == limit.kinds
        local place = not exact and layoutOf(record[2]).place
        for j = 1, #order do
          local where = exact and HEAD + 2 * (j - 1) or place[order[j]]
          record[where + 1] = record[where + 1] + paid
          fields[field + 1] = fields[field + 1] - paid
          field = field + 2
        end
        write(KEYS[nextKey + i], record)
      end
    end
    answer[#answer + 1] = pack(limits.format, granted, leased, latest, spread(fields, 1, field))
  end
  nextKey = nextKey + keys
end
return table.concat(answer)
