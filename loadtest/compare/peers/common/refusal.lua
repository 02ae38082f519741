-- How the limiters beside end a request early.

local refusal = {}

function refusal.over(window)
  ngx.status = 429
  ngx.header["Content-Type"] = "application/json"
  ngx.print('{"msg":"Request too frequent (', window, ')","code":429}')
  return ngx.exit(429)
end

function refusal.broken(why)
  ngx.log(ngx.ERR, "redis: ", why)
  return ngx.exit(500)
end

return refusal
