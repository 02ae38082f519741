-- What is in flight, by holder (a node): io.apitwo.limit.Permits says the same in Java. A key, big
-- endian:
--   version (1 byte, 1), then for each holder its id (8 bytes), the sequence of its last word (7), how
--   much it holds (7), until when (7, microseconds)
-- A holder that holds nothing is left out, and a record without holders is no key. A word says all
-- that its holder holds, and counts for five seconds.

-- Reads a record: what others hold in all, the bytes that say so, until when they may, and the
-- sequence of the holder's own last word (-1 for none). Nil when the key holds something else.
local function readPermits(key, holder)
  local text = pcall('GET', key)
  if not text then return 0, '', 0, -1 end
  if type(text) ~= 'string' or #text % 29 ~= 1 or string.byte(text) ~= VERSION then return nil end
  local others, kept, last, own = 0, '', 0, -1
  for place = 2, #text, 29 do
    local id, sequence, amount, over = unpack('>c8I7I7I7', text, place)
    if over - now > ABSURD * 1000 then return nil end
    if id == holder then
      own = sequence
    elseif over > now then
      others, last = others + amount, max(last, over)
      kept = kept .. string.sub(text, place, place + 28)
    end
  end
  return others, kept, last, own
end

-- Writes a holder's word into a record.
local function writePermits(key, holder, sequence, holds, kept, last)
  if holds > 0 then
    last = now + 5000000
    kept = kept .. pack('>c8I7I7I7', holder, sequence, holds, last)
  end
  if kept == '' then
    call('DEL', key)
  else
    call('SET', key, pack('>B', VERSION) .. kept, 'PX', math.ceil((last - now) / 1000) + 1000)
  end
end
