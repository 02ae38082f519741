-- What the algorithms of mixed-settle.lua share: where a call's reading has got to, and the figures of
-- the group that is being decided. An algorithm is made when a limit needs it, and has
--   limit(phase)                 a limit as the header says it, with its number of buckets
--   read(limit)                  what one key says: key, left, epoch, latest lease end; nil if nothing
--                                that we wrote
--   charge(limit, state, paid, first)  writes what was paid, which may be 0, and lowers what is left;
--                                first: milliseconds until the end of what was leased, if any was
--   tell(limit, state, cost)     says the figures of each bucket

local holder, groups
local nextKey = 0
local fields
local leasing -- how much may be leased, where that is possible

local function say(left, number, reset, retry)
  local field = #fields
  fields[field + 1], fields[field + 2] = left, number
  fields[field + 3], fields[field + 4] = reset, retry
end
