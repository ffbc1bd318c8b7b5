"""What the tests behind the promises share: figures printed at the end, a full profile, and no skipping.

`make promises` runs the full profile (PROMISES=full); every other run takes the small one. A test that needs
PostgreSQL is not collected on SQLite, so that a skip or an expected failure in this folder is always a failure.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

FULL = os.environ.get("PROMISES") == "full"
PREFIX = "promise:"


@pytest.fixture(scope="session")
def full_profile() -> bool:
    """Whether the figures of the promises themselves are asked for, not a tenth of them."""
    return FULL


@pytest.fixture(scope="session")
def again(request: pytest.FixtureRequest) -> bool:
    """Whether the whole of it ran on another database just before: then here what hangs on the database will do."""
    return bool(request.config.getoption("with_database"))


@pytest.fixture
def kept(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Say what was found: ``kept("P4", "0 differing bytes / 3,000 queries")``."""

    def say(promise: str, figure: str) -> None:
        record_property(PREFIX + promise, figure)

    return say


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite, tests that need PostgreSQL are left out rather than skipped."""
    if connection.vendor == "postgresql":
        return
    needing = [item for item in items if "promises" in item.path.parts and item.get_closest_marker("postgresql")]
    config.hook.pytest_deselected(items=needing)
    items[:] = [item for item in items if item not in needing]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A promise that was not looked at was not kept."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: a promise is neither skipped nor expected to fail"
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The figures, in the order of the promises, wherever their tests ran."""
    found = {
        (name.removeprefix(PREFIX), str(figure))
        for report in terminalreporter.getreports("passed")
        for name, figure in report.user_properties
        if name.startswith(PREFIX)
    }
    for promise, figure in sorted(found, key=lambda each: (int(each[0].removeprefix("P")), each[1])):
        terminalreporter.write_line(f"{promise} ok: {figure}")
