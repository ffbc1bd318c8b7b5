"""What tests of single resources share."""

import pytest

from incidents.rules.accounts.keys import NewKey
from tests.contributions import country
from tests.keys import key_of


@pytest.fixture
def ngo(db: None) -> NewKey:
    """A key of an organisation that sends and reads what it sent, where the gazetteer has a country."""
    country()
    return key_of(scopes=["submissions:read", "submissions:write"])
