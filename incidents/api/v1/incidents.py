"""Incidents: what happened, where and when, with every claim and what is derived from them.

The filters are in api/filters.py, since victims share them; discounted incidents are listed like any other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from incidents import choices
from incidents.api.filters import IncidentFilter
from incidents.api.parameters import Code
from incidents.api.renderers import CSV, JSON, NDJSON, GeoJSON, compact
from incidents.api.stored import StoredResource
from incidents.documents import geojson, tabular
from incidents.documents.incidents import Incident
from incidents.models import PublicIncident


def as_csv(documents: Sequence[dict[str, Any]], values: Mapping[str, Any]) -> bytes:
    """One row an incident or, with ?grain=claim, one row a claim."""
    hashtags = values["hxl"] is not None
    if values["grain"] == "claim":
        rows = [row for document in documents for row in tabular.claim_rows(document)]
        return tabular.csv_text(tabular.CLAIM_COLUMNS, rows, hashtags=hashtags).encode()
    rows = [tabular.incident_row(document) for document in documents]
    return tabular.csv_text(tabular.INCIDENT_COLUMNS, rows, hashtags=hashtags).encode()


def as_geojson(documents: Sequence[dict[str, Any]], _: Mapping[str, Any]) -> bytes:
    """A FeatureCollection with a point, or null, for each incident."""
    return compact(geojson.collection(documents)).encode()


class Incidents(StoredResource):
    """What happened, where and when. A list shows all that overlap a filter; totals, at /victims/, count with care.

    With format=csv and format=geojson pages go by the Link header or X-Next-Cursor; format=ndjson streams everything
    that matches, one document a line, and ends in {"_end": true, "count": n, "seq": s}.
    """

    resource = "incidents"
    singular = "incident"
    kind = choices.PublicKind.INCIDENT
    model = PublicIncident
    document = Incident
    filterset = IncidentFilter
    orderings = {"date": "start_earliest", "killed": "killed_sort", "seq": "seq"}
    ordering = "-date"
    formats = (JSON, CSV, GeoJSON, NDJSON)
    writers = {"csv": as_csv, "geojson": as_geojson}
    list_parameters = {
        "grain": Code(
            "With format=csv: a row an incident or a row a claim.",
            allowed=("incident", "claim"), component="CsvGrain", default="incident", example="incident",
        ),
        "hxl": Code(
            "With format=csv: a row of HXL hashtags below the header.",
            allowed=("1",), component="HxlRow", example="1",
        ),
    }  # fmt: skip
