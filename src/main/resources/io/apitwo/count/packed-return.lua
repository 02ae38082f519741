-- Takes back charges that were paid for and will not be spent. Only the very counts that were
-- charged are lowered, never below zero: the record must be of the same epoch and the window still
-- the one that was charged. Makes no key, and prolongs none.
--
-- KEYS     records, in the layout that packed-settle.lua describes
-- ARGV[1]  for each key: epoch (7), amount (7), number of windows (1), and each window: kind (1),
--          number (5)
--
-- Answers  0 (1), now (7, microseconds)

if redis.replicate_commands then redis.replicate_commands() end

local time = redis.call('TIME')
local returns, at = ARGV[1], 1

-- Where each kind's number stands in an unpacked record of these kinds, and the record's format.
local function layoutOf(kinds)
  local format, place, next = '>BBI7I7', {}, 5
  for kind = 0, 4 do
    if math.floor(kinds / 2 ^ kind) % 2 == 1 then
      format = format .. 'I5I7'
      place[kind] = next
      next = next + 2
    end
  end
  return format, place, next - 1
end

local function read(text)
  if type(text) ~= 'string' or #text < 16 then return nil end
  local version, kinds = string.byte(text, 1, 2)
  if version ~= 1 or kinds > 31 then return nil end
  local format, place, fields = layoutOf(kinds)
  if #text ~= struct.size(format) then return nil end
  return {struct.unpack(format, text)}, format, place, fields
end

for i = 1, #KEYS do
  local epoch, amount, windows
  epoch, amount, windows, at = struct.unpack('>I7I7B', returns, at)
  local record, format, place, fields = read(redis.pcall('GET', KEYS[i]))
  local changed = false
  for window = 1, windows do
    local kind, number
    kind, number, at = struct.unpack('>BI5', returns, at)
    local where = record and record[3] == epoch and place[kind]
    if where and record[where] == number and record[where + 1] > 0 then
      record[where + 1] = math.max(0, record[where + 1] - amount)
      changed = true
    end
  end
  if changed then
    redis.call('SET', KEYS[i], struct.pack(format, unpack(record, 1, fields)), 'KEEPTTL')
  end
end
return struct.pack('>BI7', 0, time[1] * 1000000 + time[2])
