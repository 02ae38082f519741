-- Adds to packed records what passed without them, even beyond a quota: in the windows that are
-- named and still open. A record that is not there is made; what is no record of ours stays as it is.
--
-- KEYS     records, in the layout that packed-settle.lua describes
-- ARGV[1]  for each key: number of windows (1), and each window: kind (1), number (5), amount (7)
--
-- Answers  0 (1), now (7, microseconds)

if redis.replicate_commands then redis.replicate_commands() end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local millis = floor(now / 1000)
local hits, at = ARGV[1], 1

-- Whether no clock of ours can have opened a window, as call.lua says: what outlives it by so much
-- fails to be written, and ends the script in the middle.
local function isAbsurd(kind, number)
  return number > 4294967296 or windowEnd(kind, number) - millis > 34560000000
end

-- The record at a key, with the number and the count of each kind that it has; nil if it is none.
local function read(key)
  local text = redis.pcall('GET', key)
  if text == false then return {epoch = now, lease = 0, number = {}, count = {}} end
  if type(text) ~= 'string' or #text < 16 then return nil end
  local version, kinds, epoch, lease, next = struct.unpack('>BBI7I7', text)
  if version ~= 1 or kinds > 31 then return nil end
  local record = {epoch = epoch, lease = lease, number = {}, count = {}}
  for kind = 0, 4 do
    if floor(kinds / 2 ^ kind) % 2 == 1 then
      if #text < next + 11 then return nil end
      record.number[kind], record.count[kind], next = struct.unpack('>I5I7', text, next)
      if isAbsurd(kind, record.number[kind]) then return nil end
    end
  end
  return next == #text + 1 and record or nil
end

local function write(key, record)
  local kinds, last, windows = 0, 0, {}
  for kind = 0, 4 do
    local number = record.number[kind]
    if number then
      kinds = kinds + 2 ^ kind
      last = math.max(last, windowEnd(kind, number) - millis)
      windows[#windows + 1] = struct.pack('>I5I7', number, record.count[kind])
    end
  end
  local head = struct.pack('>BBI7I7', 1, kinds, record.epoch, record.lease)
  redis.call('SET', key, head .. table.concat(windows), 'PX', last + 1000)
end

for i = 1, #KEYS do
  local windows
  windows, at = struct.unpack('>B', hits, at)
  local record = read(KEYS[i])
  local changed = false
  for window = 1, windows do
    local kind, number, amount
    kind, number, amount, at = struct.unpack('>BI5I7', hits, at)
    if record then
      local current = math.max(windowAt(kind, millis), record.number[kind] or 0)
      if record.number[kind] ~= current then
        record.number[kind], record.count[kind] = current, 0
      end
      if number == current and amount > 0 then
        record.count[kind] = record.count[kind] + amount
        changed = true
      end
    end
  end
  if changed then write(KEYS[i], record) end
end
return struct.pack('>BI7', 0, now)
