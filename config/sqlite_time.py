"""Statements of requests have their time on SQLite too, which has no setting for it and asks a function as it works.

A statement is done in steps while its rows are fetched, so only what SQLite works counts: whoever streams rows out for
an hour waits for the client most of it.
"""

import time
from collections.abc import Callable
from typing import Any

from django.db.backends.signals import connection_created

STEPS = 50_000  # of SQLite's machine: about a millisecond
AT_ONCE = 0.25  # seconds: more than this lies between two questions only where nothing was fetched meanwhile

Execute = Callable[..., Any]


class Stopwatch:
    """How long the last statement of a connection has worked; once that is more than `seconds`, SQLite interrupts it.

    It is raised as OperationalError, and answered 503, as PostgreSQL's own bound is.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self._worked, self._asked = seconds, 0.0, 0.0

    def begin(self, execute: Execute, sql: Any, params: Any, many: Any, context: Any) -> Any:
        """Execute a statement, whose time begins."""
        self._worked, self._asked = 0.0, time.monotonic()
        return execute(sql, params, many, context)

    def is_over(self) -> bool:
        """What SQLite asks after so many steps: whether to interrupt the statement."""
        now = time.monotonic()
        self._worked, self._asked = self._worked + min(now - self._asked, AT_ONCE), now
        return self._worked > self.seconds


def bound(seconds: float) -> None:
    """Let no statement on SQLite work longer than so many seconds, on every connection that is opened from now on."""

    def opened(connection: Any, **_: Any) -> None:
        if connection.vendor == "sqlite":
            watch = Stopwatch(seconds)
            begun = [each for each in connection.execute_wrappers if not isinstance(_owner(each), Stopwatch)]
            connection.execute_wrappers[:] = [*begun, watch.begin]
            connection.connection.set_progress_handler(watch.is_over, STEPS)

    connection_created.connect(opened, weak=False, dispatch_uid="config.sqlite_time")


def _owner(wrapper: Any) -> Any:
    return getattr(wrapper, "__self__", None)
