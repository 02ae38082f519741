-- Requests in flight, as groups take them, on the records of permits.lua. For such a key a group says
-- the sequence of the holder's word (7) and what it holds without this call (7); of a key that comes
-- again in a call the first word counts, and what was granted since. Every group says its word,
-- whether it passes or not.

local function concurrency()
  local algorithm = {}
  local holds = {} -- by key, once said in this call

  -- As the header says a limit: how much may be in flight (7).
  function algorithm.limit()
    local limit = {buckets = 1}
    limit.most, at = unpack('>I7', header, at)
    return limit
  end

  function algorithm.read(limit)
    nextKey = nextKey + 1
    local state = {key = KEYS[nextKey], epoch = 0, latest = 0}
    local said
    state.sequence, said, at = unpack('>I7I7', groups, at)
    state.others, state.kept, state.last, state.own = readPermits(state.key, holder)
    if not state.others then return nil end
    state.holds = holds[state.key] or said
    state.stale = state.own >= state.sequence
    state.left = state.stale and 0 or max(0, limit.most - state.others - state.holds)
    return state
  end

  function algorithm.charge(limit, state, paid)
    if state.stale then return end
    state.left = state.left - paid
    holds[state.key] = state.holds + paid
    if state.own >= 0 or holds[state.key] > 0 then
      writePermits(state.key, holder, state.sequence, holds[state.key], state.kept, state.last)
    end
  end

  function algorithm.tell(limit, state)
    say(state.left, 0, 0, 0)
  end

  return algorithm
end
