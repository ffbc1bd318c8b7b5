"""A dry run of a new version, and of a correction, shows what publishing it makes of the claims that stood before."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from incidents.choices import SubmissionAction as Action
from incidents.models import Claim, Incident, Source, Submission
from incidents.rules.publication import publishing
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.submitting import Sender
from tests import factories
from tests.contributions import person, sender, tuwaym
from tests.foresight import EDITS, estimates_of, figures, published
from tests.sharing import made_once

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.once]
Version = dict[str, Any]


def claim(value: int, by: str = "seen", document: str = "article", **said: Any) -> dict[str, Any]:
    named = {"asserted_by": by, "document": document, "measure": "killed"}
    return named | {"qualifier": "exact", "value": value} | said


def version(*claims: dict[str, Any], **changed: Any) -> Version:
    """The killings of Tuwaym with these claims: an article, a later report, two witnesses and somebody unknown."""
    sent = tuwaym(attributions=None, actors=None, claims=deepcopy(list(claims)))
    sent["sources"] += [{"key": key, "kind": "witness", "names": {}} for key in ("first", "second")]
    sent["sources"].append({"key": "unknown", "kind": "unattributed", "names": {"en": "Nobody in particular"}})
    sent["sources"].append({"key": "ours", "kind": "local_monitor", "names": {"en": "Ours"}, "confidential": True})
    report = {"type": "ngo_release", "title": {"en": "Report"}, "published_on": "2025-03-20"}
    sent["documents"] += [
        {"key": "report", "publisher": "seen"} | report,
        {"key": "kept", "publisher": "seen", "consent": "none"} | report,
        {"key": "told", "publisher": "first", "type": "testimony"},
    ]
    sent["incident"] |= changed
    return sent


def keyed_anew(sent: Version) -> Version:
    """The same, with other keys and in another order."""
    for documents in (sent["documents"], sent["sources"]):
        documents.reverse()
    names = {"first": "x", "second": "y", "report": "z", "told": "t"}
    for entry in (*sent["sources"], *sent["documents"], *sent["claims"]):
        for name in ("key", "asserted_by", "document", "publisher"):
            if name in entry:
                entry[name] = names.get(entry[name], entry[name])
    return sent


BOTH = claim(31), claim(35, document="report")
EARLY, LATE = claim(30, "first", "told", as_of="2025-03-10"), claim(40, "first", "told", as_of="2025-03-12")
OTHER = claim(50, "second", "told", as_of="2025-03-11")
HIGH = {"sensitivity": "high"}
# Each is what the record says before, then what every version says in turn.
VERSIONS: dict[str, Sequence[Version]] = {
    "the earlier of two of one source": [version(*BOTH), version(claim(32), BOTH[1])],
    "the later of two of one source": [version(*BOTH), version(BOTH[0], claim(29, document="report"))],
    "one that moves to the other document": [version(*BOTH), version(claim(28, document="report", locator="p. 2"))],
    "two places of one document": [
        version(claim(10, locator="p. 1"), claim(20, locator="p. 2", as_of="2025-03-15")),
        version(claim(21, locator="p. 2", as_of="2025-03-08"), claim(10, locator="p. 1")),
    ],
    "the later one left out": [version(*BOTH), version(BOTH[0])],
    "a measure left out": [version(BOTH[0], claim(5, measure="injured")), version(BOTH[0])],
    "another source left out": [version(*BOTH, OTHER), version(*BOTH)],
    "left out and sent again": [version(*BOTH), version(BOTH[0]), version(*BOTH)],
    "all left out": [version(*BOTH), version()],
    "a witness again": [version(EARLY, OTHER), version(EARLY, OTHER), keyed_anew(version(EARLY, OTHER))],
    "a witness's other figure": [version(EARLY, OTHER), version(EARLY, OTHER | {"value": 41})],
    "a witness's later word": [version(EARLY), version(EARLY, LATE)],
    "a witness's later word left out": [version(EARLY, LATE), version(EARLY)],
    "a witness's earlier word left out": [version(EARLY, LATE), version(LATE)],
    "another witness": [version(EARLY), version(EARLY | {"asserted_by": "second"})],
    "back to an earlier figure": [version(claim(31)), version(claim(33)), version(claim(31)), version(claim(33))],
    "back, of a witness": [version(EARLY), version(EARLY | {"value": 33}), version(EARLY)],
    "nobody known": [version(claim(31, "unknown")), version(claim(31, "unknown")), version(claim(33, "unknown"))],
    "nobody known, twice": [version(claim(31)), version(claim(31), claim(33, "unknown"), claim(33, "unknown"))],
    "a confidential monitor": [version(claim(31, "ours"), BOTH[1]), version(claim(37, "ours"), BOTH[1])],
    "a highly sensitive incident": [version(*BOTH, EARLY, **HIGH), version(BOTH[0], claim(29, document="report"),
                                                                         EARLY, **HIGH)],
    "a highly sensitive one, left out": [version(*BOTH, EARLY, LATE, **HIGH), version(BOTH[0], EARLY, **HIGH)],
    "what may not be published": [version(*BOTH), version(claim(32, document="kept"), BOTH[1])],
    "what may not be published before": [
        version(claim(20, document="kept"), BOTH[1]),
        version(claim(21, document="kept"), BOTH[1]),
        version(claim(22), BOTH[1]),
    ],
    "what relays another": [
        version(claim(31, key="a"), claim(31, "first", relays="a")),
        version(claim(33, key="b"), claim(33, "first", relays="b")),
    ],
}  # fmt: skip


@pytest.mark.parametrize("versions", VERSIONS.values(), ids=VERSIONS)
def test_what_a_new_version_gives_is_what_the_dry_run_showed(versions: Sequence[Version]) -> None:
    by = sender()
    for sent in versions:
        shown = submitting.trial(by, sent).estimates
        assert figures(shown) == figures(estimates_of(published(sent, by)))


def test_a_claim_of_the_version_that_is_named_is_the_one_that_is_replaced() -> None:
    by = sender()
    published(version(*BOTH), by)
    earlier = str(Claim.objects.get(value=31).public_id)
    sent = version(claim(45, document="report", supersedes=earlier.upper()), BOTH[1])
    shown = submitting.trial(by, sent).estimates
    assert figures(shown) == figures(estimates_of(published(sent, by)))


def test_what_others_entered_stays_where_it_is_sent_and_left_out_again() -> None:
    by, another = sender(), sender("Another")
    incident = published(version(BOTH[0]), by)
    five = claim(5, measure="injured", as_of="2025-03-08")
    also = version(five) | {"type": "claims", "about": str(incident.public_id)}
    del also["incident"], also["external_reference"]
    published(also, another)
    for sent in (version(BOTH[0], five), version(BOTH[0])):
        shown = submitting.trial(by, sent).estimates
        assert {row["measure"] for row in shown} == {"killed", "injured"}
        assert figures(shown) == figures(estimates_of(published(sent, by)))


def test_what_the_desk_took_out_and_published_so_stays_out() -> None:
    by = sender()
    incident = published(version(*BOTH), by)
    Claim.objects.get(value=35).delete()
    publishing.publish([incident])
    for _ in range(2):
        shown = submitting.trial(by, version(*BOTH)).estimates
        assert [row["best"] for row in shown] == [31]
        assert figures(shown) == figures(estimates_of(published(version(*BOTH), by)))


def test_what_went_with_a_version_that_was_undone_is_new_when_it_is_sent_again() -> None:
    by, more = sender(), version(*BOTH, claim(5, measure="injured"))
    for sent in (version(*BOTH), more, more):
        published(sent, by)
    second = Submission.objects.order_by("pk")[1]
    moderating.act(second, Action.UNDO, by=person("lead"), reason="Sent by mistake")
    assert not Claim.objects.filter(measure="injured").exists()
    shown = submitting.trial(by, more).estimates
    assert {row["measure"] for row in shown} == {"killed", "injured"}
    assert figures(shown) == figures(estimates_of(published(more, by)))


def test_claims_of_a_witness_under_a_reference_of_their_own_are_the_same_when_they_are_sent_again() -> None:
    by = sender()
    incident = published(version(BOTH[0]), by)
    sent = version(EARLY) | {"type": "claims", "about": str(incident.public_id)}
    del sent["incident"]
    sent["external_reference"] = {"scheme": "partner", "key": "added"}
    for _ in range(2):
        shown = submitting.trial(by, sent).estimates
        assert [row["independent_sources"] for row in shown] == [2]
        assert figures(shown) == figures(estimates_of(published(sent, by)))


def correction(incident: Incident, value: int) -> Version:
    entries = [{"claim": str(Claim.objects.get(value=value).public_id), "reason": "Counted twice"}]
    told = {"retractions": entries, "reason": "Counted twice"}
    return {"type": "correction", "about": str(incident.public_id), "correction": told}


# What a source takes back it had replaced; where the desk does, what it replaced stands again.
RETRACTING = {"who entered it": [7], "its source": [7], "somebody else": [7, 31]}


@pytest.mark.parametrize("whose", RETRACTING)
def test_a_correction_shows_whose_retraction_it_is(whose: str) -> None:
    by = sender()
    published(version(claim(31), claim(7, "second", "told", measure="injured")), by)
    incident = published(version(claim(33), claim(7, "second", "told", measure="injured")), by)
    if whose != "who entered it":
        by = sender("Another")
    if whose == "its source":
        by.organisation.source = Source.objects.get(kind="local_monitor", confidential=False)
        by.organisation.save()
    sent = correction(incident, 33)
    shown = submitting.trial(by, sent).estimates
    assert [row["best"] for row in shown] == RETRACTING[whose]
    assert figures(shown) == figures(estimates_of(published(sent, by)))


SEVERAL = claim(31), claim(35, "second", "told", as_of="2025-03-11"), EARLY


@dataclass
class Tried:
    """What the sender of a published incident says of it next, and what dry runs show of that."""

    by: Sender
    sent: list[Version]
    before: list[Any]

    def shown(self) -> list[Any]:
        return [submitting.trial(self.by, each).estimates for each in self.sent]


def try_everything() -> Tried:
    by = sender()
    incident = published(version(*SEVERAL), by)
    sent = [
        version(*SEVERAL),
        version(claim(32), *SEVERAL[1:]),
        version(*SEVERAL[:2], LATE),
        version(SEVERAL[0], claim(36, "second", "told"), EARLY),
        version(SEVERAL[0]),
        version(*SEVERAL[1:]),
        correction(incident, 31),
    ]
    found = Tried(by, sent, [])
    found.before = found.shown()
    factories.AttributionFactory(incident=incident)
    return found


@pytest.fixture(scope="class")
def tried(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Tried]:
    with made_once(django_db_blocker, try_everything) as found:
        yield found


class TestEdits:
    """The incident is published, and everything tried, once for all edits; each is undone with its test."""

    @pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
    @pytest.mark.parametrize("value", [31, 35, 30])
    def test_an_edit_that_nobody_published_changes_nothing_of_a_new_version(
        self, tried: Tried, edit: Callable[[Claim], None], value: int
    ) -> None:
        edit(Claim.objects.get(value=value))
        assert tried.shown() == tried.before

    def test_what_is_sent_differs(self, tried: Tried) -> None:
        assert len({str(each) for each in tried.before}) > 4
