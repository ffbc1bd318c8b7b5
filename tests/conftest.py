"""What every test shares: the hypothesis profile, and one connection for both database aliases.

The database itself is chosen in tests/environment.py; hosts other than this machine are refused by pytest-socket.
"""

import gc
from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from django.utils import translation
from hypothesis import HealthCheck, settings

from incidents.models.triggers import drop_triggers
from tests.contract.validation import CheckedClient
from tests.migrated import copied

settings.register_profile("house", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def one_connection_for_both_aliases() -> Iterator[None]:
    """A test's rows live in a transaction that is never committed, so ``public`` must see them through ``default``."""
    connections.settings.pop("public", None)
    by_alias = ConnectionHandler.__getitem__

    def shared(handler: ConnectionHandler, alias: str) -> BaseDatabaseWrapper:
        return by_alias(handler, "default" if alias == "public" and handler is connections else alias)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ConnectionHandler, "__getitem__", shared)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, one_connection_for_both_aliases: None
) -> Iterator[None]:
    """The test database begins as a copy of the migrated one that tests/run.py made."""
    with copied(connection):
        yield


@pytest.fixture(autouse=True)
def english() -> None:
    """Each test begins in the language of a program; a page that another read in French would leave that behind."""
    translation.activate("en")


@pytest.fixture
def unguarded(db: None) -> None:
    """The triggers dropped until the test's transaction is rolled back: what a database owner can do to the log."""
    # PostgreSQL drops no trigger of a table that still has deferred constraints to check.
    connection.check_constraints()
    drop_triggers(connection)


@pytest.fixture
def commits(transactional_db: None) -> Iterator[None]:
    """Real commits, seen by every connection; afterwards every table is flushed, which the triggers would refuse.

    The flush emits post_migrate, and that installs the triggers again. A module that uses it has no mark of its own
    for the database, so that this is set up first.
    """
    yield
    drop_triggers(connection)


@pytest.fixture
def api() -> CheckedClient:
    """A client of the API; an answer that the committed OpenAPI document does not describe fails the test."""
    return CheckedClient()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--with-database", action="store_true", help="leave out what ran on another and would prove no more here"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported and collected stays: the collector of garbage need not walk through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Which tests run on this database, and the long ones before the others, whatever order chance gave them."""
    if connections["default"].vendor != "postgresql":
        for item in items:
            if item.get_closest_marker("postgresql"):
                item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))
    if config.getoption("with_database"):
        config.hook.pytest_deselected(items=[item for item in items if not reaches_a_database(item)])
        items[:] = [item for item in items if reaches_a_database(item)]
    # A worker that begins the longest last works alone at the end.
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def reaches_a_database(item: pytest.Item) -> bool:
    """Whether it asks for one, to every other test pytest-django refuses it, and may answer otherwise on this one."""
    if item.get_closest_marker("once") and not item.get_closest_marker("postgresql"):
        return False
    asked = {"db", "transactional_db", "django_db_setup"} & {*getattr(item, "fixturenames", ())}
    return bool(asked) or any(item.get_closest_marker(name) for name in ("django_db", "postgresql", "processes"))
