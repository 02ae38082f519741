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
-- ARGV[1]  notAfter (7, microseconds), lessees (4), how many of them a node has (2), number of
--          shapes (2), and each shape: number of keys (2), and each key: number of windows (1), and
--          each window: kind (1), quota (7). Windows come in ascending order of their kinds.
-- ARGV[2]  groups, each: number of its shape (2, from 0), cost (3), count (4), wish (4)
--
-- Answers  status (1), now (7, microseconds). Status 1: the call came too late and did nothing.
--          Status 0: for each group granted (4), leased (4), latest lease end before it (7), and
--          for each key its epoch (7), and for each bucket what is left (7), window number (5).
--          Granted 0xFFFFFFFF: a key is no record of ours; the group charged nothing.
--
-- Redis makes every function of a script anew for each call, so what only rare records need is made
-- when one is met: those of other windows than the limit has now, or of windows yet to come.

if redis.replicate_commands then redis.replicate_commands() end

local spread = unpack
local unpack, pack, min, max = struct.unpack, struct.pack, math.min, math.max
local call, pcall = redis.call, redis.pcall
local BAD = 4294967295
local VERSION = 1
local HEAD = 16 -- bytes before the first window, which is field 5 of a record; each window is two fields

-- Layouts of records with so many windows.
local FORMAT = {
  '>BBI7I7I5I7', '>BBI7I7I5I7I5I7', '>BBI7I7I5I7I5I7I5I7', '>BBI7I7I5I7I5I7I5I7I5I7',
  '>BBI7I7I5I7I5I7I5I7I5I7I5I7'
}

local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local millis = floor(now / 1000)
local header = ARGV[1]
local notAfter, lessees, perNode, shapeCount, at = unpack('>I7I4I2I2', header)
if now > notAfter then return pack('>BI7', 1, now) end

local shapes = {}
for shape = 0, shapeCount - 1 do
  local keys
  keys, at = unpack('>I2', header, at)
  local buckets = 0
  local limits = {}
  for key = 1, keys do
    local windows
    windows, at = unpack('>B', header, at)
    local kinds, order, quota, open, first, last = 0, {}, {}, {}, math.huge, 0
    for window = 1, windows do
      local kind, most
      kind, most, at = unpack('>BI7', header, at)
      local number = windowAt(kind, millis)
      local over = windowEnd(kind, number) - millis
      kinds = kinds + 2 ^ kind
      order[window], quota[window], open[window] = kind, most, number
      first, last = min(first, over), max(last, over)
    end
    buckets = buckets + windows
    limits[key] = {
      windows = windows, kinds = kinds, order = order, quota = quota, open = open,
      format = FORMAT[windows], size = HEAD + 12 * windows, first = first, last = last
    }
  end
  limits.format = '>I4I4I7' .. string.rep('I7', keys) .. string.rep('I7I5', buckets)
  shapes[shape] = limits
end

-- Whether a window lies so far ahead that no clock of ours can have opened it.
local function isAbsurd(kind, number)
  return number > 4294967296 or windowEnd(kind, number) - millis > 34560000000 -- 400 days
end

-- What rare records need.
local rare
local function rarely()
  if rare then return rare end
  rare = {}

  -- The kinds of a record in order, and where each one's number stands (its count follows).
  local layouts = {}
  local function layoutOf(kinds)
    local layout = layouts[kinds]
    if not layout then
      layout = {order = {}, place = {}}
      for kind = 0, 4 do
        if floor(kinds / 2 ^ kind) % 2 == 1 then
          layout.order[#layout.order + 1] = kind
          layout.place[kind] = 3 + 2 * #layout.order
        end
      end
      layouts[kinds] = layout
    end
    return layout
  end

  -- The same record with room for the kinds of a limit. Kinds that the limit does not have are kept
  -- while their window is open, so that a limit that gets a window back goes on counting.
  local function widen(record, limit)
    local old = layoutOf(record[2])
    local wanted = layoutOf(limit.kinds)
    local union = limit.kinds
    for _, kind in ipairs(old.order) do
      if not wanted.place[kind] and record[old.place[kind]] >= windowAt(kind, millis) then
        union = union + 2 ^ kind
      end
    end
    local wide = {VERSION, union, record[3], record[4]}
    for _, kind in ipairs(layoutOf(union).order) do
      local from = old.place[kind]
      wide[#wide + 1] = from and record[from] or windowAt(kind, millis)
      wide[#wide + 1] = from and record[from + 1] or 0
    end
    return wide
  end

  -- A text that is no record of just the limit's windows: a record with them, or nil.
  function rare.read(text, limit)
    if type(text) ~= 'string' or #text < HEAD then return nil end
    local version, has = string.byte(text, 1, 2)
    if version ~= VERSION or has > 31 then return nil end
    local windows = #layoutOf(has).order
    if #text ~= HEAD + 12 * windows or windows == 0 then return nil end
    local record = widen({unpack(FORMAT[windows], text)}, limit)
    for _, kind in ipairs(layoutOf(record[2]).order) do
      local where, number = layoutOf(record[2]).place[kind], windowAt(kind, millis)
      if record[where] < number then
        record[where], record[where + 1] = number, 0
      elseif record[where] > number and isAbsurd(kind, record[where]) then
        return nil
      end
    end
    return record
  end

  -- Where a window of the limit stands in a record.
  function rare.place(record, kind)
    return layoutOf(record[2]).place[kind]
  end

  -- Milliseconds until the first of the limit's windows ends, by the record's numbers.
  function rare.first(record, limit)
    local first = math.huge
    for _, kind in ipairs(limit.order) do
      first = min(first, windowEnd(kind, record[rare.place(record, kind)]) - millis)
    end
    return max(1, first)
  end

  function rare.write(key, record)
    local order, last = layoutOf(record[2]).order, 0
    for i, kind in ipairs(order) do
      last = max(last, windowEnd(kind, record[3 + 2 * i]) - millis)
    end
    call('SET', key, pack(FORMAT[#order], spread(record, 1, 4 + 2 * #order)), 'PX', last + 1000)
  end

  return rare
end

-- Reads a key as a record that has all windows of a limit, rolled on to those open now, and whether
-- it has just these. A window's number never decreases, so no window opens again when the clock
-- jumps back. Nil when the key holds something else.
local function read(key, limit)
  local text = pcall('GET', key)
  local open, windows = limit.open, limit.windows
  if not text then
    local record = {VERSION, limit.kinds, now, 0}
    for i = 1, windows do
      record[3 + 2 * i], record[4 + 2 * i] = open[i], 0
    end
    return record, true
  end
  if type(text) == 'string' and #text == limit.size then
    local record = {unpack(limit.format, text)}
    if record[1] == VERSION and record[2] == limit.kinds then
      local plain = true
      for i = 1, windows do
        local number = record[3 + 2 * i]
        if number < open[i] then
          record[3 + 2 * i], record[4 + 2 * i] = open[i], 0
        elseif number > open[i] then
          if isAbsurd(limit.order[i], number) then return nil end
          plain = false
        end
      end
      return record, plain
    end
  end
  return rarely().read(text, limit), false
end

-- How many more charges may be leased, and for how many milliseconds: io.apitwo.limit.Lease says the
-- same in Java.
local function lease(limits, records, plain, cost, count, wish)
  local first, most = math.huge, math.huge
  for i = 1, #limits do
    local limit, record = limits[i], records[i]
    first = min(first, plain[i] and limit.first or rarely().first(record, limit))
    for j = 1, limit.windows do
      local quota = limit.quota[j]
      if quota < 200 then return 0 end
      local where = plain[i] and 3 + 2 * j or rarely().place(record, limit.order[j])
      local spare = quota - record[where + 1] - count * cost - floor(quota / 10)
      if spare <= 0 then return 0 end
      most = min(most, floor(quota / (20 * perNode)), floor(spare / (2 * lessees)))
    end
  end
  if first < 1000 then wish = floor(wish * first / 1000) end
  return min(wish, floor(most / cost)), first
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
  local records, plain, fields = {}, {}, {}
  local left, latest, field = math.huge, 0, keys
  local bad = false

  for i = 1, keys do
    local limit = limits[i]
    local record, isPlain = read(KEYS[nextKey + i], limit)
    if not record then
      bad = true
      break
    end
    records[i], plain[i] = record, isPlain
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
        if plain[i] then
          call('SET', key, pack(limit.format, spread(record, 1, 4 + 2 * windows)),
            'PX', limit.last + 1000)
        else
          rarely().write(key, record)
        end
      end
    end
    answer[#answer + 1] = pack(limits.format, granted, leased, latest, spread(fields, 1, field))
  end
  nextKey = nextKey + keys
end
return table.concat(answer)
