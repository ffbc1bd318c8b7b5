"""What every server keeps to, by `gunicorn --config config/gunicorn.py`: production, demo, tests and benchmark."""

# A list takes 100 ids, and some clients name the parameter before each: 4,615 bytes; gunicorn takes 4,094 unless told.
# 8,190 is the most that it knows and proxies take; incidents/api/base.py keeps the addresses of next pages below it.
limit_request_line = 8190
