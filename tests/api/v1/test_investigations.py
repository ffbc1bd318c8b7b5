"""Investigations: the commission of the founding case day by day, and filters on what the clock changes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.api.v1 import investigations
from incidents.exchange.seeds import RIVALS
from incidents.models import Investigation
from incidents.rules.publication.publishing import publish
from tests import factories
from tests.contract.validation import CheckedClient
from tests.stories import id_of

LIST = "/api/v1/investigations/"
EXPECTED: dict[date, dict[str, Any]] = yaml.safe_load(RIVALS.read_text("utf-8"))["expected"]["commission_status"]


def get(api: CheckedClient, address: str = LIST, **parameters: str) -> Any:
    answer = api.get(address, parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


def found(api: CheckedClient, **parameters: str) -> set[str]:
    return {each["id"] for each in get(api, **parameters)["results"]}


def among(*made: Investigation) -> str:
    """The parameter id that leaves everything else in the database aside."""
    return ",".join(str(each.public_id) for each in made)


def commission() -> str:
    return str(id_of("investigation", "national_commission"))


def due(on: date, **events: date) -> Investigation:
    """A published investigation announced in January with one deadline and further events."""
    made = factories.InvestigationFactory.create()
    factories.InvestigationEventFactory(investigation=made, kind="announced", on=date(2025, 1, 1))
    for kind, day in events.items():
        factories.InvestigationEventFactory(investigation=made, kind=kind, on=day)
    factories.DeadlineFactory(investigation=made, due_on=on)
    publish([made])
    return made


def test_it_works(api: CheckedClient, founding_case: None, db: None) -> None:
    answer = get(api, f"{LIST}{commission()}/")
    assert [event["kind"] for event in answer["timeline"]][:2] == ["announced", "extended"]
    assert [deadline["due_on"] for deadline in answer["deadlines"]] == ["2025-04-08", "2025-07-10"]
    assert answer["now"]["on"] == datetime.now(UTC).date().isoformat()
    assert (answer["now"]["status"], answer["now"]["days_late"]) == ("reported", 10)


@pytest.mark.parametrize("on", EXPECTED, ids=str)
def test_the_commission_day_by_day(api: CheckedClient, founding_case: None, db: None, on: date) -> None:
    now = get(api, f"{LIST}{commission()}/", on=on.isoformat())["now"]
    expected = {name: value.isoformat() if isinstance(value, date) else value for name, value in EXPECTED[on].items()}
    assert {name: now[name] for name in expected} == expected
    assert (commission() in found(api, overdue="true", on=on.isoformat())) == expected["overdue"]
    assert (commission() in found(api, overdue="false", on=on.isoformat())) != expected["overdue"]


def test_today_is_the_day_in_utc(api: CheckedClient, founding_case: None, db: None) -> None:
    with time_machine.travel("2025-04-08T23:59:00-05:00", tick=False):
        now = get(api, f"{LIST}{commission()}/")["now"]
    assert (now["on"], now["overdue"], now["days_overdue"]) == ("2025-04-09", True, 1)


def test_the_etag_carries_the_day(api: CheckedClient, founding_case: None, db: None) -> None:
    address = f"{LIST}{commission()}/"
    with time_machine.travel("2025-04-08T12:00:00Z", tick=False):
        etag = api.get(address)["ETag"]
        assert api.get(address, headers={"if-none-match": etag}).status_code == 304
    with time_machine.travel("2025-04-09T00:00:00Z", tick=False):
        assert api.get(address, headers={"if-none-match": etag}).status_code == 200


def test_an_earlier_state_is_told_as_of_the_day_asked_for(api: CheckedClient, founding_case: None, db: None) -> None:
    # Where the day begins first it is that one already.
    address, furthest = f"{LIST}{commission()}/", (datetime.now(UTC) + timedelta(hours=14)).date()
    seq = get(api, address)["seq"]
    assert get(api, address, at=furthest.isoformat())["now"]["on"] == furthest.isoformat()
    assert get(api, address, at_seq=str(seq), on="2025-04-09")["now"]["overdue"] is True
    assert get(api, address, at_seq=str(seq))["now"]["on"] == datetime.now(UTC).date().isoformat()


def test_filters(api: CheckedClient, founding_case: None, db: None) -> None:
    coi = str(id_of("investigation", "un_coi_coast"))
    assert found(api) == {commission(), coi}
    assert found(api, type="un_coi") == {coi}
    assert found(api, incident=str(id_of("incident", "coast"))) == {commission(), coi}
    assert found(api, incident=str(id_of("incident", "elder"))) == set()
    assert found(api, q="presidency") == {commission()}
    assert found(api, status="reported") == {commission(), coi}
    assert found(api, status="announced", on="2025-03-10") == {commission()}


def test_of_a_body(api: CheckedClient, db: None) -> None:
    one, other = due(date(2025, 5, 1)), due(date(2025, 6, 1))
    assert one.body is not None
    assert found(api, body=str(one.body.public_id)) == {str(one.public_id)}
    assert found(api, id=among(one, other)) == {str(one.public_id), str(other.public_id)}


def test_due_within_knows_what_is_met_and_what_is_late(api: CheckedClient, db: None) -> None:
    soon, later, late = due(date(2025, 5, 1)), due(date(2025, 6, 1)), due(date(2025, 4, 1))
    met = due(date(2025, 5, 1), report_submitted=date(2025, 4, 1))
    closed = due(date(2025, 5, 1), closed=date(2025, 4, 1))
    everything = among(soon, later, late, met, closed)

    def asked(**parameters: str) -> set[str]:
        return found(api, id=everything, **parameters)

    assert asked(due_within="30", on="2025-04-01") == {str(soon.public_id), str(late.public_id)}
    assert asked(due_within="30", on="2025-04-02") == {str(soon.public_id)}
    assert asked(due_within="29", on="2025-04-01") == {str(late.public_id)}
    assert asked(due_within="61", on="2025-04-02") == {str(soon.public_id), str(later.public_id)}
    assert asked(overdue="true", on="2025-05-02") == {str(soon.public_id), str(late.public_id)}


def test_pages_of_what_is_overdue_hold_everything_once(api: CheckedClient, db: None) -> None:
    made = [due(date(2025, 4, 1)) for _ in range(5)]
    late = {str(each.public_id) for each in made}
    made.append(due(date(2025, 9, 1)))
    page = get(api, id=among(*made), overdue="true", on="2025-05-02", limit="2", count="exact")
    assert page["count"] == 5
    seen = [each["id"] for each in page["results"]]
    while page["next"]:
        page = get(api, page["next"])
        seen += [each["id"] for each in page["results"]]
    assert (len(seen), set(seen)) == (5, late)


def test_a_cursor_holds_for_one_day(api: CheckedClient, db: None) -> None:
    for _ in range(2):
        due(date(2025, 4, 1))
    cursor = get(api, overdue="true", on="2025-05-02", limit="1")["next_cursor"]
    answer = api.get(LIST, {"overdue": "true", "on": "2025-05-03", "limit": "1", "cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "other_filters"


def test_too_many_to_ask_the_clock_are_refused(api: CheckedClient, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(investigations, "MOST_CANDIDATES", 1)
    one, other = due(date(2025, 4, 1)), due(date(2025, 4, 1))
    assert len(found(api, overdue="true", id=among(one))) == 1
    answer = api.get(LIST, {"overdue": "true", "id": among(one, other)})
    assert answer.status_code == 400
    assert "overdue can be asked of 1 investigations at most: add type" in answer.json()["errors"][0]["detail"]
    assert len(found(api, id=among(one, other))) == 2


def test_too_many_to_ask_the_clock_are_refused_before_a_stream_begins(
    api: CheckedClient, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(investigations, "MOST_CANDIDATES", 1)
    made = among(due(date(2025, 4, 1)), due(date(2025, 4, 1)))
    for method in (api.get, api.head):
        assert method(f"{LIST}?overdue=true&format=ndjson&id={made}").status_code == 400


def test_more_investigations_take_no_more_queries(api: CheckedClient, db: None) -> None:
    made = [due(date(2025, 4, 1))]
    with CaptureQueriesContext(connection) as few:
        get(api, overdue="true", id=among(*made))
    made += [due(date(2025, 4, 1)) for _ in range(10)]
    with CaptureQueriesContext(connection) as many:
        assert len(found(api, overdue="true", id=among(*made))) == 11
    # Candidates and rows, in one transaction, which a test shows as two statements.
    assert len(many) == len(few) == 4, "\n".join(query["sql"] for query in many)
