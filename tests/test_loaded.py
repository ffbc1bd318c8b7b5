"""What a worker loads, it loads before the first request, and Python's collector goes through none of it again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STARTED = """
import gc, logging, sys
from types import SimpleNamespace
from config import gunicorn, wsgi
kept = gc.get_freeze_count()
loaded = "incidents.api.v1.victims" in sys.modules
log = logging.getLogger("of this worker")
gunicorn.post_worker_init(SimpleNamespace(log=SimpleNamespace(error_log=log)))
print(kept, loaded, gc.get_freeze_count() > 50_000, len(gc.get_objects()) < 1_000, len(log.filters))
"""
pytestmark = [pytest.mark.processes, pytest.mark.once]


def test_a_worker_has_loaded_all_before_it_is_asked_and_collects_none_of_it() -> None:
    environment = {**os.environ, "DEBUG": "true"}
    done = subprocess.run(
        [sys.executable, "-c", STARTED], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("0 True True True 1\n", 0), done.stderr
