"""The feed of changes keeps a mirror that can be verified without us."""

from typing import Any

import pytest

from incidents.models import LogHead
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.trail.verification import verify_rows
from tests.contract.validation import CheckedClient
from tests.factories import IncidentFactory, country_of

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/changes/"


def followed(api: CheckedClient, **asked: str) -> list[dict[str, Any]]:
    """All rows, following next."""
    answer = api.get(ADDRESS, asked).json()
    rows: list[dict[str, Any]] = answer["results"]
    while answer["next"]:
        answer = api.get(answer["next"]).json()
        rows += answer["results"]
    return rows


def test_it_works(api: CheckedClient, founding_case: None) -> None:
    answer = api.get(ADDRESS, {"limit": "2"})
    page = answer.json()
    assert [row["seq"] for row in page["results"]] == [1, 2]
    assert page["next"] == "http://testserver/api/v1/changes/?limit=2&after=2"
    assert page["last_seq"] == LogHead.objects.get().seq == int(answer["X-Dataset-Seq"])
    assert answer["Link"] == f'<{page["next"]}>; rel="next"'


def test_a_mirror_verifies_without_us(api: CheckedClient, founding_case: None) -> None:
    rows = followed(api, limit="7")
    verdict = verify_rows(rows)
    assert verdict.sound, verdict
    assert verdict.rows == LogHead.objects.get().seq
    assert verdict.bodies > 0


def test_an_altered_mirror_does_not_verify(api: CheckedClient, founding_case: None) -> None:
    """The control."""
    rows = followed(api)
    document = next(row for row in rows if row["kind"] == "incident" and row["document"])
    document["document"]["title"] = {"en": "Another"}
    verdict = verify_rows(rows)
    assert verdict.bad_seq == document["seq"]


def test_the_document_is_the_one_of_the_detail(api: CheckedClient, founding_case: None) -> None:
    for row in followed(api, kind="incident"):
        if row["document"]:
            assert api.get(f"/api/v1/incidents/{row['id']}/").json() == row["document"]


def test_only_the_current_version_carries_its_document(api: CheckedClient, db: None) -> None:
    country_of("SYR")
    incident = IncidentFactory()
    publish([incident])
    incident.title = {"en": "Another title"}
    incident.save()
    publish([incident], reason_code="correction", reason="Wrong title.")
    first, second = [row for row in followed(api, kind="incident") if row["id"] == str(incident.public_id)]
    assert (first["document"], first["salt"]) == (None, None)
    assert first["document_digest"]
    assert second["document"]["title"] == {"en": "Another title"}
    assert (second["reason_code"], second["reason"]) == ("correction", "Wrong title.")


def test_earlier_versions_carry_theirs_where_they_are_asked_for(api: CheckedClient, db: None) -> None:
    """So whoever has a signed head can prove what stood there on a day, and finds what was altered since."""
    country_of("SYR")
    incident, erased = IncidentFactory(), IncidentFactory()
    publish([incident, erased])
    incident.title = {"en": "Another title"}
    incident.save()
    publish([incident])
    withdraw(erased, reason_code="privacy", reason="A name.")
    rows = followed(api, earlier="true")
    first, second = [row for row in rows if row["id"] == str(incident.public_id)]
    assert (first["version"], second["version"]) == (1, 2)
    earlier = api.get(f"/api/v1/incidents/{incident.public_id}/", {"at_seq": str(first["seq"])})
    assert first["document"] == earlier.json()
    assert [row["document"] for row in rows if row["id"] == str(erased.public_id)] == [None, None]
    found = verify_rows(rows)
    assert (found.sound, found.bodies) == (True, verify_rows(followed(api)).bodies + 1)
    first["document"] = {**first["document"], "title": {"en": "Never said"}}
    assert verify_rows(rows).bad_seq == first["seq"]


def test_a_withdrawal_and_a_redaction_stand_in_the_feed(api: CheckedClient, db: None) -> None:
    country_of("SYR")
    gone, erased = IncidentFactory(), IncidentFactory()
    publish([gone, erased])
    withdraw(gone, reason_code="correction", reason="It did not happen.")
    redact(erased, reason="A name.")
    *_, tombstone, redaction = followed(api)
    assert (tombstone["operation"], tombstone["document"], tombstone["document_digest"]) == ("withdraw", None, "")
    assert (redaction["operation"], redaction["document"]["id"]) == ("redact", str(erased.public_id))
    assert verify_rows(followed(api)).sound


def test_there_is_nothing_after_the_head(api: CheckedClient, founding_case: None) -> None:
    head = LogHead.objects.get().seq
    page = api.get(ADDRESS, {"after": str(head)}).json()
    assert page == {"results": [], "next": None, "last_seq": head}


def test_a_mirror_of_another_log_is_told_so(api: CheckedClient, founding_case: None) -> None:
    head = LogHead.objects.get().seq
    answer = api.get(ADDRESS, {"after": str(head + 1)})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["parameter"], error["code"]) == ("after", "beyond_log")
    assert f"the head of this log, which is {head}: this is not the log" in error["detail"]


@pytest.mark.parametrize("after", ["-1", "1.5", "x", "99999999999999999999"])
def test_after_is_a_sequence_number(api: CheckedClient, db: None, after: str) -> None:
    error = api.get(ADDRESS, {"after": after}).json()["errors"][0]
    assert error["detail"].endswith("Example: after=0.")


def test_kinds(api: CheckedClient, founding_case: None) -> None:
    assert {row["kind"] for row in followed(api, kind="incident,source")} == {"incident", "source"}
