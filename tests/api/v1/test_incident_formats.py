"""Incidents as CSV, GeoJSON and NDJSON say what JSON says."""

import csv
import io
import json
import re
from typing import Any

import pytest
from django.db import connections

from incidents.models import LogHead
from incidents.models.prepared import Prepared, is_sending_ahead
from incidents.rules.publication.publishing import publish
from tests.contract.validation import CheckedClient
from tests.factories import ClaimCellFactory, ClaimFactory, IncidentFactory, SourceFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/incidents/"


def documents(api: CheckedClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(ADDRESS).json()["results"]
    return found


def whole(answer: Any) -> str:
    """The text of an answer that holds everything."""
    return b"".join(answer.streaming_content).decode()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def streamed(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in whole(answer).splitlines()]


def test_csv_has_a_row_an_incident(api: CheckedClient, founding_case: None) -> None:
    answer = api.get(ADDRESS, {"format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    found = rows(whole(answer))
    for row, document in zip(found, documents(api), strict=True):
        killed = [t for t in document["totals"] if (t["measure"], t["status"]) == ("killed", "all")]
        figures = [str(killed[0][bound]) for bound in ("low", "best", "high")] if killed else ["", "", ""]
        assert row["id"] == document["id"]
        assert [row["killed_low"], row["killed_best"], row["killed_high"]] == figures


def test_csv_has_a_row_a_claim(api: CheckedClient, founding_case: None) -> None:
    found = rows(whole(api.get(ADDRESS, {"format": "csv", "grain": "claim"})))
    claims = [claim for document in documents(api) for claim in document["claims"]]
    assert [row["id"] for row in found] == [claim["id"] for claim in claims]
    assert [row["value"] for row in found] == [
        "" if claim["value"] is None else str(claim["value"]) for claim in claims
    ]


def test_hashtags_stand_below_the_header(api: CheckedClient, founding_case: None) -> None:
    found = rows(api.get(ADDRESS, {"format": "csv", "hxl": "1", "limit": "1"}).content.decode())
    assert found[0]["id"] == "#event+id"
    assert len(found) == 2


@pytest.mark.parametrize("shape", [{}, {"grain": "claim"}, {"hxl": "1", "limit": "1"}])
def test_a_spreadsheet_is_told_by_a_mark_that_it_is_utf_8(
    api: CheckedClient, founding_case: None, shape: dict[str, str]
) -> None:
    marked = api.get(ADDRESS, {"format": "csv", "bom": "1"} | shape)
    plain = api.get(ADDRESS, {"format": "csv"} | shape)
    assert marked.getvalue() == b"\xef\xbb\xbf" + plain.getvalue()


def test_titles_and_names_come_in_arabic_where_they_have_it(api: CheckedClient) -> None:
    both, syrian, other = {"en": "Tuwaym", "ar": "الطويم"}, {"en": "Tuwaym", "ar-SY": "طويم"}, {"fr": "Touaïm"}
    incidents = [IncidentFactory(title=title) for title in (both, syrian, other)]
    claims = [ClaimFactory(incident=each, asserted_by=SourceFactory(names=each.title)) for each in incidents]
    publish(incidents)

    def said(**parameters: str) -> list[str]:
        found = rows(whole(api.get(ADDRESS, {"format": "csv", "language": "ar"} | parameters)))
        told, column = (claims, "asserted_by_name") if "grain" in parameters else (incidents, "title")
        by_id = {row["id"]: row[column] for row in found}
        return [by_id[str(each.public_id)] for each in told]

    assert said() == said(grain="claim") == ["الطويم", "طويم", "Touaïm"]
    assert said(language="en") == ["Tuwaym", "Tuwaym", "Touaïm"]
    assert "language=aa" in api.get(ADDRESS, {"format": "csv", "language": "aa"}).json()["detail"]


def test_what_is_saved_is_named_for_what_it_is(api: CheckedClient, founding_case: None) -> None:
    for chosen in ("csv", "geojson", "ndjson"):
        named = {"Content-Disposition": f'attachment; filename="incidents.{chosen}"'}
        assert named.items() <= api.get(ADDRESS, {"format": chosen}).headers.items()
        assert named.items() <= api.head(ADDRESS, {"format": chosen}).headers.items()
        assert "Content-Disposition" not in api.get(ADDRESS, {"format": chosen, "country": "nowhere"})
    assert "Content-Disposition" not in api.get(ADDRESS)
    totals = api.get("/api/v1/victims/", {"format": "csv", "unit": "person"})
    assert totals["Content-Disposition"] == 'attachment; filename="victims.csv"'


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
    for feature, document in zip(json.loads(whole(answer))["features"], documents(api), strict=True):
        point = document["place"]["point"]
        expected = {"type": "Point", "coordinates": [point["lon"], point["lat"]]} if point else None
        assert (feature["id"], feature["geometry"]) == (document["id"], expected)
        assert feature["properties"]["precision"] == document["place"]["precision"]


def test_ndjson_streams_everything_and_says_where_it_ends(api: CheckedClient, founding_case: None) -> None:
    answer = api.get(ADDRESS, {"format": "ndjson"})
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


@pytest.mark.postgresql
def test_the_next_page_is_asked_for_before_one_is_given_out(
    api: CheckedClient, founding_case: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.api.stored.STREAM_PAGE", 1)
    sent: list[bool] = []
    send = Prepared.sent

    def counted(self: Prepared, *args: Any, **kwargs: Any) -> Any:
        sent.append(is_sending_ahead(connections["public"]))
        return send(self, *args, **kwargs)

    monkeypatch.setattr(Prepared, "sent", counted)
    answer: Any = api.get(ADDRESS, {"format": "ndjson", "country": "SYR"})
    first = next(answer.streaming_content)
    while not first:  # the opening of NDJSON is empty
        first = next(answer.streaming_content)
    assert sent == [True, True]
    answer._iterator.close()


@pytest.mark.parametrize("query", [{}, {"country": "SYR", "q": "100%"}, {"fields": "id"}, {"format": "csv"}])
def test_a_connection_serves_on_after_an_export_that_was_left_half_read(
    api: CheckedClient, founding_case: None, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    monkeypatch.setattr("incidents.api.stored.STREAM_PAGE", 1)
    answer: Any = api.get(ADDRESS, {"format": "ndjson", **query})
    next(answer.streaming_content)
    next(answer.streaming_content)
    answer._iterator.close()
    assert whole(api.get(ADDRESS, {"format": "ndjson", **query}))
    assert documents(api)


@pytest.mark.parametrize("chosen", ["ndjson", "csv", "geojson"])
def test_head_of_a_stream_has_no_body(api: CheckedClient, founding_case: None, chosen: str) -> None:
    answer: Any = api.head(f"{ADDRESS}?format={chosen}")
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"")


def test_format_goes_before_accept(api: CheckedClient, founding_case: None) -> None:
    answer = api.get(ADDRESS, {"format": "csv"}, headers={"accept": "application/json"})
    assert answer["Content-Type"].startswith("text/csv")
    assert varies(answer)


def varies(answer: Any) -> bool:
    return "accept" in re.split(r",\s*", answer["Vary"].lower())


def test_caches_are_told_where_accept_chooses(api: CheckedClient, founding_case: None) -> None:
    """Also of a page, of a refusal, and of nowhere that has one format only."""
    assert varies(api.get(ADDRESS))
    assert varies(api.get("/api/v1/victims/"))
    assert varies(api.get(ADDRESS, {"format": "csv", "limit": "1"}))
    assert varies(api.get(ADDRESS, headers={"accept": "text/html"}))
    assert not varies(api.get("/api/v1/places/"))


@pytest.mark.parametrize("chosen", ["csv", "geojson"])
def test_without_limit_and_cursor_nothing_is_cut(
    api: CheckedClient, founding_case: None, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    """Over several pages of what is read, and where a default page would end."""
    monkeypatch.setattr("incidents.api.stored.STREAM_PAGE", 3)
    monkeypatch.setattr("incidents.api.pagination.DEFAULT_LIMIT", 2)
    answer = api.get(ADDRESS, {"format": chosen, "ordering": "killed"})
    seq = LogHead.objects.get().seq
    assert answer["X-Dataset-Seq"] == str(seq)
    text = whole(answer)
    expected = [each["id"] for each in api.get(ADDRESS, {"ordering": "killed", "limit": "1000"}).json()["results"]]
    assert len(expected) > 6
    if chosen == "csv":
        assert [row["id"] for row in rows(text)] == expected
        return
    body = json.loads(text)
    assert [each["id"] for each in body.pop("features")] == expected
    assert body == {"type": "FeatureCollection", "numberReturned": len(expected), "seq": seq, "next": None}


def test_a_collection_of_nothing_is_well_formed(api: CheckedClient, founding_case: None) -> None:
    body = json.loads(whole(api.get(ADDRESS, {"format": "geojson", "country": "LBN"})))
    assert (body["features"], body["numberReturned"]) == ([], 0)
    assert len(whole(api.get(ADDRESS, {"format": "csv", "country": "LBN"})).splitlines()) == 1


def test_a_page_of_features_names_the_next(api: CheckedClient, founding_case: None) -> None:
    first = api.get(ADDRESS, {"format": "geojson", "limit": "5"}).json()
    last = api.get(first["next"]).json()
    assert (first["numberReturned"], last["next"]) == (5, None)
    assert len(first["features"] + last["features"]) == len(documents(api))


@pytest.mark.parametrize(
    ("chosen", "parameter", "value"),
    [
        *((chosen, name, "id") for chosen in ("csv", "geojson") for name in ("fields", "omit")),
        *((chosen, "count", "exact") for chosen in ("csv", "geojson", "ndjson")),
        ("ndjson", "limit", "10"),
    ],
)
def test_a_parameter_without_a_meaning_in_the_format_is_refused(
    api: CheckedClient, founding_case: None, chosen: str, parameter: str, value: str
) -> None:
    answer = api.get(ADDRESS, {"format": chosen, parameter: value})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["parameter"], error["code"]) == (parameter, "not_in_this_format")


SHAPES = {"grain": "claim", "hxl": "1", "bom": "1", "language": "ar"}


@pytest.mark.parametrize("parameter", SHAPES)
@pytest.mark.parametrize("chosen", ["json", "ndjson", "geojson"])
def test_what_shapes_a_table_is_refused_elsewhere(
    api: CheckedClient, founding_case: None, parameter: str, chosen: str
) -> None:
    answer = api.get(ADDRESS, {"format": chosen, parameter: SHAPES[parameter]})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["parameter"]) == (400, parameter)
    assert api.get(ADDRESS, {"format": chosen, "grain": "incident"}).status_code == 200
    assert error["detail"].endswith("or format=csv.")


def test_ndjson_takes_no_cursor(api: CheckedClient, founding_case: None) -> None:
    cursor = api.get(ADDRESS, {"limit": "1"}).json()["next_cursor"]
    answer = api.get(ADDRESS, {"format": "ndjson", "cursor": cursor})
    assert [error["parameter"] for error in answer.json()["errors"]] == ["cursor"]


def test_the_nearest_format_is_suggested_with_one_mark(api: CheckedClient, db: None) -> None:
    detail = api.get(ADDRESS, {"format": "jsom"}).json()["detail"]
    assert "did you mean json? Example: format=json." in detail


def test_an_unknown_format_is_refused_with_those_there_are(api: CheckedClient, db: None) -> None:
    error = api.get(ADDRESS, {"format": "xml"}).json()["errors"][0]
    assert error["detail"] == "format=xml should be one of json, csv, geojson, ndjson. Example: format=json."


def test_families_are_not_added_to_persons(api: CheckedClient, db: None) -> None:
    incident = IncidentFactory()
    for unit, value, female in (("person", 10, 4), ("family", 3, 3)):
        claim = ClaimFactory(incident=incident, value=value, unit=unit, status="all")
        ClaimCellFactory(claim=claim, sex="female", age_group="", value=female)
    publish([incident])
    only = {"id": str(incident.public_id)}
    (row,) = rows(whole(api.get(ADDRESS, {"format": "csv", **only})))
    (feature,) = json.loads(whole(api.get(ADDRESS, {"format": "geojson", **only})))["features"]
    assert (row["killed_best"], row["killed_female_best"]) == ("10", "4")
    assert feature["properties"]["killed_female_best"] == 4


def test_rows_that_nothing_contains_add_up_to_the_total(api: CheckedClient, founding_case: None) -> None:
    found = rows(whole(api.get(ADDRESS, {"format": "csv"})))
    outermost = [row for row in found if not row["contained_in"]]
    apart = [row for row in outermost if not row["possibly_contained_in"]]

    def added(several: list[dict[str, str]], bound: str) -> int:
        return sum(int(row[f"killed_{bound}"] or 0) for row in several)

    total = api.get("/api/v1/victims/").json()["total"]
    assert [added(apart, "low"), added(apart, "best"), added(outermost, "high")] == [
        total[bound] for bound in ("low", "best", "high")
    ]
    assert added(found, "best") > total["best"]
    titles = {row["id"]: row["title"] for row in found}
    assert all(titles[each] for row in found for each in row["contained_in"].split(" | ") if each)


def test_rows_count_women_and_children_as_victims_does(api: CheckedClient, founding_case: None) -> None:
    found = rows(whole(api.get(ADDRESS, {"format": "csv"})))
    features = json.loads(whole(api.get(ADDRESS, {"format": "geojson"})))["features"]
    asked = {"killed_female_best": {"victim_sex": "female"}, "killed_child_best": {"victim_age_group": "child"}}
    for row, feature in zip(found, features, strict=True):
        for column, who in asked.items():
            best = api.get("/api/v1/victims/", {"id": row["id"], **who}).json()["total"]["best"]
            assert (row[column], feature["properties"][column]) == ("" if best is None else str(best), best)
    coast = next(row for row in found if row["id"] == "cb7a6e49-cd3f-58a5-b79f-ab1300cb93f3")
    assert (coast["killed_female_best"], coast["killed_child_best"]) == ("4", "9")


def test_an_open_end_is_told_from_a_stated_one(api: CheckedClient, db: None) -> None:
    made = {qualifier: IncidentFactory() for qualifier in ("exact", "at_most", "at_least")}
    for qualifier, incident in made.items():
        ClaimFactory(incident=incident, value=5, qualifier=qualifier, status="all")
    silent = IncidentFactory()
    publish([*made.values(), silent])
    only = {"id": ",".join(str(each.public_id) for each in (*made.values(), silent))}
    found = {row["id"]: row for row in rows(whole(api.get(ADDRESS, {"format": "csv", **only})))}
    opens = [
        [found[str(each.public_id)][f"killed_{name}"] for name in ("low", "low_open", "high", "high_open")]
        for each in (*made.values(), silent)
    ]
    assert opens == [
        ["5", "false", "5", "false"], ["0", "true", "5", "false"], ["5", "false", "5", "true"], ["", "", "", ""],
    ]  # fmt: skip
    features = json.loads(whole(api.get(ADDRESS, {"format": "geojson", **only})))["features"]
    assert {each["properties"]["killed_high_open"] for each in features} == {True, False, None}
