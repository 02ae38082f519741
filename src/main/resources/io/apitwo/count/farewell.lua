-- Takes a node that goes out of the set that heartbeat.lua keeps.
--
-- KEYS[1]  the set
-- ARGV[1]  the node's id
--
-- Answers  0 (1), now (7, microseconds)

if redis.replicate_commands then redis.replicate_commands() end

local time = redis.call('TIME')
redis.call('ZREM', KEYS[1], ARGV[1])
return struct.pack('>BI7', 0, time[1] * 1000000 + time[2])
