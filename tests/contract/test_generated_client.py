"""A client generated from the committed document lists, filters, pages and reads every resource of a real server.

What it makes of an answer must hold everything that was sent; what the figures should be is told by the founding case.
"""

import importlib
from datetime import UTC, date, datetime
from enum import Enum
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from incidents import choices
from incidents.api.v1 import RESOURCES
from incidents.choices import AccountRole
from incidents.exchange.releases import cut
from incidents.exchange.seeds import load_founding_case
from incidents.exchange.seeds_desk import seed_id
from incidents.exchange.vocabularies import load_vocabularies
from incidents.models import Incident
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.trail.checkpoints import checkpoint
from tests.contract.client import PACKAGE, Sdk, bounds, ids
from tests.contract.surface import ALL, LISTS, Door
from tests.contract.validation import contract, operations
from tests.contributions import tuwaym
from tests.factories import DuplicateCandidateFactory, IncidentFactory
from tests.keys import key_of

pytestmark = pytest.mark.django_db

CASE = "syria-coast-2025-03"
KEYS = {"<str:pcode>": "SY06", "<slug:name>": "grade"}
WITHDRAWN = "tartus_clashes"


def id_of(kind: str, key: str) -> UUID:
    return seed_id(CASE, kind, key)


COAST = id_of("incident", "coast")
TITLE = "Killings of Alawite civilians amid the fighting on the Syrian coast"


@pytest.fixture(scope="module")
def published(gazetteer: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The article, then its rivals on top, then one incident withdrawn: a log with a past, and a release of it."""
    load_vocabularies()
    for only in (True, False):
        report = load_founding_case(only=only)
        publish([*report.incidents, *report.investigations], reason="Seeded")
        checkpoint(tmp_path_factory.getbasetemp() / "checkpoints.ndjson")
    clashes = Incident.objects.get(public_id=id_of("incident", WITHDRAWN))
    withdraw(clashes, reason_code=choices.ReasonCode.RETRACTION, reason="The agency took it back")
    cut("grade")


def keys_of(sdk: Sdk, door: Door) -> tuple[Any, ...]:
    """The values for the path of an operation: of a resource by id, its first."""
    if not door.varies:
        return ()
    variable = door.operation.path.partition("/")[0]
    return (KEYS[variable] if variable in KEYS else sdk.read(f"{door.resource.resource}_list").results[0].id,)


def killed(incident: Any) -> tuple[int, int | None, int]:
    return next(bounds(each) for each in incident.estimates if (each.measure, each.status) == ("killed", "all"))


def test_the_generator_skips_nothing(said: str) -> None:
    assert said.strip().startswith("Generating")
    assert len(said.strip().splitlines()) == 1, said


def test_every_operation_has_a_function(said: str) -> None:
    folder = Path(str(importlib.import_module(f"{PACKAGE}.api").__file__)).parent
    assert {file.stem for file in folder.glob("*/*.py")} - {"__init__"} == set(operations())


def test_enums_have_the_names_and_the_values_of_the_document(sdk: Sdk) -> None:
    schemas = contract()["components"]["schemas"]
    enums = {name: sorted(schema["enum"]) for name, schema in schemas.items() if "enum" in schema}
    assert {"Grade", "IncidentKind", "PersonStatus", "IncidentOrdering", "CountMode"} <= set(enums)
    generated = {
        name: sorted(member.value for member in model)
        for name in dir(sdk.models)
        if isinstance(model := getattr(sdk.models, name), type) and issubclass(model, Enum)
    }
    assert generated == enums


def test_every_resource_is_read_in_a_test_of_its_own() -> None:
    tested = [name for name in globals() if name.startswith("test_")]
    for resource in RESOURCES:
        assert any(name.startswith(f"test_{resource}_") for name in tested), resource


@pytest.mark.parametrize("door", ALL, ids=str)
def test_every_operation_is_read_with_every_member_that_was_sent(sdk: Sdk, door: Door) -> None:
    sdk.read(door.operation.id, *keys_of(sdk, door))


@pytest.mark.parametrize("door", LISTS, ids=str)
def test_pages_lead_to_every_result_once(sdk: Sdk, door: Door) -> None:
    count = sdk.read(door.operation.id, limit=1, count=sdk.models.CountMode.EXACT).count
    results = list(sdk.every(door.operation.id, limit=3))
    assert count == len(results) > 1
    assert len({getattr(each, "id", None) or each.pcode for each in results}) == count


def test_incidents_have_typed_members_and_null_is_none(sdk: Sdk) -> None:
    coast = sdk.read("incidents_get", COAST)
    assert (coast.id, coast.version, coast.title["en"]) == (COAST, 2, TITLE)
    assert coast.kind is sdk.models.IncidentKind.AGGREGATE
    assert coast.grade is sdk.models.Grade.UNGRADED
    assert coast.dates.start_earliest == date(2025, 3, 6)
    assert coast.dates.ongoing is False
    assert isinstance(coast.published_at, datetime)
    assert coast.place.point is None
    assert coast.grade_reason is None
    assert killed(coast) == (1169, 1400, 1700)
    grave = sdk.read("incidents_get", id_of("incident", "qardaha_grave"))
    assert (grave.place.point.lat, grave.place.point.lon) == (35.45644, 36.05909)
    assert grave.site_type is sdk.models.SiteType.MASS_GRAVE


def test_incidents_keep_what_was_said_before(sdk: Sdk) -> None:
    rivals, article = sdk.read("incidents_history", COAST).results
    assert (rivals.version, article.version) == (2, 1)
    assert article.operation is sdk.models.Operation.PUBLISH
    assert article.survivor is None
    then = sdk.read("incidents_get", COAST, at_seq=rivals.seq - 1)
    assert (then.version, killed(then)) == (1, (717, 717, 717))
    assert killed(sdk.read("incidents_get", COAST, at=datetime.now(UTC))) == (1169, 1400, 1700)
    assert killed(sdk.read("incidents_get", COAST, at=rivals.published_at)) == (1169, 1400, 1700)
    early = sdk.problem(HTTPStatus.NOT_FOUND, "incidents_get", COAST, at=date(2025, 3, 9))
    assert early.type_ == "urn:hid:problem:not-found"


def test_incidents_are_filtered_and_ordered(sdk: Sdk) -> None:
    models = sdk.models

    def found(**filters: Any) -> set[UUID]:
        return ids(sdk.read("incidents_list", **filters).results)

    grave = id_of("incident", "qardaha_grave")
    assert grave in found(place=["SY06"])
    assert found(place=["SY0604"], kind=[models.IncidentKind.BODY_DISCOVERY]) == {grave}
    assert found(q="القرداحة") == {grave}
    assert found(near="35.45,36.05", radius_km=5.0) == {grave}
    assert found(killed_min=1000) == {COAST}
    assert COAST in found(date_from=date(2025, 3, 10), date_to=date(2025, 3, 31), has_investigation=True)
    assert found(asserted_by=[id_of("source", "scm")]) == {COAST}
    assert found(external_reference=f"seed:{CASE}/coast") == {COAST}
    assert found(country=["LBN"]) == set()
    ordered = sdk.read("incidents_list", ordering=models.IncidentOrdering.KILLED_DESCENDING, killed_min=1).results
    assert [each.id for each in ordered[:2]] == [COAST, id_of("incident", "coast_attacks")]


def test_incidents_are_found_by_several_values_through_all_pages(sdk: Sdk) -> None:
    """The generated client repeats the parameter; links and cursors must not lose a value."""
    wanted = {COAST, id_of("incident", "elder"), id_of("incident", "tuwaym")}
    assert ids(sdk.every("incidents_list", limit=2, id=sorted(wanted))) == wanted
    following = sdk.read("incidents_list", limit=2, id=sorted(wanted)).next_
    assert all(str(each) in following for each in wanted)


def test_incidents_are_sparse_where_asked(sdk: Sdk) -> None:
    page = sdk.ask("incidents_list", fields=["title", "kind"], limit=2).parsed
    assert type(page) is sdk.models.IncidentSparsePage
    for each in page.results:
        assert set(each.to_dict()) == {"id", "title", "kind"}
        assert isinstance(each.kind, sdk.models.IncidentKind)
    whole = sdk.read("incidents_get", COAST).to_dict()
    sparse = sdk.ask("incidents_get", COAST, omit=["claims"]).parsed
    assert type(sparse) is sdk.models.IncidentSparse
    assert sparse.to_dict() == {name: value for name, value in whole.items() if name != "claims"}


def test_victims_are_ranges_whose_groups_sum_to_the_total(sdk: Sdk) -> None:
    answer = sdk.read("victims_count")
    assert bounds(answer.total) == (1369, 1600, 1944)
    assert bounds(sdk.read("victims_count", place="SY06").total) == (683, 683, 970)
    groups = sdk.models.GroupName
    grouped = sdk.read("victims_count", group_by=[groups.MONTH, groups.STATUS], measure="killed")
    assert grouped.group_by == ["month", "status"]
    assert {each.group["month"] for each in grouped.results} == {"2025-03"}
    assert sum(each.best or 0 for each in grouped.results) == grouped.total.best == 1600
    # The four officers are only possibly no part of another incident: they add to high alone.
    police = next(each for each in grouped.results if each.group["status"] == "police")
    assert bounds(police) == (0, None, 4)
    # Nobody said how many of the dead are theirs.
    theirs = sdk.read("victims_count", perpetrator=[id_of("actor", "foreign_fighters")])
    assert bounds(theirs.total) == (0, None, 1700)


def test_perpetrators_are_alleged_by_somebody(sdk: Sdk) -> None:
    fighters = sdk.read("perpetrators_get", id_of("actor", "foreign_fighters"))
    (allegation,) = fighters.allegations
    assert fighters.alleged is True
    assert allegation.asserted_by == id_of("source", "seen")
    assert allegation.position is sdk.models.Position.ALLEGES
    (victims,) = fighters.victims
    assert bounds(victims) == (0, None, 1700)
    forces = sdk.read("perpetrators_get", id_of("actor", "gov_forces"))
    assert (forces.valid_from, forces.valid_to) == (date(2024, 12, 8), None)
    seen = sdk.read("perpetrators_list", asserted_by=[id_of("source", "seen")])
    assert ids(seen.results) == {fighters.id}
    before = sdk.ask("perpetrators_get", fighters.id, at=datetime.now(UTC)).parsed
    assert type(before) is sdk.models.PublishedPerpetrator


def test_investigations_stand_as_they_did_on_the_day(sdk: Sdk) -> None:
    commission = id_of("investigation", "national_commission")

    def on(day: date) -> Any:
        return sdk.read("investigations_get", commission, on=day).now

    late = on(date(2025, 4, 9))
    assert (late.overdue, late.due_on, late.days_overdue) == (True, date(2025, 4, 8), 1)
    extended = on(date(2025, 4, 10))
    assert (extended.overdue, extended.due_on, extended.days_overdue) == (False, date(2025, 7, 10), None)
    met = on(date(2025, 7, 20))
    assert (met.met_on, met.days_late) == (date(2025, 7, 20), 10)
    assert met.status is sdk.models.InvestigationStatus.REPORTED
    overdue = sdk.read("investigations_list", overdue=True, on=date(2025, 4, 9)).results
    assert ids(overdue) == {commission}
    assert overdue[0].deadlines[1].set_on == date(2025, 4, 10)


def test_places_are_a_tree_and_found_in_arabic(sdk: Sdk) -> None:
    (district,) = sdk.read("places_list", q="قرداحة").results
    assert (district.pcode, district.parent, district.name["ar"]) == ("SY0604", "SY06", "القرداحة")
    assert [each.pcode for each in sdk.read("places_list", q="Latakia").results] == ["SY06"]
    assert [each.pcode for each in sdk.read("places_get", "SY0604").ancestors] == ["SYR", "SY06"]
    assert len(sdk.read("places_list", parent="SYR", level=[1]).results) == 5


def test_sources_say_what_they_are(sdk: Sdk) -> None:
    commission = sdk.read("sources_get", id_of("source", "commission"))
    assert commission.affiliated_with.id == id_of("actor", "gov_forces")
    assert sdk.read("sources_get", id_of("source", "ohchr")).affiliated_with is None
    assert id_of("source", "ohchr") in ids(sdk.read("sources_list", kind=["un_body"]).results)


def test_documents_have_a_publisher_and_a_date(sdk: Sdk) -> None:
    briefing = sdk.read("documents_get", id_of("document", "ohchr_0311"))
    assert briefing.publisher.id == id_of("source", "ohchr")
    assert (briefing.published_on, briefing.url) == (date(2025, 3, 11), None)
    assert briefing.consent is sdk.models.Consent.NOT_NEEDED
    march = sdk.read("documents_list", published_from=date(2025, 3, 10), published_to=date(2025, 3, 31)).results
    assert ids(march) == {briefing.id, id_of("document", "sohr_0312")}


def test_claims_say_what_became_of_them(sdk: Sdk) -> None:
    first = sdk.read("claims_get", id_of("claim", "c717"))
    assert (first.value, first.low, first.as_of, first.incident) == (717, None, date(2025, 3, 9), COAST)
    assert first.status is sdk.models.PersonStatus.CIVILIAN
    assert {(each.used, each.reason) for each in first.used} == {(False, "superseded")}
    seen = sdk.read("claims_list", asserted_by=[id_of("source", "seen")], measure=["killed"], incident=[COAST])
    assert ids(seen.results) == {first.id, id_of("claim", "r7")}


def test_vocabularies_have_labels_in_four_languages(sdk: Sdk) -> None:
    grade = sdk.read("vocabularies_get", "grade")
    assert {term.code for term in grade.terms} == {each.value for each in sdk.models.Grade}
    assert set(grade.terms[0].labels.to_dict()) == {"en", "fr", "es", "ar"}
    assert {each.name for each in sdk.read("vocabularies_list").results} >= {"grade", "person_status", "act"}


def test_releases_have_files_with_digests(sdk: Sdk) -> None:
    (listed,) = sdk.read("releases_list").results
    release = sdk.read("releases_get", listed.name)
    assert (release.seq, release.withheld) == (listed.seq, False)
    assert "incidents.ndjson.gz" in {file.name for file in release.files}
    assert all(len(file.sha256) == 64 and file.kilobytes >= 1 for file in release.files)


def test_log_checkpoints_sign_the_heads_that_the_feed_has(sdk: Sdk) -> None:
    signed = sdk.read("log_checkpoints_list").results
    rows = {row.seq: row.hash_ for row in sdk.read("changes_list", after=0, limit=1000).results}
    assert len(signed) == 2
    assert all(rows[head.seq] == head.hash_ for head in signed)


def test_changes_are_followed_to_the_last_row(sdk: Sdk) -> None:
    after, rows = 0, []
    while True:
        page = sdk.read("changes_list", after=after, limit=7)
        rows += page.results
        if page.next_ is None:
            break
        after = page.results[-1].seq
    assert [row.seq for row in rows] == list(range(1, page.last_seq + 1))
    assert page.last_seq == sdk.read("about_get").seq
    assert sdk.read("changes_list", after=page.last_seq).results == []
    tombstone = next(row for row in rows if row.operation is sdk.models.Operation.WITHDRAW)
    assert (tombstone.id, tombstone.document, tombstone.salt) == (id_of("incident", WITHDRAWN), None, None)
    assert tombstone.reason_code is sdk.models.ReasonCode.RETRACTION
    assert all(row.previous_hash == before.hash_ for before, row in pairwise(rows))
    coast = [row for row in rows if row.id == COAST]
    assert [row.document is None for row in coast] == [True, False]
    assert coast[1].document["title"] == {"en": TITLE}


def test_the_root_says_how_to_cite(sdk: Sdk) -> None:
    about = sdk.read("about_get")
    assert set(about.links.to_dict()) >= {"incidents", "places"}
    assert "CC BY 4.0" in {licence.name for licence in about.licences}
    assert about.contact is None


def test_submissions_are_tried_sent_changed_and_taken_back(sdk: Sdk) -> None:
    own = sdk.with_key(key_of(scopes=["submissions:read", "submissions:write"]).text)
    content = sdk.models.SubmissionContentRequest.from_dict(tuwaym())
    tried = own.ask("submissions_create", body=content, dry_run=True)
    assert (tried.status, type(tried.parsed).__name__) == (HTTPStatus.OK, "SubmissionTrial")
    assert 31 in {estimate.best for estimate in tried.parsed.estimates}
    sent = own.ask("submissions_create", body=content, idempotency_key="generated")
    assert (sent.status, type(sent.parsed).__name__) == (HTTPStatus.CREATED, "Submission"), sent.content
    again = own.ask("submissions_create", body=content, idempotency_key="generated")
    assert again.content == sent.content
    assert own.read("submissions_get", sent.parsed.id).state == sdk.models.SubmissionState.SUBMITTED
    assert ids(own.every("submissions_list", limit=1)) == {sent.parsed.id}
    step = sdk.models.StepContentRequest(action=sdk.models.SubmissionAction.WITHDRAW, reason="A mistake")
    taken = own.ask("submissions_act", sent.parsed.id, body=step, if_match='"1"')
    assert taken.parsed.state == sdk.models.SubmissionState.WITHDRAWN
    assert sdk.with_key("hid_none_of_these").ask("submissions_list").status == HTTPStatus.UNAUTHORIZED
    lead = sdk.with_key(key_of(AccountRole.LEAD, scopes=["moderation"]).text)
    period = {"sent_from": datetime(2025, 1, 1, tzinfo=UTC), "sent_before": datetime(2125, 1, 1, tzinfo=UTC)}
    asked = sdk.models.UndoContentRequest(reason="A mistake", organisation=sent.parsed.organisation, **period)
    undone = lead.ask("submissions_undo", body=asked, dry_run=True)
    assert (undone.status, type(undone.parsed).__name__) == (HTTPStatus.OK, "UndoResults"), undone.content
    assert (undone.parsed.undone, undone.parsed.refused) == (0, 1)
    assert "It is withdrawn" in undone.parsed.results[0].problem


def test_decisions_are_proposed_by_one_and_confirmed_by_another(sdk: Sdk) -> None:
    moderator = sdk.with_key(key_of(AccountRole.MODERATOR, scopes=["moderation"]).text)
    lead = sdk.with_key(key_of(AccountRole.LEAD, scopes=["moderation"]).text)
    publish_it, kind = sdk.models.DecisionAction.PUBLISH, sdk.models.PublicKind.INCIDENT
    about = {"kind": kind, "object_id": IncidentFactory().public_id}
    asked = sdk.models.DecisionContentRequest(action=publish_it, reason="Three sources", **about)
    proposed = moderator.ask("decisions_propose", body=asked)
    assert proposed.status == HTTPStatus.CREATED, proposed.content
    assert ids(lead.every("decisions_list", limit=1, state=[sdk.models.DecisionState.PROPOSED])) == {proposed.parsed.id}
    assert lead.read("decisions_get", proposed.parsed.id).why_not is None
    step = sdk.models.DecisionStepContentRequest(action=sdk.models.DecisionStep.CONFIRM)
    done = lead.ask("decisions_act", proposed.parsed.id, body=step, if_match='"1"')
    assert done.parsed.state == sdk.models.DecisionState.CONFIRMED, done.content


def test_duplicates_are_read_in_pairs_and_decided(sdk: Sdk) -> None:
    moderator = sdk.with_key(key_of(AccountRole.MODERATOR, scopes=["moderation"]).text)
    pair = DuplicateCandidateFactory()
    assert ids(moderator.every("duplicates_list", limit=1, waiting=True)) == {pair.public_id}
    etag = moderator.ask("duplicates_get", pair.public_id).etag
    two = sdk.models.DuplicateStepContentRequest(action=sdk.models.DuplicateStep.NOT_DUPLICATES, reason="Two villages")
    done = moderator.ask("duplicates_act", pair.public_id, body=two, if_match=etag)
    assert done.parsed.decision == sdk.models.DuplicateDecision.NOT_DUPLICATES, done.content


def test_webhooks_are_made_and_their_secret_is_told_once(sdk: Sdk) -> None:
    own = sdk.with_key(key_of(scopes=["webhooks:manage"]).text)
    content = sdk.models.WebhookContentRequest(name="our archive", url="https://hooks.example.org/incidents")
    made = own.ask("webhooks_create", body=content)
    assert (made.status, made.parsed.secret[:6]) == (HTTPStatus.CREATED, "whsec_"), made.content
    read = own.read("webhooks_get", made.parsed.id)
    assert (read.secret, read.state, read.url) == (None, "active", made.parsed.url)
    assert ids(own.read("webhooks_list").results) == {read.id}
    assert own.read("webhooks_messages", read.id).results == []
    etag = own.ask("webhooks_get", read.id).etag
    paused = sdk.models.WebhookStepRequest(action=sdk.models.WebhookAction.PAUSE, reason="We move")
    assert own.ask("webhooks_act", read.id, body=paused, if_match=etag).parsed.state == "paused"
    assert own.ask("webhooks_act", read.id, body=paused, if_match=etag).status == HTTPStatus.PRECONDITION_FAILED


def test_a_bad_parameter_is_named(sdk: Sdk) -> None:
    problem = sdk.problem(HTTPStatus.BAD_REQUEST, "incidents_list", limit=5000, place=["ZZ99"])
    assert type(problem) is sdk.models.ProblemDetails
    assert problem.status == 400
    assert {(error.parameter, error.pointer) for error in problem.errors} == {("limit", None), ("place", None)}
    assert all("Example:" in error.detail for error in problem.errors)


def test_what_was_withdrawn_is_gone_with_its_reason(sdk: Sdk) -> None:
    problem = sdk.problem(HTTPStatus.GONE, "incidents_get", id_of("incident", WITHDRAWN))
    assert type(problem) is sdk.models.GoneProblem
    assert problem.tombstone.reason == "The agency took it back"


def test_what_has_not_changed_is_not_sent_again(sdk: Sdk) -> None:
    again = sdk.ask("incidents_get", COAST, if_none_match=sdk.ask("incidents_get", COAST).etag)
    assert (again.status, again.content) == (HTTPStatus.NOT_MODIFIED, b"")
