"""What a correction changed of an incident leaves, once undone, those too that took it over in a merge."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import AdminArea, Incident, Merge, Submission
from incidents.rules.publication import publishing
from incidents.rules.publication.reindexing import reindex
from incidents.rules.sameness import merging, unmerging
from incidents.rules.submissions import moderating, reverting
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail.verification import verify_log
from tests.contributions import country, person, sender, with_reference
from tests.rules.published import fresh
from tests.rules.test_undoing import public, publish
from tests.rules.test_unsaying import correction, edit, incident_of

pytestmark = pytest.mark.django_db
POISON = {"en": "Poison"}
PLACE = {"country": "SYR", "text": "Tuwaym", "precision": "adm1"}


def entered(key: str, **members: Any) -> Incident:
    """A public incident that is nobody's poison; its title is its key."""
    content = with_reference(key)
    content["incident"] |= {"title": {"en": key}, **members}
    return incident_of(publish(content, sender("Good")))


def corrected(incident: Incident, by: str = "Poisoner", **changes: Any) -> Submission:
    return publish(correction(incident, **changes), sender(by))


def taken(survivor: Incident, absorbed: Incident, *names: str) -> Merge:
    return merging.merge(fresh(survivor), fresh(absorbed), reason="One", take_from_absorbed=names)[0]


def undo(*submissions: Submission) -> None:
    """Undone as one, as all that an organisation sent is."""
    own = Submission.objects.filter(pk__in=[each.pk for each in submissions])
    done = reverting.undo_all(own, by=person("lead"), reason="Made up")
    assert done.undone == len(submissions), [each.refusal for each in done.results]


def unmerge(merge: Merge) -> tuple[str, ...]:
    return unmerging.undo_merge(Merge.objects.get(pk=merge.pk), reason="They are two").kept_later


def titles(*incidents: Incident) -> list[str]:
    """What each is called in the record; those that are public are called the same there, and all is sound."""
    there = public()
    for each in incidents:
        if str(each.public_id) in there:
            assert there[str(each.public_id)]["title"] == fresh(each).title
    assert verify_log().sound
    assert reindex(check=True) == {}
    return [fresh(each).title["en"] for each in incidents]


def test_a_survivor_says_what_it_had_taken_had_the_correction_not_been() -> None:
    kept, gone = entered("kept"), entered("gone")
    poison = corrected(gone, title=POISON, summary={"en": "Poisoned"})
    taken(kept, gone, "title", "summary")
    assert titles(kept) == ["Poison"]
    undo(poison)
    assert titles(kept, gone) == ["gone", "gone"]
    assert fresh(kept).summary == public()[str(kept.public_id)]["summary"] == {}


def test_taken_apart_afterwards_both_are_as_they_were() -> None:
    kept, gone = entered("kept"), entered("gone")
    before = public()
    poison = corrected(gone, title=POISON)
    merge = taken(kept, gone, "title")
    undo(poison)
    assert unmerge(merge) == ()
    assert titles(kept, gone) == ["kept", "gone"]
    assert public() == before


def test_so_they_are_where_they_were_taken_apart_before() -> None:
    kept, gone = entered("kept"), entered("gone")
    before = public()
    poison = corrected(gone, title=POISON)
    unmerge(taken(kept, gone, "title"))
    assert titles(kept, gone) == ["kept", "Poison"]
    undo(poison)
    assert titles(kept, gone) == ["kept", "gone"]
    assert public() == before


def test_what_others_corrected_in_the_survivor_stays() -> None:
    kept, gone = entered("kept"), entered("gone")
    poison = corrected(gone, title=POISON)
    merge = taken(kept, gone, "title")
    later = corrected(kept, "Others", title={"en": "Right"})
    undo(poison)
    assert titles(kept, gone) == ["Right", "gone"]
    undo(later)
    assert titles(kept, gone) == ["gone", "gone"], "the poison does not return with what was found on top of it"
    assert unmerge(merge) == ()
    assert titles(kept, gone) == ["kept", "gone"]


def test_what_the_desk_edited_in_the_survivor_stays() -> None:
    kept, gone = entered("kept"), entered("gone")
    poison = corrected(gone, title=POISON)
    merge = taken(kept, gone, "title")
    edit(kept, person("lead"), title={"en": "Edited"})
    undo(poison)
    assert fresh(kept).title == {"en": "Edited"}
    assert public()[str(kept.public_id)]["title"] == {"en": "gone"}
    assert unmerge(merge) == ("title",)


@pytest.mark.parametrize("apart", [False, True])
def test_it_leaves_a_chain_of_merges(apart: bool) -> None:
    first, second, third = entered("first"), entered("second"), entered("third")
    before = public()
    poison = corrected(first, title=POISON)
    merges = [taken(second, first, "title"), taken(third, second, "title")]
    assert titles(third) == ["Poison"]
    undo(poison)
    assert titles(first, second, third) == ["first", "first", "first"]
    if apart:
        assert [unmerge(each) for each in reversed(merges)] == [(), ()]
        assert titles(first, second, third) == ["first", "second", "third"]
        assert public() == before


def test_a_chain_ends_where_nothing_was_taken() -> None:
    first, second, third = entered("first"), entered("second"), entered("third")
    poison = corrected(first, title=POISON)
    taken(second, first, "title")
    taken(third, second)
    undo(poison)
    assert titles(first, second, third) == ["first", "first", "third"]


def test_what_was_not_taken_is_not_touched() -> None:
    kept, gone = entered("kept"), entered("gone")
    same: dict[str, Any] = {"title": POISON, "summary": {"en": "The same"}}
    corrected(kept, "Others", **same)
    poison = corrected(gone, **same)
    taken(kept, gone, "summary")
    undo(poison)
    assert titles(kept, gone) == ["Poison", "gone"]
    assert (fresh(kept).summary, fresh(gone).summary) == ({}, {})


@pytest.fixture
def areas(db: None) -> None:
    for code in ("SY05", "SY10", "SY11"):
        AdminArea.objects.create(pcode=code, level=1, country="SYR", parent=country(), names={"en": code})


@pytest.mark.usefixtures("areas")
@pytest.mark.parametrize("names", [("country",), ("country", "place_text"), merging.WHERE])
def test_the_areas_go_with_the_country(names: tuple[str, ...]) -> None:
    kept = entered("kept", place=PLACE | {"areas": ["SY05"]})
    gone = entered("gone", place=PLACE | {"areas": ["SY10"], "text": "There"})
    before = public()
    poison = corrected(gone, place=PLACE | {"areas": ["SY11"], "text": "Elsewhere"})
    merge = taken(kept, gone, *names)
    assert codes(kept) == ["SY11"]
    undo(poison)
    assert codes(kept) == codes(gone) == ["SY10"]
    assert fresh(kept).place_text == ("There" if "place_text" in names else "Tuwaym")
    assert public()[str(kept.public_id)]["place"]["text"] == fresh(kept).place_text
    assert titles(kept) == ["kept"]
    assert unmerge(merge) == ()
    assert public() == before


def codes(incident: Incident) -> list[str]:
    """The areas of an incident, which are those that are public where it is."""
    found = sorted(incident.areas.values_list("pcode", flat=True))
    if (document := public().get(str(incident.public_id))) is not None:
        assert [each["pcode"] for each in document["place"]["areas"]] == found
    return found


@pytest.mark.parametrize("about", ["gone", "kept"])
def test_what_others_said_as_well_stays(about: str) -> None:
    kept, gone = entered("kept"), entered("gone")
    poison = corrected(gone, title=POISON)
    if about == "gone":
        as_well = corrected(gone, "Others", title=POISON)
    merge = taken(kept, gone, "title")
    if about == "kept":
        as_well = corrected(kept, "Others", title=POISON)
    undo(poison)
    assert titles(kept) == ["Poison"]
    undo(as_well)
    assert titles(kept, gone) == ["gone", "gone"]
    assert unmerge(merge) == ()
    assert titles(kept, gone) == ["kept", "gone"]


def test_what_others_said_before_the_merge_is_no_later_word() -> None:
    kept, gone = entered("kept"), entered("gone")
    corrected(kept, "Others", title={"en": "Right"})
    poison = corrected(gone, title=POISON)
    merge = taken(kept, gone, "title")
    undo(poison)
    assert titles(kept, gone) == ["gone", "gone"]
    assert unmerge(merge) == ()
    assert titles(kept, gone) == ["Right", "gone"]


@pytest.mark.parametrize("as_one", [True, False])
@pytest.mark.parametrize("last_first", [True, False])
def test_two_corrections_before_it_and_one_after_it(as_one: bool, last_first: bool) -> None:
    kept, gone = entered("kept"), entered("gone")
    sent = [corrected(gone, title={"en": "First"}), corrected(gone, title=POISON)]
    merge = taken(kept, gone, "title")
    sent.append(corrected(kept, title={"en": "Third"}))
    for some in [sent] if as_one else [[each] for each in (reversed(sent) if last_first else sent)]:
        undo(*some)
    assert titles(kept, gone) == ["gone", "gone"]
    assert unmerge(merge) == ()
    assert titles(kept, gone) == ["kept", "gone"]


@pytest.mark.parametrize("title", ["Poison", "More poison"])
def test_what_the_survivor_said_before_does_not_bring_poison_back(title: str) -> None:
    kept, gone = entered("kept"), entered("gone")
    before = public()
    sent = corrected(kept, title={"en": title}), corrected(gone, title=POISON)
    merge = taken(kept, gone, "title")
    undo(*sent)
    assert titles(kept, gone) == ["gone", "gone"]
    assert unmerge(merge) == ()
    assert public() == before


def test_of_two_that_went_into_one_the_earlier_does_not_come_back() -> None:
    kept, first, second = entered("kept"), entered("first"), entered("second")
    before = public()
    sent = corrected(first, title=POISON), corrected(second, title={"en": "More poison"})
    merges = [taken(kept, first, "title"), taken(kept, second, "title")]
    undo(*sent)
    assert titles(kept) == ["second"]
    assert unmerge(merges[1]) == ()
    assert titles(kept, second) == ["first", "second"]
    assert unmerge(merges[0]) == ()
    assert public() == before


def test_a_period_is_given_back_as_a_whole() -> None:
    kept, gone = entered("kept"), entered("gone")
    before = public()
    poison = corrected(gone, dates={"start_earliest": "2025-03-20", "end_latest": "2025-03-25"})
    merge = taken(kept, gone, "start_earliest", "end_latest")
    edit(kept, person("lead"), end_latest="2025-03-28")
    undo(poison)
    assert [str(getattr(fresh(kept), name)) for name in ("start_earliest", "end_latest")] == [
        "2025-03-20",
        "2025-03-28",
    ]
    assert [each["dates"] for each in public().values()] == [before[str(kept.public_id)]["dates"]]
    assert unmerge(merge) == ("end_latest",)


def test_what_came_with_an_incident_that_goes_does_not_come_back_with_an_earlier_merge() -> None:
    kept, other = entered("kept"), entered("other")
    content = with_reference("gone")
    content["incident"] |= {"title": POISON}
    poison = publish(content, sender("Poisoner"))
    merges = [taken(kept, incident_of(poison), "title"), taken(kept, other, "title")]
    moderating.act(poison, Action.UNDO, by=person("lead"), reason="Made up")
    assert titles(kept) == ["other"]
    assert unmerge(merges[1]) == ()
    assert titles(kept, other) == ["kept", "other"]


def test_what_was_emptied_does_not_come_back_with_it() -> None:
    """Published under laxer rules than the survivor's, it left the log with the merge: two people publish it."""
    kept, gone = entered("kept", sensitivity="moderate"), entered("gone")
    poison = corrected(gone, title=POISON)
    taken(kept, gone, "title")
    with pytest.raises(NotNow, match=r"never public \(title\): correct it"):
        moderating.act(poison, Action.UNDO, by=person("lead"), reason="Made up")
    edit(kept, person("moderator"), title={"en": "gone"})
    publishing.publish([fresh(kept)])
    undo(poison)
    assert titles(kept, gone) == ["gone", "gone"]
