"""Who is logged in, and labels read afresh in every test of the admin.

Rows are made by tests/factories.py.
"""

from collections.abc import Iterator

import pytest
from django.test import Client

from incidents.admin import terms
from tests.factories import UserFactory


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
