"""A search for duplicates beside what others commit meanwhile.

The fixture `commits` must be set up before the database, so this module has no mark of its own.
"""

from typing import Any

import pytest

from incidents.models import DuplicateCandidate
from incidents.rules.sameness import duplicates
from tests import factories
from tests.rules.test_duplicates import village


@pytest.mark.usefixtures("commits")
def test_an_incident_deleted_while_it_was_compared_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, third = village(), village(), village()
    real = duplicates.Search.candidates

    def deleted_afterwards(search: Any, *args: Any, **kwargs: Any) -> Any:
        found = real(search, *args, **kwargs)
        other.delete()
        return found

    monkeypatch.setattr(duplicates.Search, "candidates", deleted_afterwards)
    assert duplicates.find().new == 1
    row = DuplicateCandidate.objects.get()
    assert (row.first, row.second) == (one, third)


@pytest.mark.usefixtures("commits")
def test_a_pair_that_another_search_entered_meanwhile_is_entered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = village(), village()
    real = duplicates.Search.candidates

    def entered_meanwhile(search: Any, *args: Any, **kwargs: Any) -> Any:
        found = real(search, *args, **kwargs)
        factories.DuplicateCandidateFactory(first=one, second=other)
        return found

    monkeypatch.setattr(duplicates.Search, "candidates", entered_meanwhile)
    duplicates.find()
    assert DuplicateCandidate.objects.count() == 1
