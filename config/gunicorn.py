"""What every server keeps to, by `gunicorn --config config/gunicorn.py`: production, demo, tests and benchmark."""

import gc
from typing import Any

from config.stalled import in_one_line

# A list takes 100 ids, and some clients name the parameter before each: 4,615 bytes; gunicorn takes 4,094 unless told.
# 8,190 is the most that it knows and proxies take; incidents/api/base.py keeps the addresses of next pages below it.
limit_request_line = 8190
worker_class = "config.workers.Watched"
# Whom to believe who says X-Forwarded-... is the matter of NUM_PROXIES: gunicorn would believe whoever is on the same
# machine that a request came by HTTPS.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}


def post_worker_init(worker: Any) -> None:
    """Have the log say in one line that a client was let go of (config/stalled.py), and keep what was loaded for good.

    Python would go through all of it again, a hundred thousand objects, whenever many more were made: every thread
    waits for that, up to a tenth of a second.
    """
    worker.log.error_log.addFilter(in_one_line)
    gc.collect()
    gc.freeze()
