"""How gunicorn serves the tool: `gunicorn wsgi:app` in this folder reads this by itself.

What a command line or GUNICORN_CMD_ARGS says counts more. Why so: docs/operations.md.
"""

workers = 2
# A worker of one thread would be held by a single slow browser, or by an LMS that is waited for.
worker_class = "gthread"
threads = 8

# A login by GET carries the LMS's hints in its first line: the most that gunicorn takes.
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190

# Nothing that a request claims moves the tool to another place of its host, whoever passes it on.
forwarder_headers = ""

# A worker that does not stir for so long is replaced; calls to an LMS end after 8 seconds.
timeout = 60
graceful_timeout = 30
# Longer than the proxy keeps a connection would be, if it were the browser's.
keepalive = 5
