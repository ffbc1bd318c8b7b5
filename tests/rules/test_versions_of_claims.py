"""Claims on an incident of others that are sent again are compared with those sent before, and never counted twice."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.choices import SubmissionAction as Action
from incidents.models import Claim, Incident, Submission
from incidents.rules.refusals import Refused
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.versions import last_version
from tests.contributions import person, sender
from tests.foresight import estimates_of, figures, published
from tests.rules.published import fresh
from tests.rules.test_foreseeing_versions import BOTH, VERSIONS, Version, claim, version

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.once]
REFERENCE = {"scheme": "partner", "key": "claims-1"}


def base() -> Incident:
    """An incident that somebody else documented."""
    incident = published(version(claim(30, "second", "told", as_of="2025-03-10")), sender("Another"))
    incident.refresh_from_db()
    return incident


def about(incident: Incident, sent: Version) -> Version:
    members = {name: value for name, value in sent.items() if name not in {"incident", "external_reference"}}
    return members | {"type": "claims", "about": str(incident.public_id), "external_reference": REFERENCE}


# Those of what incidents are tried with that take different ways.
SENT = {
    name: VERSIONS[name]
    for name in (
        "the earlier of two of one source",
        "two places of one document",
        "left out and sent again",
        "a witness's other figure",
        "what may not be published before",
        "what relays another",
    )
}


@pytest.mark.parametrize("versions", SENT.values(), ids=SENT)
def test_what_is_sent_again_gives_what_the_dry_run_showed(versions: Sequence[Version]) -> None:
    incident, by = base(), sender()
    for sent in versions:
        shown = submitting.trial(by, about(incident, sent)).estimates
        assert figures(shown) == figures(estimates_of(published(about(incident, sent), by)))


def test_another_figure_supersedes_the_one_before() -> None:
    incident, by = base(), sender()
    published(about(incident, version(claim(40))), by)
    published(about(incident, version(claim(45))), by)
    first, second = Claim.objects.filter(value__in=(40, 45)).order_by("value")
    assert second.supersedes == first
    (row,) = estimates_of(incident)
    assert (row["low"], row["high"], row["independent_sources"]) == (30, 45, 2)


def test_the_same_again_adds_nothing_and_what_is_left_out_is_retracted() -> None:
    incident, by = base(), sender()
    published(about(incident, version(*BOTH)), by)
    count = Claim.objects.count()
    published(about(incident, version(*BOTH)), by)
    assert Claim.objects.count() == count
    last = Submission.objects.order_by("-pk")[0]
    assert set(last.parts.filter(kind="claim").values_list("outcome", flat=True)) == {"unchanged"}
    published(about(incident, version(BOTH[0])), by)
    assert Claim.objects.get(value=35).retracted_by == "source"
    assert Claim.objects.get(value=30).retracted_at is None


def test_undoing_what_was_sent_again_leaves_what_was_sent_first() -> None:
    incident, by = base(), sender()
    published(about(incident, version(*BOTH)), by)
    before = estimates_of(incident)
    published(about(incident, version(claim(38))), by)
    assert estimates_of(incident) != before
    last = Submission.objects.order_by("-pk")[0]
    moderating.act(last, Action.UNDO, by=person("lead"), reason="Sent by mistake")
    assert figures(estimates_of(incident)) == figures(before)


def test_a_reference_stays_with_its_incident() -> None:
    incident, other, by = base(), published(version(claim(33)), sender("A third")), sender()
    published(about(incident, version(claim(40))), by)
    for way in (submitting.submit, submitting.trial):
        with pytest.raises(Refused, match=str(incident.public_id)) as refused:
            way(by, about(other, version(claim(40))))
        assert refused.value.faults[0].pointer == "/about"


def test_it_goes_along_where_the_incident_is_merged_and_back() -> None:
    incident, survivor, by = base(), published(version(claim(33)), sender("A third")), sender()
    sent = about(incident, version(claim(40, document="report")))
    published(sent, by)
    survivor.refresh_from_db()
    merged, _ = merge(survivor, fresh(incident), reason="One attack, told twice")
    published(about(survivor, version(claim(41, document="report"))), by)
    assert Claim.objects.get(value=41).supersedes == Claim.objects.get(value=40)
    last = Submission.objects.order_by("-pk")[0]
    moderating.act(last, Action.UNDO, by=person("lead"), reason="Sent by mistake")
    undo_merge(merged, reason="Two attacks")
    published(about(incident, version(claim(42, document="report"))), by)
    assert Claim.objects.get(value=42).supersedes == Claim.objects.get(value=40)


@pytest.mark.postgresql
def test_what_was_sent_under_a_reference_is_found_by_its_index() -> None:
    """Each one sent again would otherwise look at all that the organisation ever sent."""
    by, incident = sender(), base()
    submission = submitting.submit(by, about(incident, version(claim(40))))
    rows = [
        Submission(organisation=by.organisation, author=by.author, type="claims", state="published", content={},
                   external_scheme="partner", external_key=f"other-{number}")
        for number in range(5_000)
    ]  # fmt: skip
    Submission.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE incidents_submission")
    with CaptureQueriesContext(connection) as queries:
        assert last_version(submission) is None
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "submission_of_reference" in plan
