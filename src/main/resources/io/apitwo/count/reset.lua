-- Forgets what one client has used of one limit. The record that is made next has another epoch, so
-- that returns of what was charged before find nothing.
--
-- KEYS[1]  the record, of any algorithm but concurrency; none for plain counters
-- ARGV[1]  the header, without shapes
-- ARGV[2]  for plain counters what stands before the word of their window in their names, else nothing
-- ARGV[3]  the client
-- ARGV[4]  its phase (1)

if KEYS[1] then call('DEL', KEYS[1]) end
if ARGV[2] ~= '' then
  local word = {[0] = 'second', 'minute', 'hour', 'day', 'month'}
  for kind = 0, 4 do
    local instant = phased(kind, unpack('>B', ARGV[4]))
    local day = floor(instant / 86400000)
    local year, month = civil(day)
    local second = floor(instant / 1000) % 86400
    local digits = string.format('%04d%02d%02d%02d%02d%02d', year, month,
      day - firstDay(year, month) + 1, floor(second / 3600), floor(second / 60) % 60, second % 60)
    call('DEL', ARGV[2] .. word[kind] .. ':' .. ARGV[3] .. ':' .. string.sub(digits, 1, 14 - 2 * kind))
  end
end
return pack('>BI7', 0, now)
