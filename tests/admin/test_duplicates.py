"""Moderators read why two incidents may be one, decide that they are two, or go on to propose a merge."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.admin import terms
from incidents.admin.proposing import merge_address
from incidents.documents import reasons
from incidents.models import DuplicateCandidate
from incidents.rules.sameness.duplicates import not_duplicates
from incidents.rules.sameness.merging import merge
from incidents.rules.trail import editing
from tests.factories import DuplicateCandidateFactory, UserFactory
from tests.rules.published import fresh
from tests.rules.test_merging import REASON

pytestmark = pytest.mark.django_db
PAIRS = reverse("admin:incidents_duplicatecandidate_changelist")


def staff(*permissions: str) -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, permissions=permissions))
    return client


def said(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def decide(client: Client, *rows: DuplicateCandidate, **data: str) -> Any:
    given = {"action": "not_duplicates", "_selected_action": [row.pk for row in rows], **data}
    given |= {"asked": "1"} if data else {}
    return client.post(f"{PAIRS}?decided=all", given, follow=True)


def test_it_works(desk: Client) -> None:
    row = DuplicateCandidateFactory()
    text = desk.get(PAIRS).content.decode()
    assert "same settlement: tuwaym; Killed: 31 and 31; same days" in text
    for incident in (row.first, row.second):
        assert reverse("admin:incidents_incident_change", args=[incident.pk]) in text
    assert "same days" in desk.get(
        reverse("admin:incidents_duplicatecandidate_change", args=[row.pk])
    ).content.decode()  # fmt: skip


def test_pairs_come_by_score_and_those_that_wait_come_without_asking(desk: Client) -> None:
    low, high = DuplicateCandidateFactory(score=510), DuplicateCandidateFactory(score=900)
    decided = not_duplicates(DuplicateCandidateFactory(score=950), note="Two.")
    merged = DuplicateCandidateFactory()
    merge(merged.first, merged.second, reason=REASON)

    def shown(query: str = "") -> list[int]:
        return [row.pk for row in desk.get(PAIRS + query).context["cl"].result_list]

    assert shown() == [high.pk, low.pk]
    assert shown("?decided=not_duplicates") == [decided.pk]
    assert shown("?decided=merged") == [merged.pk]
    assert len(shown("?decided=all")) == 4
    assert shown("?decided=nonsense") == []


def test_a_moderator_says_with_a_note_that_two_are_two(desk: Client) -> None:
    one, other = DuplicateCandidateFactory(), DuplicateCandidateFactory()
    page = decide(desk, one, other)
    assert str(one) in page.content.decode(), "what is decided stands above the note"
    assert fresh(one).decision == "open", "the page that asks changes nothing"
    assert "This field is required" in decide(desk, one, other, note=" ").content.decode()
    answer = decide(desk, one, other, note="Two villages of one name.")
    assert "Done: 2." in said(answer)
    for row in (fresh(one), fresh(other)):
        assert (row.decision, row.note, row.decided_by.username) == (
            "not_duplicates", "Two villages of one name.", "moderator",
        )  # fmt: skip


def test_a_pair_that_changed_since_it_was_shown_is_decided_by_nobody_who_did_not_see_that(desk: Client) -> None:
    row = DuplicateCandidateFactory()
    seen = {f"version_{row.pk}": str(row.seen_version)}
    assert f'name="version_{row.pk}" value="{row.seen_version}"' in decide(desk, row).content.decode()
    listed = merge_address(row.first, row.second, row.seen_version)
    assert listed.replace("&", "&amp;") in desk.get(PAIRS).content.decode()
    changed = "One of the two changed since the list was opened"
    assert changed not in desk.get(listed).content.decode()
    editing.save(fresh(row.second))
    assert "changed since you opened this page" in said(decide(desk, row, note="Two villages.", **seen))
    assert fresh(row).decision == "open"
    assert changed in desk.get(listed).content.decode()
    seen = {f"version_{row.pk}": str(fresh(row).seen_version)}
    assert "Done: 1." in said(decide(desk, row, note="Two villages.", **seen))


def test_a_merged_pair_is_refused_with_the_sentence_of_the_rule(desk: Client) -> None:
    row = DuplicateCandidateFactory()
    merge(row.first, row.second, reason=REASON)
    assert "undo the merge first" in said(decide(desk, row, note="Two."))


def test_who_may_only_look_cannot_decide() -> None:
    row = DuplicateCandidateFactory()
    assert decide(staff("view_duplicatecandidate"), row, note="Two.").status_code == 200
    assert fresh(row).decision == "open"
    assert staff().get(PAIRS).status_code == 403
    decide(staff("view_duplicatecandidate", "change_duplicatecandidate"), row, note="Two.")
    assert fresh(row).decision == "not_duplicates"


def test_a_pair_that_waits_leads_to_the_page_that_shows_both(desk: Client) -> None:
    row, decided = DuplicateCandidateFactory(), not_duplicates(DuplicateCandidateFactory(), note="Two.")
    text = desk.get(f"{PAIRS}?decided=all").content.decode()
    assert merge_address(row.first, row.second) in text
    assert merge_address(decided.first, decided.second) not in text
    assert desk.get(merge_address(row.first, row.second)).status_code == 200


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ({"part": "place", "how": "distance", "km": 0.0}, "same point"),
        ({"part": "place", "how": "distance", "km": 3.2}, "3.2 km apart"),
        ({"part": "place", "how": "area", "pcode": "SY06", "level": 1}, "same area: SY06, level 1"),
        ({"part": "place", "how": "written", "name": "tuwaym"}, "same name of the place: tuwaym"),
        ({"part": "dates", "how": "same", "days": 1}, "same day"),
        ({"part": "dates", "how": "overlap", "days": 2}, "2 days in common"),
        ({"part": "dates", "how": "apart", "days": 1}, "1 day apart"),
        ({"part": "figures", "how": "equal", "measure": "killed", "one": "31", "other": "31"}, "Killed: 31 and 31"),
        ({"part": "figures", "how": "differ", "measure": "killed", "one": "31", "other": "2"}, "Killed: 31 against 2"),
        ({"part": "text", "per_cent": 91}, "titles alike to 91 per cent"),
        ({"part": "actors", "common": [3]}, "same actor"),
        ({"part": "acts", "common": ["massacre"]}, "same act: Massacre"),
        ({"part": "shared", "how": "relation"}, "a relation says that they may be one"),
        ({"part": "shared", "how": "reference", "reference": "acled:7"}, "same reference: acled:7"),
        ({"part": "shared", "how": "url", "url": "sana.sy/31"}, "one report, entered twice: sana.sy/31"),
        ({"part": "shared", "how": "document"}, "told by the same document"),
        ({"part": "told_apart", "scheme": "ucdp-ged"}, "but ucdp-ged counts them as two"),
        ({"part": "not known to this release"}, ""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_reason_has_its_words(reason: dict[str, Any], words: str) -> None:
    given = {"points": 10, **reason}
    assert reasons.in_words([given], terms.label) == words
    assert reasons.said(given, reasons.english) == words
