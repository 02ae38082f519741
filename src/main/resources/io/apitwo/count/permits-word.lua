-- Takes words of a holder of permits, between the groups that it asks for: what it holds has become
-- less, or it holds it still. Makes no key for nothing, and passes over what is no record of ours.
--
-- KEYS     records, as permits.lua says
-- ARGV[1]  the header, without shapes, and the holder (8 bytes)
-- ARGV[2]  for each key the sequence of the word (7), and how much is held (7)

local holder = unpack('>c8', header, at)
local words = ARGV[2]
at = 1
for i = 1, #KEYS do
  local sequence, holds
  sequence, holds, at = unpack('>I7I7', words, at)
  local others, kept, last, own = readPermits(KEYS[i], holder)
  if others and own < sequence and (own >= 0 or holds > 0) then
    writePermits(KEYS[i], holder, sequence, holds, kept, last)
  end
end
return pack('>BI7', 0, now)
