"""Incidents as CSV, GeoJSON and NDJSON say what JSON says."""

import csv
import io
import json
from typing import Any

import pytest

from incidents.models import LogHead
from tests.contract.validation import CheckedClient

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/incidents/"


def documents(api: CheckedClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(ADDRESS).json()["results"]
    return found


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def streamed(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]


def test_csv_has_a_row_an_incident(api: CheckedClient, founding_case: None) -> None:
    answer = api.get(ADDRESS, {"format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    found = rows(answer.content.decode())
    for row, document in zip(found, documents(api), strict=True):
        killed = [t for t in document["totals"] if (t["measure"], t["status"]) == ("killed", "all")]
        figures = [str(killed[0][bound]) for bound in ("low", "best", "high")] if killed else ["", "", ""]
        assert row["id"] == document["id"]
        assert [row["killed_low"], row["killed_best"], row["killed_high"]] == figures


def test_csv_has_a_row_a_claim(api: CheckedClient, founding_case: None) -> None:
    found = rows(api.get(ADDRESS, {"format": "csv", "grain": "claim"}).content.decode())
    claims = [claim for document in documents(api) for claim in document["claims"]]
    assert [row["id"] for row in found] == [claim["id"] for claim in claims]
    assert [row["value"] for row in found] == [
        "" if claim["value"] is None else str(claim["value"]) for claim in claims
    ]


def test_hashtags_stand_below_the_header(api: CheckedClient, founding_case: None) -> None:
    found = rows(api.get(ADDRESS, {"format": "csv", "hxl": "1", "limit": "1"}).content.decode())
    assert found[0]["id"] == "#event+id"
    assert len(found) == 2


@pytest.mark.parametrize("chosen", ["csv", "geojson"])
def test_pages_go_by_the_link_header(api: CheckedClient, founding_case: None, chosen: str) -> None:
    first = api.get(ADDRESS, {"format": chosen, "limit": "5"})
    assert f'cursor={first["X-Next-Cursor"]}>; rel="next"' in first["Link"]
    last = api.get(ADDRESS, {"format": chosen, "limit": "5", "cursor": first["X-Next-Cursor"]})
    assert "X-Next-Cursor" not in last
    if chosen == "csv":
        assert len(rows(first.content.decode())) + len(rows(last.content.decode())) == len(documents(api))


def test_geojson_has_points_or_null(api: CheckedClient, founding_case: None) -> None:
    answer = api.get(ADDRESS, headers={"accept": "application/geo+json"})
    assert answer["Content-Type"] == "application/geo+json"
    for feature, document in zip(answer.json()["features"], documents(api), strict=True):
        point = document["place"]["point"]
        expected = {"type": "Point", "coordinates": [point["lon"], point["lat"]]} if point else None
        assert (feature["id"], feature["geometry"]) == (document["id"], expected)
        assert feature["properties"]["precision"] == document["place"]["precision"]


def test_ndjson_streams_everything_and_says_where_it_ends(api: CheckedClient, founding_case: None) -> None:
    answer = api.get(ADDRESS, {"format": "ndjson", "limit": "1"})
    assert answer["Content-Type"] == "application/x-ndjson; charset=utf-8"
    *found, end = streamed(answer)
    assert found == documents(api)
    assert end == {"_end": True, "count": len(found), "seq": LogHead.objects.get().seq}


def test_ndjson_of_nothing_still_ends(api: CheckedClient, founding_case: None) -> None:
    *found, end = streamed(api.get(ADDRESS, {"format": "ndjson", "country": "LBN"}))
    assert (found, end["count"]) == ([], 0)


def test_ndjson_goes_on_over_many_pages(
    api: CheckedClient, founding_case: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.api.stored.STREAM_PAGE", 3)
    *found, _ = streamed(api.get(ADDRESS, {"format": "ndjson", "ordering": "killed"}))
    assert found == api.get(ADDRESS, {"ordering": "killed"}).json()["results"]


def test_head_of_a_stream_has_no_body(api: CheckedClient, founding_case: None) -> None:
    answer: Any = api.head(f"{ADDRESS}?format=ndjson")
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"")


def test_format_goes_before_accept(api: CheckedClient, founding_case: None) -> None:
    answer = api.get(ADDRESS, {"format": "csv"}, headers={"accept": "application/json"})
    assert answer["Content-Type"].startswith("text/csv")
    assert "Accept" in answer["Vary"]


def test_an_unknown_format_is_refused_with_those_there_are(api: CheckedClient, db: None) -> None:
    error = api.get(ADDRESS, {"format": "xml"}).json()["errors"][0]
    assert error["detail"] == "format should be one of json, csv, geojson, ndjson. Example: format=json."
