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
        rows = connection().execute(f"SELECT document FROM incidents_publicincident {NEWEST}").fetchall()  # noqa: S608
    elif path == "filtered":
        rows = connection().execute(
            f"SELECT document FROM incidents_publicincident WHERE {FILTER} {NEWEST}", query  # noqa: S608
        ).fetchall()  # fmt: skip
    else:
        statement = "SELECT document FROM incidents_publicincident WHERE public_id = %s"
        rows = connection().execute(statement, [path]).fetchall()
    body = ",".join(row[0] for row in rows).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


RAW_PARTS = {
    "areas": "SELECT t.incident_id, a.pcode, a.names FROM incidents_incident_areas t"
    " JOIN incidents_adminarea a ON a.id = t.adminarea_id WHERE t.incident_id = ANY(%s)",
    "acts": "SELECT incident_id, act FROM incidents_incidentact WHERE incident_id = ANY(%s)",
    "claims": "SELECT c.incident_id, c.id, c.public_id, c.measure, c.status, c.low, c.value, c.high, s.names,"
    " d.title FROM incidents_claim c JOIN incidents_source s ON s.id = c.asserted_by_id"
    " JOIN incidents_document d ON d.id = c.document_id WHERE c.incident_id = ANY(%s)",
    "attributions": "SELECT t.incident_id, t.role, t.position, a.public_id, a.names FROM incidents_attribution t"
    " JOIN incidents_actor a ON a.id = t.actor_id WHERE t.incident_id = ANY(%s)",
}


def raw(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The working tables read by hand and written by orjson."""
    path, query = asked(environ)
    columns = "SELECT id, public_id, title, start_earliest, end_latest, country, latitude, longitude"
    if path == "list":
        rows = connection().execute(f"{columns} FROM incidents_incident {NEWEST}").fetchall()
    elif path == "filtered":
        condition = FILTER.replace("interval_end", "end_latest").replace("publicincidentact", "incidentact")
        rows = connection().execute(f"{columns} FROM incidents_incident WHERE {condition} {NEWEST}", query).fetchall()
    else:
        rows = connection().execute(f"{columns} FROM incidents_incident WHERE public_id = %s", [path]).fetchall()
    keys = [row[0] for row in rows]
    found: dict[int, dict[str, Any]] = {
        row[0]: {
            "id": row[1], "title": row[2], "start": row[3], "end": row[4], "country": row[5], "lat": row[6],
            "lon": row[7], **{name: [] for name in RAW_PARTS},
        }
        for row in rows
    }  # fmt: skip
    claims: dict[int, dict[str, Any]] = {}
    for name, statement in RAW_PARTS.items():
        for key, *values in connection().execute(statement, [keys]):
            part: dict[str, Any] = {"values": values}
            found[key][name].append(part)
            if name == "claims":
                claims[values[0]] = part | {"cells": []}
    cells = "SELECT claim_id, status, value FROM incidents_claimcell WHERE claim_id = ANY(%s)"
    for key, status, value in connection().execute(cells, [list(claims)]):
        claims[key]["cells"].append({"status": status, "value": value})
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
