"""Who is logged in, and labels read afresh in every test of the admin.

Rows are made by tests/factories.py.
"""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoDbBlocker

from incidents.admin import terms
from tests.factories import UserFactory
from tests.sharing import made_once


@pytest.fixture(autouse=True)
def fresh_labels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Labels are kept longer than the rows of a test live, and never run out while a slow test counts its queries."""
    monkeypatch.setattr(terms, "SECONDS", 3600)
    terms.forget()
    yield
    terms.forget()


@pytest.fixture
def desk(client: Client, db: None) -> Client:
    """A moderator who may do everything."""
    client.force_login(UserFactory(is_staff=True, is_superuser=True, username="moderator"))
    return client


def log_in() -> str:
    """Log a moderator in who may do everything; the key of the session."""
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture(scope="module")
def session(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """That session, for all tests of a module."""
    with made_once(django_db_blocker, log_in) as key:
        yield key


@pytest.fixture
def desk_of_the_module(client: Client, session: str, db: None) -> Client:
    """As ``desk``, without logging in anew: for the many tests that only look at pages."""
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client
