"""How PostgreSQL answers the hot paths: what EXPLAIN must not show, whatever the number of incidents."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.models.prepared import _prepared

# Tables that grow with the record; a few rows of others may be read through.
GROWING = re.compile(r"incidents_(public(ation|ationbody|incident\w*|claim|containment|mention)|tally)$")
HOST = {"host": "localhost"}
MOST_SORTED = 1_000  # rows; a page and what a filter leaves of a country
MOST_READ = 2_000  # rows, where a filter keeps none or a few
OFFSET = re.compile(r"\bOFFSET\b", re.IGNORECASE)
OR_KEYSET = re.compile(r"(start_earliest|killed_sort|seq)\W+[<>][^()]*\bOR\b", re.IGNORECASE)

HOT = (
    "/api/v1/incidents/",
    "/api/v1/incidents/?ordering=date",
    "/api/v1/incidents/?ordering=-killed",
    "/api/v1/incidents/?ordering=seq&after_seq=1",
    "/api/v1/incidents/?country=SYR",
    "/api/v1/incidents/?country=SYR&date_from=2016-01-01&date_to=2018-12-31&act=killing_in_conflict",
    "/api/v1/incidents/?place=SY06",
    "/api/v1/claims/",
    "/api/v1/changes/?after=0&limit=100",
    "/api/v1/changes/?after=0&kind=incident",
    "/api/v1/victims/?group_by=month,country,sex",
    "/api/v1/victims/?place=SY06&date_from=2012-01-01&date_to=2012-12-31",
    "/api/v1/victims/?country=SYR&date_from=2012-03-07&date_to=2014-05-20&group_by=month",
    "/api/v1/investigations/",
    "/api/v1/perpetrators/?limit=1",
)

# Filters that keep few rows or none, whatever the record: what the order of a list would be read through for.
FEW = (
    "/api/v1/incidents/?kind=burial",
    "/api/v1/incidents/?grade=weak",
    "/api/v1/incidents/?attribution_status=declared",
    "/api/v1/incidents/?victim_sex=other",
    "/api/v1/incidents/?victim_age_group=infant",
    "/api/v1/incidents/?victim_status=hors_de_combat",
    "/api/v1/incidents/?date_from=2100-01-01",
    "/api/v1/incidents/?killed_min=1000000",
    "/api/v1/incidents/?killed_min=1000000&ordering=killed",
    "/api/v1/claims/?status=hors_de_combat",
    "/api/v1/claims/?as_of_from=2100-01-01",
    "/api/v1/claims/?retracted=true",
)


def pages() -> Iterator[str]:
    """The hot paths, with the page behind each list's first, one detail and its history."""
    for path in HOT:
        yield path
        following = Client(headers=HOST).get(path, {"limit": "1"} if "?" not in path else None).json().get("next")
        if following:
            yield "/" + following.split("/", 3)[3]
    (first,) = Client(headers=HOST).get("/api/v1/incidents/?limit=1&fields=id").json()["results"]
    yield f"/api/v1/incidents/{first['id']}/"
    yield f"/api/v1/incidents/{first['id']}/history/"


def every_fault() -> list[str]:
    """What is wrong with any of the hot paths, and with the plan of any statement that is kept for them."""
    few = (fault for path in FEW for fault in faults(path, few=True))
    return [*(fault for path in pages() for fault in faults(path)), *few, *faults_of_kept()]


def faults_of_kept() -> Iterator[str]:
    """What is wrong with the one plan, for any values, by which PostgreSQL answers what was kept so far."""
    for name, statement in _prepared.items():
        if not statement.kept or statement.alias != "public":
            continue
        number = itertools.count(1)
        numbered = re.sub("%s", lambda _: f"${next(number)}", statement.sql).replace("%%", "%")  # noqa: B023
        values = f"({', '.join(['NULL'] * len(statement.parameters))})" if statement.parameters else ""
        with connections["public"].cursor() as cursor:
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            cursor.execute(f"PREPARE kept AS {numbered}")
            cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE kept{values}")
            (row,) = cursor.fetchone()
            cursor.execute("DEALLOCATE kept")
            cursor.execute("RESET plan_cache_mode")
        plan = row if isinstance(row, list) else json.loads(row)
        yield from (f"{name}, kept, {fault}: {statement.sql[:300]}" for fault in _of_plan(plan[0]["Plan"]))


def faults(path: str, *, few: bool = False) -> list[str]:
    """What is wrong with how the database answers an address; of `few` rows, also when it reads many to find them."""
    connection = connections["public"]
    with CaptureQueriesContext(connection) as captured:
        answer = Client(headers=HOST).get(path)
    if answer.status_code != 200:
        return [f"{path} answered {answer.status_code}"]
    found = []
    for query in captured.captured_queries:
        statement = query["sql"]
        if not statement.startswith("SELECT"):
            continue
        if OFFSET.search(statement):
            found.append(f"{path} skips rows: {statement[:200]}")
        if OR_KEYSET.search(statement):
            found.append(f"{path} seeks with OR: {statement[:200]}")
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON{', ANALYZE' if few else ''}) {statement}")
            (row,) = cursor.fetchone()
        plan = row if isinstance(row, list) else json.loads(row)
        if few and (read := _rows_read(plan[0]["Plan"])) > MOST_READ:
            found.append(f"{path} reads {read:,} rows for few: {statement[:300]}")
        found += [f"{path} {fault}: {statement[:300]}" for fault in _of_plan(plan[0]["Plan"])]
    return found


def _rows_read(node: dict[str, Any]) -> int:
    """The most rows that a part of a plan read, whether it kept them or not."""
    read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return max([int(read), *map(_rows_read, node.get("Plans", ()))])


def _of_plan(node: dict[str, Any]) -> Iterator[str]:
    table = node.get("Relation Name", "")
    if node["Node Type"].endswith("Seq Scan") and GROWING.fullmatch(table):
        yield f"reads all of {table}"
    if node["Node Type"] == "Sort" and node["Plan Rows"] > MOST_SORTED:
        yield f"sorts {node['Plan Rows']:,} rows"
    for below in node.get("Plans", ()):
        yield from _of_plan(below)
