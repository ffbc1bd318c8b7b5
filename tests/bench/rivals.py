"""What the product is measured against, each a WSGI application over the same database.

`limit` hands out stored documents and does nothing else; `raw` is SQL over the working tables and orjson; `plain` is
the view that everybody writes: ModelSerializer, prefetch_related, page numbers. Served by gunicorn as
``tests.bench.rivals:limit`` and so on; DATABASE_URL names the database.
"""

import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse

import django
import orjson
import psycopg
from django.apps import apps

Environ = dict[str, Any]

PAGE = 100
NEWEST = "ORDER BY start_earliest DESC, public_id DESC LIMIT 100"
FILTER = (
    "country = %(country)s AND interval_end >= %(date_from)s AND start_earliest <= %(date_to)s"
    " AND id IN (SELECT incident_id FROM incidents_publicincidentact WHERE act = %(act)s)"
)
_connection: psycopg.Connection[Any] | None = None


def connection() -> psycopg.Connection[Any]:
    """One connection for the one thread that asks."""
    global _connection  # noqa: PLW0603
    if _connection is None:
        _connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    return _connection


def asked(environ: Environ) -> tuple[str, dict[str, str]]:
    """The path without slashes, and the query."""
    return environ["PATH_INFO"].strip("/"), {
        name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()
    }


def limit(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Stored documents joined, without a framework."""
    path, query = asked(environ)
    if path == "list":
        rows = connection().execute(f"SELECT document FROM incidents_publicincident {NEWEST}").fetchall()
    elif path == "filtered":
        rows = connection().execute(
            f"SELECT document FROM incidents_publicincident WHERE {FILTER} {NEWEST}", query
        ).fetchall()  # fmt: skip
    elif path == "feed":
        statement = (
            "SELECT document FROM incidents_publicationbody WHERE seq > %(after)s::bigint ORDER BY seq LIMIT 1000"
        )
        rows = connection().execute(statement, query).fetchall()
    else:
        statement = "SELECT document FROM incidents_publicincident WHERE public_id = %s"
        rows = connection().execute(statement, [path]).fetchall()
    body = ",".join(row[0] for row in rows).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


SAID = "s.public_id, s.kind, s.names, d.public_id, d.type, d.title, d.published_on, d.url"
SAYING = (
    "JOIN incidents_source s ON s.id = t.asserted_by_id LEFT JOIN incidents_document d ON d.id = t.document_id"
    " WHERE t.incident_id = ANY(%s)"
)
RAW_PARTS = {
    "areas": "SELECT t.incident_id, a.pcode, a.names FROM incidents_incident_areas t"
    " JOIN incidents_adminarea a ON a.id = t.adminarea_id WHERE t.incident_id = ANY(%s)",
    "acts": f"SELECT t.incident_id, t.act, t.standard_of_proof, {SAID} FROM incidents_incidentact t {SAYING}",
    "references": "SELECT incident_id, scheme, key FROM incidents_incidentreference WHERE incident_id = ANY(%s)",
    "claims": "SELECT t.incident_id, t.id, t.public_id, t.locator, t.quote, t.measure, t.unit, t.unit_as_written,"
    " t.status, t.status_basis, t.qualifier, t.value, t.low, t.high, t.vague_term, t.as_of, t.covers_from, t.covers_to,"
    " t.scope, t.interim, t.running_total, t.method, t.basis, t.credibility, t.standard_of_proof, t.relays_id,"
    " t.inferred_from_id, t.supersedes_id, t.based_on, t.based_on_dates, t.retracted_at, t.retracted_by,"
    f" t.retraction_reason, t.origin, {SAID} FROM incidents_claim t {SAYING}",
    "attributions": "SELECT t.incident_id, t.public_id, t.role, t.position, t.extent, t.confidence,"
    " t.standard_of_proof, t.as_of, t.claim_id, t.supersedes_id, t.investigation_id, a.public_id, a.type,"
    f" a.identification, a.names, {SAID} FROM incidents_attribution t JOIN incidents_actor a ON a.id = t.actor_id"
    f" {SAYING}",
    "relations": "SELECT t.from_incident_id, t.type, t.certainty, t.reason, o.public_id, o.title"
    " FROM incidents_incidentrelation t JOIN incidents_incident o ON o.id = t.to_incident_id"
    " WHERE t.from_incident_id = ANY(%s)",
    "figures": "SELECT w.id, t.measure, t.unit, t.basis, t.of_status, t.dimension, t.status, t.sex, t.age_group,"
    " t.cause, t.occupation, t.area, t.low, t.best, t.high, t.low_open, t.high_open FROM incidents_incident w"
    " JOIN incidents_publicincident i ON i.public_id = w.public_id JOIN incidents_tally t ON t.incident_id = i.id"
    " WHERE w.id = ANY(%s)",
}


RAW_CELLS = (
    "SELECT claim_id, cut, status, sex, age_group, cause, occupation, value, low, high FROM incidents_claimcell"
    " WHERE claim_id = ANY(%s)"
)
RAW_COLUMNS = (
    "public_id", "version", "kind", "title", "summary", "start_earliest", "start_latest", "end_earliest", "end_latest",
    "date_precision", "ongoing", "country", "place_text", "place_names", "latitude", "longitude", "geo_precision",
    "uncertainty_m", "geo_method", "site_type", "clarity", "civilian_targeting", "grade", "grade_reason",
)  # fmt: skip


def raw(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The working tables read by hand and written by orjson."""
    path, query = asked(environ)
    columns = f"SELECT id, {', '.join(RAW_COLUMNS)}"
    if path == "list":
        rows = connection().execute(f"{columns} FROM incidents_incident {NEWEST}").fetchall()
    elif path == "filtered":
        condition = FILTER.replace("interval_end", "end_latest").replace("publicincidentact", "incidentact")
        rows = connection().execute(f"{columns} FROM incidents_incident WHERE {condition} {NEWEST}", query).fetchall()
    else:
        rows = connection().execute(f"{columns} FROM incidents_incident WHERE public_id = %s", [path]).fetchall()
    keys = [row[0] for row in rows]
    found: dict[int, dict[str, Any]] = {
        row[0]: {**dict(zip(RAW_COLUMNS, row[1:], strict=True)), **{name: [] for name in RAW_PARTS}}
        for row in rows
    }  # fmt: skip
    claims: dict[int, dict[str, Any]] = {}
    for name, statement in RAW_PARTS.items():
        for key, *values in connection().execute(statement, [keys]):
            part: dict[str, Any] = {"values": values}
            found[key][name].append(part)
            if name == "claims":
                claims[values[0]] = part | {"cells": []}
    for key, *values in connection().execute(RAW_CELLS, [list(claims)]):
        claims[key]["cells"].append(values)
    body = orjson.dumps(list(found.values()))
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def plain(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The view of plain.py, which needs Django to be set up."""
    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup(set_prefix=False)
    from tests.bench.plain import application

    answer: Iterable[bytes] = application(environ, start_response)
    return answer
