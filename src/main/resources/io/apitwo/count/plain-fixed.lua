-- Fixed windows in plain counters, as groups of mixed-settle.lua take them.

local nextClient = 2

local function fixed()
  local algorithm = {}

  function algorithm.limit(phase)
    local limit = plainLimit(phase)
    limit.buckets = limit.windows
    return limit
  end

  function algorithm.read(limit)
    nextClient = nextClient + 1
    local state = {keys = {}, left = math.huge, epoch = 0, latest = 0, rest = {}}
    for i = 1, limit.windows do
      state.keys[i] = limit.prefix[i] .. ARGV[nextClient] .. limit.stamp[i]
    end
    local values = call('MGET', spread(state.keys))
    for i, key in ipairs(state.keys) do
      local counted = used(key, values[i])
      if not counted then return nil end
      state.rest[i] = max(0, limit.quota[i] - counted)
      state.left = min(state.left, state.rest[i])
    end
    return state
  end

  function algorithm.charge(limit, state, paid)
    if paid == 0 then return end
    for i, key in ipairs(state.keys) do
      charge(key, paid, limit.over[i])
      state.rest[i] = state.rest[i] - paid
    end
  end

  function algorithm.tell(limit, state, cost)
    for i, rest in ipairs(state.rest) do
      local reset = max(1, limit.over[i] - millis)
      local waits = rest < cost and cost <= limit.quota[i]
      say(rest, limit.number[i], reset, waits and reset or 0)
    end
  end

  return algorithm
end
