-- Fixed windows in packed records. A key holds all windows of one limit and client, big endian:
--   version (1 byte, 1), kinds (1 byte, bit k for windows of kind k), epoch (7, microseconds of the
--   record's making), latest lease end (7, microseconds), then for each kind in ascending order the
--   window's number (5) and its count (7).

local HEAD = 16 -- bytes before the first window, which is field 5 of a record; each window is two fields

-- Layouts of records with so many windows.
local FORMAT = {
  '>BBI7I7I5I7', '>BBI7I7I5I7I5I7', '>BBI7I7I5I7I5I7I5I7', '>BBI7I7I5I7I5I7I5I7I5I7',
  '>BBI7I7I5I7I5I7I5I7I5I7I5I7'
}

-- A limit, for clients of a phase, as the header says it: number of windows (1), and each window:
-- kind (1), quota (7). Windows come in ascending order of their kinds.
local function fixedLimit(phase)
  local windows
  windows, at = unpack('>B', header, at)
  local kinds, order, quota, open, first, last = 0, {}, {}, {}, math.huge, 0
  for window = 1, windows do
    local kind, most
    kind, most, at = unpack('>BI7', header, at)
    local instant = phase == 0 and millis or phased(kind, phase)
    local number = windowAt(kind, instant)
    local over = windowEnd(kind, number) - instant
    kinds = kinds + 2 ^ kind
    order[window], quota[window], open[window] = kind, most, number
    first, last = min(first, over), max(last, over)
  end
  return {
    windows = windows, phase = phase, kinds = kinds, order = order, quota = quota, open = open,
    format = FORMAT[windows], size = HEAD + 12 * windows, first = first, last = last
  }
end

-- What rare records need: those of other windows than the limit has now, or of windows yet to come.
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
      if not wanted.place[kind] and record[old.place[kind]] >= windowAt(kind, phased(kind, limit.phase)) then
        union = union + 2 ^ kind
      end
    end
    local wide = {VERSION, union, record[3], record[4]}
    for _, kind in ipairs(layoutOf(union).order) do
      local from = old.place[kind]
      wide[#wide + 1] = from and record[from] or windowAt(kind, phased(kind, limit.phase))
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
      local where = layoutOf(record[2]).place[kind]
      local number = windowAt(kind, phased(kind, limit.phase))
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
      first = min(first,
        windowEnd(kind, record[rare.place(record, kind)]) - phased(kind, limit.phase))
    end
    return max(1, first)
  end

  function rare.write(key, record, limit)
    local order, last = layoutOf(record[2]).order, 0
    for i, kind in ipairs(order) do
      last = max(last, windowEnd(kind, record[3 + 2 * i]) - phased(kind, limit.phase))
    end
    call('SET', key, pack(FORMAT[#order], spread(record, 1, 4 + 2 * #order)), 'PX', last + 1000)
  end

  return rare
end

-- Reads a key as a record that has all windows of a limit, rolled on to those open now, whether it
-- has just these, and whether it is stored with these very windows, and so expires with them. A
-- window's number never decreases, so no window opens again when the clock jumps back. Nil when the
-- key holds something else.
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
      local plain, same = true, true
      for i = 1, windows do
        local number = record[3 + 2 * i]
        if number < open[i] then
          record[3 + 2 * i], record[4 + 2 * i] = open[i], 0
          same = false
        elseif number > open[i] then
          if isAbsurd(limit.order[i], number) then return nil end
          plain, same = false, false
        end
      end
      return record, plain, same
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
