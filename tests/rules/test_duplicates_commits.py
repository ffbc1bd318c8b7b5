"""A search for duplicates beside what others commit meanwhile.

The fixture `commits` must be set up before the database, so this module has no mark of its own.
"""

from typing import Any

import pytest

from incidents.models import DuplicateCandidate
from incidents.rules.sameness import duplicates, likened
from incidents.rules.sameness.merging import merge
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


@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("decision", ["not_duplicates", "merged"])
def test_a_pair_that_is_decided_while_it_is_compared_stays_decided(
    decision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever decided it knew the new figure, which the search had not read; the next one compares it anew."""
    one, other = village(), village()
    duplicates.find()
    pair = DuplicateCandidate.objects.get()
    real = duplicates.Search.candidates

    def decided_meanwhile(search: Any, *args: Any, **kwargs: Any) -> Any:
        found = real(search, *args, **kwargs)
        factories.ClaimFactory(incident=one, value=32)
        if decision == "merged":
            merge(one, other, reason="One attack, told twice.")
        else:
            duplicates.not_duplicates(pair, note="Two villages of one name.")
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(duplicates.Search, "candidates", decided_meanwhile)
        assert duplicates.find().reopened == 0
    pair.refresh_from_db()
    assert pair.decision == decision
    factories.ClaimFactory(incident=one, value=33)
    assert duplicates.find().reopened == (decision != "merged")


@pytest.mark.usefixtures("commits")
def test_two_that_a_search_proposes_while_they_are_merged_are_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = village(), village()
    real = likened.likened

    def proposed_meanwhile(pks: Any) -> Any:
        if not DuplicateCandidate.objects.exists():
            factories.DuplicateCandidateFactory(first=one, second=other)
        return real(pks)

    monkeypatch.setattr(likened, "likened", proposed_meanwhile)
    merge(one, other, reason="One attack, told twice.")
    row = DuplicateCandidate.objects.get()
    assert (row.decision, row.first.merged_into, row.second.merged_into) == ("merged", None, one)
