"""What a process that answers requests does before its first connection; commands do none of it."""

from django.conf import settings

from config import sqlite_time
from config.databases import bound_requests
from config.env import environment


def bound() -> None:
    """Give the statements of this process their time, a second at least (config/env.py)."""
    sqlite_time.bound(environment.request_seconds)
    own_role = bool(environment.public_database_url)
    bound_requests(settings.DATABASES, environment.request_seconds, own_public_role=own_role)
