-- Sliding windows: io.apitwo.limit.SlidingCounter says the same in Java. A key holds all windows of
-- one limit and client, big endian:
--   version (1 byte, 1), kinds (1 byte, bit k for windows of kind k), then for each kind in ascending
--   order the window's number (5), the count of the window before it (7) and its own count (7).

local function sliding()
  local algorithm = {}

  -- As the header says a limit: number of windows (1), and each window: kind (1), quota (7).
  function algorithm.limit(phase)
    local limit = {phase = phase, order = {}, quota = {}, at = {}, open = {}}
    limit.buckets, at = unpack('>B', header, at)
    for window = 1, limit.buckets do
      local kind
      kind, limit.quota[window], at = unpack('>BI7', header, at)
      limit.order[window], limit.at[kind] = kind, phased(kind, phase)
      limit.open[kind] = windowAt(kind, limit.at[kind])
    end
    return limit
  end

  -- The windows of a text that matter still, by kind, rolled on to those open now; nil when it is no
  -- record. Kinds that the limit does not have are kept too, so that a limit that gets a window back
  -- goes on counting.
  local function parse(text, phase)
    local windows = {}
    if not text then return windows end
    if type(text) ~= 'string' or #text < 21 then return nil end
    local version, kinds, place = unpack('>BB', text)
    if version ~= VERSION or kinds == 0 or kinds > 31 then return nil end
    for kind = 0, 4 do
      if floor(kinds / 2 ^ kind) % 2 == 1 then
        if #text < place + 18 then return nil end
        local number, before, count
        number, before, count, place = unpack('>I5I7I7', text, place)
        local open = windowAt(kind, phased(kind, phase))
        if isAbsurd(kind, number) then return nil end
        if number >= open then
          windows[kind] = {number = number, before = before, count = count}
        elseif number == open - 1 then
          windows[kind] = {number = open, before = count, count = 0}
        end
      end
    end
    return #text == place - 1 and windows or nil
  end

  local function length(kind, number)
    return windowEnd(kind, number) - windowEnd(kind, number - 1)
  end

  function algorithm.read(limit)
    nextKey = nextKey + 1
    local state = {key = KEYS[nextKey], left = math.huge, epoch = 0, latest = 0, rest = {}}
    state.windows = parse(pcall('GET', state.key), limit.phase)
    if not state.windows then return nil end
    for i, kind in ipairs(limit.order) do
      local window = state.windows[kind]
      if not window then
        window = {number = limit.open[kind], before = 0, count = 0}
        state.windows[kind] = window
      end
      local all = length(kind, window.number)
      local over = windowEnd(kind, window.number) - limit.at[kind]
      local weighted = math.ceil(window.before * min(all, max(0, over)) / all)
      state.rest[i] = max(0, limit.quota[i] - (window.count + weighted))
      state.left = min(state.left, state.rest[i])
    end
    return state
  end

  function algorithm.charge(limit, state, paid)
    if paid == 0 then return end
    for i, kind in ipairs(limit.order) do
      state.windows[kind].count = state.windows[kind].count + paid
      state.rest[i] = state.rest[i] - paid
    end
    local kinds, last, parts = 0, 0, {}
    for kind = 0, 4 do
      local window = state.windows[kind]
      if window then
        kinds = kinds + 2 ^ kind
        parts[#parts + 1] = pack('>I5I7I7', window.number, window.before, window.count)
        last = max(last, windowEnd(kind, window.number + 1) - phased(kind, limit.phase))
      end
    end
    call('SET', state.key, pack('>BB', VERSION, kinds) .. table.concat(parts), 'PX', last + 1000)
  end

  -- How much of a window may be left for a count before it to weigh no more than some room.
  local function most(room, count, kind, number)
    local all = length(kind, number)
    local left = count == 0 and all or floor(min(all, room * all / count))
    while left > 0 and math.ceil(count * left / all) > room do left = left - 1 end
    return left
  end

  local function retry(window, kind, room, instant)
    local number = window.number
    if window.count <= room then
      local left = most(room - window.count, window.before, kind, number)
      return max(1, windowEnd(kind, number) - left - instant)
    end
    local left = most(room, window.count, kind, number + 1)
    return max(1, windowEnd(kind, number + 1) - left - instant)
  end

  function algorithm.tell(limit, state, cost)
    for i, kind in ipairs(limit.order) do
      local window, instant, wait = state.windows[kind], limit.at[kind], 0
      if state.rest[i] < cost and cost <= limit.quota[i] then
        wait = retry(window, kind, limit.quota[i] - cost, instant)
      end
      say(state.rest[i], window.number, max(1, windowEnd(kind, window.number) - instant), wait)
    end
  end

  return algorithm
end
