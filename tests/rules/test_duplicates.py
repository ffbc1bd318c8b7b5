"""Incidents that may be one: which are compared and proposed, what is remembered, and how much it costs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import DuplicateCandidate, Incident
from incidents.rules.publication.publishing import publish
from incidents.rules.sameness import duplicates
from incidents.rules.sameness.duplicates import DecisionError, candidates_for, find, not_duplicates, waiting
from incidents.rules.sameness.likened import COMPARED_AT_MOST, likened, near
from incidents.rules.sameness.merging import merge
from tests import factories
from tests.rules.published import fresh
from tests.stories import id_of, publish_founding_case

pytestmark = pytest.mark.django_db
DAY = date(2025, 3, 7)
TUWAYM: dict[str, Any] = {
    "title": {"en": "Killing of villagers of Tuwaym"},
    "place_text": "Tuwaym",
    "start_earliest": DAY,
    "end_latest": DAY,
    "geo_precision": "settlement_unmatched",
}


def village(value: int | None = 31, **facts: Any) -> Incident:
    """A killing at Tuwaym on 7 March, with a claim in a report of its own."""
    incident = factories.IncidentFactory(**{**TUWAYM, **facts})
    if value is not None:
        factories.ClaimFactory(incident=incident, value=value)
    return incident


def proposed(incident: Incident) -> list[int]:
    return [each.incident for each in candidates_for(fresh(incident))]


def reasons(one: Incident, other: Incident) -> dict[str, dict[str, Any]]:
    found = {each.incident: each.likeness for each in candidates_for(fresh(one))}
    return {reason["part"]: reason for reason in found[other.pk].reasons}


def test_the_same_killing_told_by_two_monitors_is_proposed_with_its_reasons() -> None:
    one, other = village(), village(title={"en": "Massacre in Tuwaym"}, place_text="Tuwaym village; Hama")
    assert proposed(one) == [other.pk]
    assert proposed(other) == [one.pk]
    found = reasons(one, other)
    assert (found["place"]["how"], found["place"]["name"]) == ("name", "tuwaym")
    assert found["dates"]["how"] == "same"
    assert (found["figures"]["how"], found["figures"]["one"], found["figures"]["other"]) == ("equal", "31", "31")


def test_arabic_and_its_spellings_are_compared_as_well() -> None:
    one = village(title={"ar": "مقتل قرويين في التويم"}, place_text="التويم")
    other = village(title={"ar": "مَقتل قرويّين في التُّويم"}, place_text="قرية التويم، حماة")
    found = reasons(one, other)
    assert found["text"]["points"] == 150
    assert found["place"]["name"] == "التويم"


def test_another_number_at_another_place_on_another_day_is_not_proposed() -> None:
    one = village()
    village(2, title={"en": "Killing of an elder"}, place_text="a town in the province of Hama")
    village(place_text="Baniyas", title={"en": "Shots at a checkpoint"})
    village(start_earliest=date(2025, 3, 12), end_latest=date(2025, 3, 12))
    village(country="LBN")
    assert proposed(one) == []


@pytest.mark.parametrize("only", [True, False], ids=["the article", "with its rivals"])
def test_of_the_founding_case_nothing_is_proposed(only: bool) -> None:
    """Its eight incidents are one story told once: a burial is evidence, and what contains or precedes is another."""
    publish_founding_case(only=only)
    outcome = find()
    assert (outcome.incidents, outcome.proposed) == (8, 0)
    assert not DuplicateCandidate.objects.exists()


@pytest.mark.parametrize("only", [True, False], ids=["the article", "with its rivals"])
def test_a_second_report_of_tuwaym_is_proposed_for_the_killing_and_not_for_its_burial(only: bool) -> None:
    publish_founding_case(only=only)
    tuwaym = Incident.objects.get(public_id=id_of("incident", "tuwaym"))
    burial = Incident.objects.get(public_id=id_of("incident", "tuwaym_burial"))
    second = village(title={"en": "Villagers of Tuwaym killed"})
    saturday = date(2025, 3, 8)
    graves = village(
        None, kind="burial", title={"en": "Burial at Tuwaym"}, start_earliest=saturday, end_latest=saturday
    )
    factories.ClaimFactory(incident=graves, measure="buried", value=31)
    find()
    assert set(DuplicateCandidate.objects.values_list("first", "second")) == {
        (tuwaym.pk, second.pk),
        (burial.pk, graves.pk),
    }
    parts = {each["part"]: each for each in DuplicateCandidate.objects.get(second=second).reasons}
    assert (parts["figures"]["one"], parts["figures"]["other"]) == ("31", "31")


def test_a_rival_toll_of_the_coast_in_an_aggregate_of_its_own_is_proposed_for_the_coast() -> None:
    publish_founding_case(only=False)
    coast = Incident.objects.get(public_id=id_of("incident", "coast"))
    rival = factories.IncidentFactory(
        kind="aggregate", title={"en": "Killings of Alawite civilians on the Syrian coast"}, place_text="",
        geo_precision="country", start_earliest=date(2025, 3, 6), end_latest=date(2025, 3, 12),
    )  # fmt: skip
    factories.ClaimFactory(incident=rival, value=1383)
    factories.IncidentActFactory(incident=rival)
    assert proposed(rival) == [coast.pk]


@pytest.mark.parametrize("type_", ["contains", "precedes", "evidenced_by", "causes", "parallel"])
def test_what_a_relation_calls_another_incident_is_not_proposed(type_: str) -> None:
    one, other = village(), village()
    factories.IncidentRelationFactory(from_incident=one, to_incident=other, type=type_)
    assert proposed(one) == proposed(other) == []


def test_containment_counts_through_any_number_of_steps_and_not_sideways() -> None:
    outer, between, inner, sibling = village(), village(), village(), village()
    for container, child in ((outer, between), (between, inner), (outer, sibling)):
        factories.IncidentRelationFactory(from_incident=container, to_incident=child)
    assert proposed(outer) == []
    assert proposed(inner) == [sibling.pk]
    assert sorted(proposed(sibling)) == [between.pk, inner.pk]


def test_a_relation_that_says_so_counts() -> None:
    one, other = village(), village()
    factories.IncidentRelationFactory(from_incident=other, to_incident=one, type="possible_duplicate")
    assert reasons(one, other)["shared"]["how"] == "relation"


def test_a_merged_incident_is_proposed_to_nobody() -> None:
    one, other, third = village(), village(), village()
    merge(one, other, reason="Told twice.")
    assert proposed(other) == []
    assert proposed(third) == [one.pk]


def test_one_report_entered_twice_is_told_by_its_address() -> None:
    one, other = village(), village()
    urls = ("https://www.sana.sy/31/", "http://sana.sy/31#top")
    for incident, url in zip((one, other), urls, strict=True):
        factories.ClaimFactory(incident=incident, value=31, document=factories.DocumentFactory(url=url))
    assert reasons(one, other)["shared"] == {"part": "shared", "points": 125, "how": "url", "url": "sana.sy/31"}


def test_a_data_set_that_holds_both_says_nothing() -> None:
    one, other = village(None), village(None)
    dataset = factories.DocumentFactory(type="dataset", url="https://ucdp.uu.se/downloads/")
    for incident in (one, other):
        factories.ClaimFactory(incident=incident, value=31, document=dataset)
    assert "shared" not in reasons(one, other)


def test_retracted_wider_and_running_figures_are_not_compared() -> None:
    one, other = village(), village(None)
    gone = {"retracted_at": datetime(2025, 3, 9, tzinfo=UTC), "retracted_by": "source"}
    for facts in (gone, {"scope": "wider"}, {"running_total": True}):
        factories.ClaimFactory(incident=other, value=31, **facts)
    assert "figures" not in reasons(one, other)
    factories.ClaimFactory(incident=other, qualifier="vague", value=None, vague_term="dozens")
    assert reasons(one, other)["figures"]["how"] == "meet"


def blocked(incident: Incident) -> set[int]:
    return set(near(likened([incident.pk])[incident.pk]).values_list("pk", flat=True))


def test_only_what_is_near_in_days_is_compared() -> None:
    one = village()

    def on(start: int, end: int | None = None) -> Incident:
        last = None if end is None else DAY + timedelta(days=end)
        return village(start_earliest=DAY + timedelta(days=start), end_latest=last)

    inside = {on(*days).pk for days in ((2, 2), (-2, -2), (-300, 0), (1, None))}
    for days in ((3, 3), (-3, -3), (-400, 400), (-3, None)):
        on(*days)
    assert blocked(one) == inside


def test_only_what_is_near_in_place_or_not_located_is_compared() -> None:
    lattakia = factories.AdminAreaFactory(pcode="SY06")
    tartus = factories.AdminAreaFactory(pcode="SY10")
    qardaha = factories.AdminAreaFactory(pcode="SY0604", level=2, parent=lattakia)
    jableh = factories.AdminAreaFactory(pcode="SY0602", level=2, parent=lattakia)
    point: dict[str, Any] = {"latitude": 35.456, "longitude": 36.059, "geo_precision": "settlement"}
    one = village(areas=[qardaha], **point)
    inside = {
        village(areas=[qardaha]).pk,
        village(areas=[lattakia]).pk,
        village(areas=[jableh], **{**point, "latitude": 35.6}).pk,
        village().pk,
        village(areas=[factories.country_of("SYR")]).pk,
    }
    village(areas=[jableh])
    village(areas=[tartus])
    village(areas=[jableh], **{**point, "latitude": 35.8})
    assert blocked(one) == inside
    assert one.pk in blocked(Incident.objects.get(areas=lattakia))


def test_the_date_line_and_the_poles_are_no_border() -> None:
    point: dict[str, Any] = {"geo_precision": "exact", "latitude": -16.8}
    one, other = village(longitude=179.95, **point), village(longitude=-179.95, **point)
    assert proposed(one) == [other.pk]
    pole = village(geo_precision="exact", latitude=90.0, longitude=0.0)
    assert proposed(pole) == []


def test_a_flood_of_one_event_is_compared_and_proposed_up_to_a_limit() -> None:
    one = village()
    for _ in range(12):
        village()
    assert len(proposed(one)) == 10
    assert duplicates.propose([one]) == DuplicateCandidate.objects.count() == 10
    DuplicateCandidate.objects.all().delete()
    assert find().proposed == 13 * 12 / 2
    hurried, patient = (search.compared_at_most for search in (duplicates.Search.in_a_request(), duplicates.Search()))
    assert (hurried, patient) == (100, COMPARED_AT_MOST) == (100, 500)
    for most in (hurried, patient):
        assert near(likened([one.pk])[one.pk], most).query.high_mark == most


def test_candidates_come_by_score() -> None:
    one = village()
    village(4)
    alike = village()
    assert proposed(one)[0] == alike.pk


def test_a_pair_is_kept_once_with_the_older_row_first_and_found_again_unchanged() -> None:
    one, other = village(), village()
    first = find()
    assert (first.new, first.proposed, first.compared) == (1, 1, 1)
    row = DuplicateCandidate.objects.get()
    assert (row.first, row.second, row.decision) == (one, other, "open")
    assert row.score == sum(reason["points"] for reason in row.reasons)
    assert find().new == 0
    assert DuplicateCandidate.objects.count() == 1


def test_a_pair_that_is_no_longer_alike_is_forgotten() -> None:
    _, other = village(), village()
    find()
    Incident.objects.filter(pk=other.pk).update(start_earliest=date(2024, 1, 1), end_latest=date(2024, 1, 1))
    assert find().dropped == 1
    assert not DuplicateCandidate.objects.exists()


def test_what_somebody_found_to_be_two_is_never_proposed_again() -> None:
    one, other = village(), village()
    find()
    by = factories.UserFactory()
    row = not_duplicates(DuplicateCandidate.objects.get(), note="Two villages of one name.", by=by)
    assert (row.decision, row.decided_by, row.note) == ("not_duplicates", by, "Two villages of one name.")
    Incident.objects.filter(pk=one.pk).update(title={"en": "Tuwaym"}, place_text="Tuwayim", notes="Seen.")
    assert find().proposed == 0
    assert not waiting().exists()
    factories.ClaimFactory(incident=other, value=33)
    assert find().reopened == 1
    row = fresh(row)
    assert (row.decision, row.decided_by, row.note) == ("open", None, "Two villages of one name.")


def test_a_decision_needs_a_note_and_a_merge_must_be_undone_first() -> None:
    row = factories.DuplicateCandidateFactory()
    with pytest.raises(DecisionError, match="note"):
        not_duplicates(row, note=" ")
    merge(row.first, row.second, reason="Told twice.")
    with pytest.raises(DecisionError, match="undo the merge"):
        not_duplicates(row, note="Two.")


def test_pairs_of_which_one_was_merged_do_not_wait() -> None:
    one, other, third = village(), village(), village()
    find()
    assert waiting().count() == 3
    merge(one, other, reason="Told twice.")
    assert [(row.first, row.second) for row in waiting()] == [(one, third)]
    find()
    assert DuplicateCandidate.objects.filter(decision="merged").count() == 1


def test_a_search_since_a_moment_looks_at_what_was_changed_and_compares_it_with_all() -> None:
    old, new, older = village(), village(), village()
    moment = datetime(2025, 4, 1, tzinfo=UTC)
    Incident.objects.exclude(pk=new.pk).update(updated_at=datetime(2025, 3, 1, tzinfo=UTC))
    Incident.objects.filter(pk=new.pk).update(updated_at=datetime(2025, 5, 1, tzinfo=UTC))
    outcome = find(since=moment)
    assert outcome.incidents == 1
    assert set(DuplicateCandidate.objects.values_list("first", "second")) == {(old.pk, new.pk), (new.pk, older.pk)}
    assert find(since=moment).dropped == 0
    find()
    assert find(since=moment).dropped == 0, "a pair of two that did not change is not looked for"
    assert DuplicateCandidate.objects.count() == 3


def test_what_was_read_is_forgotten_now_and_then_without_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(9):
        village()
    find()
    before = set(DuplicateCandidate.objects.values_list("first", "second", "score"))
    DuplicateCandidate.objects.all().delete()
    monkeypatch.setattr(duplicates, "CHUNK", 2)
    monkeypatch.setattr(duplicates, "REMEMBERED", 1)
    find()
    assert set(DuplicateCandidate.objects.values_list("first", "second", "score")) == before
    assert len(before) == 36


def test_a_search_takes_one_query_an_incident_and_a_fixed_number_for_each_two_hundred() -> None:
    for _ in range(3):
        village()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            find()
        return len(captured)

    find()
    few = queries()
    for _ in range(10):
        village()
    find()
    assert queries() <= few + 10


def test_searching_publishes_and_changes_nothing() -> None:
    one, other = village(), village()
    publish([one, other])
    before = list(Incident.objects.order_by("pk").values_list("version", "updated_at", "merged_into"))
    find()
    assert list(Incident.objects.order_by("pk").values_list("version", "updated_at", "merged_into")) == before


def test_the_command_says_what_it_found_and_is_quiet_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    village(), village()
    call_command("find_duplicates")
    said = capsys.readouterr()
    assert said.out == (
        "2 incidents, 1 pairs compared: 1 may be one (1 new, 0 back because an incident changed); 0 dropped.\n"
    )
    assert said.err == ""
    call_command("find_duplicates", since="2999-01-01")
    assert capsys.readouterr().out.startswith("0 incidents")
    with pytest.raises(CommandError, match="'9 March' is not a date; write 2025-03-09"):
        call_command("find_duplicates", since="9 March")
    with pytest.raises(CommandError, match="not a date"):
        call_command("find_duplicates", since="2025-02-30")


@pytest.mark.postgresql
def test_the_search_reads_a_year_of_a_country_by_its_index() -> None:
    facts = {**TUWAYM, "kind": "killing_event", "country": "SYR"}
    rows = [Incident(**{**facts, "start_earliest": date(1990, 1, 1) + timedelta(days=n)}) for n in range(12_000)]
    for row in rows:
        row.end_latest = row.start_earliest
    Incident.objects.bulk_create(rows)
    one = village(areas=[factories.AdminAreaFactory()], start_earliest=date(2010, 1, 1), end_latest=date(2010, 1, 1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE incidents_incident")
    plan = near(likened([one.pk])[one.pk]).values("pk").explain(analyze=True)
    assert "incident_country_days" in plan
    # The few areas of the test may be read as a whole, the incidents may not.
    assert "Seq Scan on incidents_incident " not in plan
    assert "hashed SubPlan" not in plan, "the areas of every incident would be read for each incident searched for"
