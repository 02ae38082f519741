-- Redis over the cosockets of ngx_lua, as far as the limiters beside need it: whole commands out,
-- replies in, connections back into the pool.

local redis = {}
redis.__index = redis

-- A pooled or new connection, or nil and why not.
function redis.open(port)
  local socket = ngx.socket.tcp()
  socket:settimeout(1000)
  local connected, why = socket:connect("127.0.0.1", port)
  if not connected then
    return nil, why
  end
  return setmetatable({ socket = socket }, redis)
end

function redis:close()
  self.socket:setkeepalive(60000, 128)
end

local function receive(socket)
  local line, why = socket:receive()
  if not line then
    return nil, why
  end
  local kind, rest = line:sub(1, 1), line:sub(2)
  if kind == ":" then
    return tonumber(rest)
  elseif kind == "+" then
    return rest
  elseif kind == "$" then
    local text
    text, why = socket:receive(tonumber(rest) + 2)
    return text and text:sub(1, -3), why
  end
  return nil, rest
end

-- The reply (an integer, a status or a text), or nil and the error.
function redis:command(...)
  local words = { ... }
  local out = { "*" .. #words .. "\r\n" }
  for i, word in ipairs(words) do
    word = tostring(word)
    out[i + 1] = "$" .. #word .. "\r\n" .. word .. "\r\n"
  end
  local sent, why = self.socket:send(out)
  if not sent then
    return nil, why
  end
  return receive(self.socket)
end

return redis
