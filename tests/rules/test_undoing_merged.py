"""What is undone leaves an incident that it was merged into, with the values that this one took from it."""

import pytest
from django.db import transaction

from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Submission
from incidents.rules.publication.reindexing import reindex
from incidents.rules.sameness import merging, unmerging
from incidents.rules.submissions import moderating, reverting
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail.verification import verify_log
from tests.contributions import person, sender, with_reference
from tests.public_state import everything_public
from tests.rules.test_undoing import INQUIRY, claims_on, public, publish
from tests.rules.test_unsaying import incident_of

pytestmark = pytest.mark.django_db


def both() -> tuple[Submission, Submission]:
    """A good incident and a poisoned one, both public."""
    poison = with_reference("poison")
    poison["incident"] |= {"title": {"en": "Poison"}, "summary": {"en": "Poisoned"}}
    poison["incident"]["place"] |= {"text": "Elsewhere"}
    return publish(with_reference("good"), sender("Another")), publish(poison, sender())


def undo(submission: Submission) -> Submission:
    return moderating.act(submission, Action.UNDO, by=person("lead"), reason="Made up")


def test_a_survivor_gets_back_what_it_took_from_what_is_undone() -> None:
    good, poison = both()
    before = public()[str(incident_of(good).public_id)]
    taken = ("title", "summary", "country", "place_text")
    merge, _ = merging.merge(incident_of(good), incident_of(poison), reason="One", take_from_absorbed=taken)
    (merged,) = public().values()
    assert (merged["title"], merged["place"]["text"]) == ({"en": "Poison"}, "Elsewhere")
    undo(poison)
    assert list(public().values()) == [before]
    assert Incident.objects.get(pk=incident_of(good).pk).title == before["title"]
    unmerging.undo_merge(merge, reason="They are two")
    assert list(public().values()) == [before], "what was undone is not published again"
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_a_merge_into_what_would_go_is_undone_first() -> None:
    good, poison = both()
    before = public()[str(incident_of(good).public_id)]
    merge, _ = merging.merge(incident_of(poison), incident_of(good), reason="One")
    with pytest.raises(NotNow, match="was merged into Poison, which would go: undo the merge first"):
        undo(poison)
    unmerging.undo_merge(merge, reason="They are two")
    undo(poison)
    assert list(public().values()) == [before]


def test_two_that_were_merged_and_are_undone_together_leave_the_public() -> None:
    by = sender()
    first, second = (publish(with_reference(key), by) for key in "ab")
    merge, _ = merging.merge(incident_of(first), incident_of(second), reason="One", take_from_absorbed=("title",))
    own = Submission.objects.filter(organisation=by.organisation)
    done = reverting.undo_all(own, by=person("lead"), reason="Made up")
    assert (done.undone, done.withdrawn, public()) == (2, [incident_of(first)], {})
    unmerging.undo_merge(merge, reason="They are two")
    assert public() == {}


def test_what_went_on_with_a_later_merge_is_taken_back_there_too() -> None:
    good, poison = both()
    content = with_reference("third")
    content["incident"] |= {"title": {"en": "Third"}}
    third = publish(content, sender("Another"))
    before = Incident.objects.get(pk=incident_of(good).pk).title
    merging.merge(incident_of(good), incident_of(poison), reason="One", take_from_absorbed=("title",))
    kept = Incident.objects.get(pk=incident_of(good).pk)
    last, _ = merging.merge(incident_of(third), kept, reason="One", take_from_absorbed=("title",))
    assert public()[str(incident_of(third).public_id)]["title"] == {"en": "Poison"} != before
    undo(poison)
    assert public()[str(incident_of(third).public_id)]["title"] == before
    unmerging.undo_merge(last, reason="They are two")
    assert {each["title"]["en"] for each in public().values()} == {before["en"], "Third"}
    assert verify_log().sound
    assert reindex(check=True) == {}


@pytest.mark.parametrize("speaks", ["claims", "inquiry"])
@pytest.mark.parametrize("stays", [True, False])
def test_what_others_said_of_it_is_public_as_if_it_had_never_been_merged(speaks: str, stays: bool) -> None:
    """Undone and then taken apart, or taken apart and then undone: the figure of the others counts in both."""
    first, second = (publish(with_reference(key), sender()) for key in "ab")
    about = incident_of(first if stays else second)
    inquiry = INQUIRY["investigation"] | {"scope": [{"incident": str(about.public_id), "kind": "within"}]}
    said = claims_on(about) if speaks == "claims" else INQUIRY | {"investigation": inquiry}
    publish(said, sender("Another"))
    with transaction.atomic():
        reverting.undo_all(Submission.objects.filter(organisation=first.organisation), by=person("lead"), reason="No")
        never_merged = everything_public()
        transaction.set_rollback(True)
    merge, _ = merging.merge(incident_of(first), incident_of(second), reason="One")
    reverting.undo_all(Submission.objects.filter(organisation=first.organisation), by=person("lead"), reason="No")
    unmerging.undo_merge(merge, reason="They are two")
    assert list(public()) == [str(about.public_id)]
    assert everything_public() == never_merged
    assert verify_log().sound
    assert reindex(check=True) == {}
