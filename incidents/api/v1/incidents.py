"""Incidents: what happened, where and when, with every claim and what is derived from them.

The filters are in api/filters.py, since victims share them; discounted incidents are listed like any other.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from incidents import choices
from incidents.api.filters import IncidentFilter
from incidents.api.parameters import Code
from incidents.api.renderers import CSV, JSON, NDJSON, GeoJSON, compact
from incidents.api.versioned import StoredResource
from incidents.api.writers import Writer
from incidents.documents import geojson, tabular
from incidents.documents.incidents import Incident
from incidents.models import PublicIncident

BYTE_ORDER_MARK = "\ufeff"


class Table(Writer):
    """CSV: one row an incident or, with ?grain=claim, one row a claim."""

    def opening(self, values: Mapping[str, Any]) -> str:
        header = tabular.csv_text(self.columns(values), (), hashtags=values["hxl"] is not None)
        return header if values["bom"] is None else f"{BYTE_ORDER_MARK}{header}"

    def rows(self, texts: Sequence[str | bytes], values: Mapping[str, Any], *, first: bool) -> str:
        documents, language = [json.loads(text) for text in texts], values["language"]
        if values["grain"] == "claim":
            rows = [row for document in documents for row in tabular.claim_rows(document, language)]
        else:
            rows = [tabular.incident_row(document, language) for document in documents]
        return tabular.csv_lines(self.columns(values), rows)

    def columns(self, values: Mapping[str, Any]) -> Mapping[str, str]:
        """The columns of the grain asked for."""
        return tabular.CLAIM_COLUMNS if values["grain"] == "claim" else tabular.INCIDENT_COLUMNS


class FeatureCollection(Writer):
    """GeoJSON: a feature with a point, or null, for each incident, and behind them how many these are."""

    def opening(self, values: Mapping[str, Any]) -> str:
        return '{"type":"FeatureCollection","features":['

    def rows(self, texts: Sequence[str | bytes], values: Mapping[str, Any], *, first: bool) -> str:
        features = ",".join(compact(geojson.feature(json.loads(text))) for text in texts)
        return features if first or not features else f",{features}"

    def closing(self, count: int, seq: int, following: str | None = None) -> str:
        return f"],{compact({'numberReturned': count, 'seq': seq, 'next': following})[1:]}"


class Incidents(StoredResource):
    """What happened, where and when. A list shows all that overlap a filter; totals, at /victims/, count with care.

    JSON comes in pages. format=csv, format=geojson and format=ndjson answer everything that matches, read at one state
    of the log; NDJSON, one document a line, ends in {"_end": true, "count": n, "seq": s}, and GeoJSON in
    `numberReturned`, `seq` and a `next` of null. With `limit` or `cursor`, CSV and GeoJSON are pages too: the Link
    header and X-Next-Cursor, and in GeoJSON `next`, lead on. A row of CSV and a feature count what the incident
    contains, so that rows overlap: `contained_in` and `possibly_contained_in` name the incidents whose figures may have
    the same people. Do not add rows up; /victims/ counts them. `killed_low_open` and `killed_high_open` say where a
    bound is open.
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
    writers = {"csv": Table(), "geojson": FeatureCollection()}
    only_in = {"grain": "csv", "hxl": "csv", "bom": "csv", "language": "csv"}
    list_parameters = {
        "grain": Code(
            "With format=csv: a row an incident or a row a claim.",
            allowed=("incident", "claim"), component="CsvGrain", default="incident", example="incident",
        ),
        "hxl": Code(
            "With format=csv: a row of HXL hashtags below the header.",
            allowed=("1",), component="HxlRow", example="1",
        ),
        "bom": Code(
            "With format=csv: begin with a byte order mark, for spreadsheets that take a file without one for another "
            "encoding than UTF-8.",
            allowed=("1",), component="ByteOrderMark", example="1",
        ),
        "language": Code(
            "With format=csv: the language of the title and of names, as far as they have it; else English, else "
            "whichever they have.",
            allowed=choices.Language.values, component="CsvLanguage", default="en", example="ar",
        ),
    }  # fmt: skip
