-- Buckets of tokens: io.apitwo.limit.TokenBucket says the same in Java. A key, big endian:
--   version (1 byte, 1), the instant of the last charge (7, microseconds), what was owed then (7, in
--   units of which a token is worth so many), how many units a token is worth (7)

local function tokens()
  local algorithm = {}
  local MOST_UNITS = 2 ^ 52
  local SLACK = 10 -- milliseconds, for what was rounded

  local function ceilDiv(a, b)
    return floor(a / b) + (a % b == 0 and 0 or 1)
  end

  -- As the header says a limit: what a token is worth in units (7), how many units come back in a
  -- microsecond (7), what a full bucket holds in tokens (7).
  function algorithm.limit()
    local limit = {buckets = 1}
    limit.unit, limit.refill, limit.burst, at = unpack('>I7I7I7', header, at)
    return limit
  end

  -- The instant and the debt of a text, as they are now in the limit's units; nil when it is no record.
  local function parse(text, limit)
    if not text then return now, 0 end
    if type(text) ~= 'string' or #text ~= 22 then return nil end
    local version, instant, debt, unit = unpack('>BI7I7I7', text)
    if version ~= VERSION or unit < 1 or unit > MOST_UNITS or debt > 2 * MOST_UNITS
        or instant - now > ABSURD * 1000 then
      return nil
    end
    if unit ~= limit.unit then debt = min(MOST_UNITS, math.ceil(debt * limit.unit / unit)) end
    if now > instant then
      local elapsed = now - instant
      debt = elapsed >= ceilDiv(debt, limit.refill) and 0 or debt - elapsed * limit.refill
      instant = now
    end
    return instant, debt
  end

  function algorithm.read(limit)
    nextKey = nextKey + 1
    local key = KEYS[nextKey]
    local instant, debt = parse(pcall('GET', key), limit)
    if not instant then return nil end
    local left = floor(max(0, limit.burst * limit.unit - debt) / limit.unit)
    return {key = key, left = left, epoch = 0, latest = 0, instant = instant, debt = debt}
  end

  -- Milliseconds until so many units have come back.
  local function drained(limit, state, units)
    local micros = max(0, state.instant - now) + ceilDiv(max(0, units), limit.refill)
    return max(1, ceilDiv(micros, 1000))
  end

  -- A rate that has become slower makes the debt last longer than the record was to be kept.
  local function keep(limit, state)
    local needed = drained(limit, state, state.debt) + 1000
    if state.debt > 0 and call('PTTL', state.key) < needed - SLACK then
      call('PEXPIRE', state.key, needed)
    end
  end

  function algorithm.charge(limit, state, paid)
    if paid == 0 then return keep(limit, state) end
    state.debt = state.debt + paid * limit.unit
    state.left = state.left - paid
    call('SET', state.key, pack('>BI7I7I7', VERSION, state.instant, state.debt, limit.unit),
      'PX', drained(limit, state, state.debt) + 1000)
  end

  function algorithm.tell(limit, state, cost)
    local wait = 0
    if state.left < cost and cost <= limit.burst then
      wait = drained(limit, state, state.debt - (limit.burst - cost) * limit.unit)
    end
    say(state.left, 0, drained(limit, state, state.debt), wait)
  end

  return algorithm
end
