-- Makes an entry the newest of a document, if the newest is still the one that is expected.
-- KEYS[1] a hash: 'newest' is the place of the newest entry, each other field a place and its entry
-- ARGV    the expected place or '', the entry's place, the entry, how many entries are kept
-- Places sort as texts, and none comes after the newest: what does was written by somebody else, and goes.
-- Returns 1 when it is done, else 0.
local newest = redis.call('HGET', KEYS[1], 'newest') or ''
if newest ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'newest', ARGV[2], ARGV[2], ARGV[3])
local places = {}
for _, place in ipairs(redis.call('HKEYS', KEYS[1])) do
  if place > ARGV[2] and place ~= 'newest' then
    redis.call('HDEL', KEYS[1], place)
  elseif place ~= 'newest' then
    places[#places + 1] = place
  end
end
local most = tonumber(ARGV[4])
if #places > most then
  table.sort(places)
  for i = 1, #places - most do
    redis.call('HDEL', KEYS[1], places[i])
  end
end
return 1
