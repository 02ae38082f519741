-- What every script that settles begins with: the time, by Redis's own clock, and whether there is
-- any left.
--
-- ARGV[1]  the header: notAfter (7, microseconds), lessees (4), how many of them a node has (2),
--          number of shapes (2), and what the script says
--
-- Answers  status (1), now (7, microseconds). Status 1: the call came too late and did nothing.
--          Status 0: what the script says
--
-- Redis makes every function of a script anew for each call, so what few calls need is made when it
-- is needed.

if redis.replicate_commands then redis.replicate_commands() end

local spread = unpack
local unpack, pack, min, max = struct.unpack, struct.pack, math.min, math.max
local call, pcall = redis.call, redis.pcall
local BAD = 4294967295 -- granted to a group that has a key which is no record of ours
local VERSION = 1      -- the first byte of every record
local ABSURD = 34560000000 -- 400 days in milliseconds: no clock of ours can be so far ahead

local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local millis = floor(now / 1000)
local header = ARGV[1]
local notAfter, lessees, perNode, shapeCount, at = unpack('>I7I4I2I2', header)
if now > notAfter then return pack('>BI7', 1, now) end

-- The time in milliseconds by the calendar of clients of a phase (0 to 15): their windows begin so many
-- sixteenths early of the shortest that a window of the kind can be. io.apitwo.limit.Phase says the
-- same in Java.
local function phased(kind, phase)
  local shortest = LENGTH[kind] or 2419200000 -- 28 days
  return millis + floor(shortest * phase / 16)
end

-- Whether no clock of ours can have opened a window.
local function isAbsurd(kind, number)
  return number > 4294967296 or windowEnd(kind, number) - millis > ABSURD
end
