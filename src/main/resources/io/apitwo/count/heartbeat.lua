-- Says that a node lives, and counts those that do: a sorted set of node ids by the time of their
-- last heartbeat in milliseconds. Who has been silent for 10 s is forgotten.
--
-- KEYS[1]  the set
-- ARGV[1]  the node's id
--
-- Answers  0 (1), now (7, microseconds), live nodes (4)

if redis.replicate_commands then redis.replicate_commands() end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local millis = math.floor(now / 1000)
redis.call('ZADD', KEYS[1], millis, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', millis - 10000)
redis.call('PEXPIRE', KEYS[1], 30000)
return struct.pack('>BI7I4', 0, now, redis.call('ZCARD', KEYS[1]))
