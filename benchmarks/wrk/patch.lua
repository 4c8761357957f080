-- Rotates one key again and again.
wrk.method = "PATCH"
wrk.body = '{"key":"sk-ceiling-0123456789"}'
wrk.headers["Content-Type"] = "application/json"
