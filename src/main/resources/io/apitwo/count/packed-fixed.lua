-- Fixed windows in packed records, as groups of mixed-settle.lua take them.

local function fixed()
  local algorithm = {}
  local rare = rarely()

  function algorithm.limit(phase)
    local limit = fixedLimit(phase)
    limit.buckets = limit.windows
    return limit
  end

  function algorithm.read(limit)
    nextKey = nextKey + 1
    local key = KEYS[nextKey]
    local record = read(key, limit)
    if not record then return nil end
    local state = {
      key = key, record = record, left = math.huge, epoch = record[3], latest = record[4], rest = {}
    }
    for i, kind in ipairs(limit.order) do
      state.rest[i] = max(0, limit.quota[i] - record[rare.place(record, kind) + 1])
      state.left = min(state.left, state.rest[i])
    end
    return state
  end

  function algorithm.charge(limit, state, paid, first)
    if paid == 0 then return end
    local record = state.record
    if first then record[4] = max(record[4], now + first * 1000) end
    for i, kind in ipairs(limit.order) do
      local where = rare.place(record, kind) + 1
      record[where] = record[where] + paid
      state.rest[i] = state.rest[i] - paid
    end
    rare.write(state.key, record, limit)
  end

  function algorithm.tell(limit, state, cost)
    for i, kind in ipairs(limit.order) do
      local number = state.record[rare.place(state.record, kind)]
      local reset = max(1, windowEnd(kind, number) - phased(kind, limit.phase))
      local waits = state.rest[i] < cost and cost <= limit.quota[i]
      say(state.rest[i], number, reset, waits and reset or 0)
    end
  end

  leasing = function(limits, states, cost, count, wish)
    local records = {}
    for i = 1, #limits do records[i] = states[i].record end
    return lease(limits, records, {}, cost, count, wish)
  end

  return algorithm
end
