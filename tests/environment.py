"""The environment the tests run in, set before Django reads its settings; pyproject.toml loads it as a plugin.

TEST_DATABASE_URL chooses the database; without it DATABASE_URL does, and without that the tests use SQLite in memory.
"""

import os
import tempfile

CHECKPOINTS = tempfile.TemporaryDirectory(prefix="hid-checkpoints-")
# Gone with the process; what a test cuts is undone with its transaction, and files that no row names are not served.
RELEASES = tempfile.TemporaryDirectory(prefix="hid-releases-")
os.environ.update(
    DEBUG="true",  # plain HTTP and static files without a manifest; pytest-django turns settings.DEBUG itself off
    SECRET_KEY="tests-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    ALLOWED_HOSTS="testserver",
    SITE_URL="",
    CONTACT_EMAIL="",
    NUM_PROXIES="0",
    CORS_ALLOWED_ORIGINS="",
    CACHE_URL="",
    ANON_RATE="0",
    KEY_RATE="0",
    KEY_PEPPERS="",
    MAX_BODY_BYTES="",
    REQUEST_SECONDS="",
    LOG_LEVEL="WARNING",
    RELEASES_DIR=RELEASES.name,
    CHECKPOINT_KEY="dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    CHECKPOINT_PUBLIC_KEYS="",
    CHECKPOINTS_FILE=f"{CHECKPOINTS.name}/checkpoints.ndjson",
    PUBLIC_DATABASE_URL="",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL") or "sqlite://:memory:",
)
