"""Incidents as GeoJSON (RFC 7946): WGS 84, longitude first, never a point finer than what is published.

Pure functions from documents to features, and the schemas of what they return.
"""

from collections.abc import Mapping
from typing import Any

from incidents.documents.tabular import INCIDENT_COLUMNS, Cell, incident_row

Schema = dict[str, Any]

IN_GEOMETRY = frozenset({"lat", "lon"})
_INTEGERS = frozenset({"version", "seq", "uncertainty_m", "killed_low", "killed_best", "killed_high",
                       "killed_female_best", "killed_child_best", "claims"})  # fmt: skip
_BOOLEANS = frozenset({"killed_low_open", "killed_high_open"})
_NEVER_NULL = frozenset({"id", "version", "seq", "kind", "title", "acts", "start_earliest", "date_precision", "country",
                         "pcodes", "precision", "clarity", "grade", "attribution_status", "perpetrators", "sources",
                         "claims", "published_at", "contained_in", "possibly_contained_in"})  # fmt: skip


def feature(document: Mapping[str, Any]) -> dict[str, Any]:
    """One incident as a Feature: its public point or null, and flat properties named as in CSV."""
    row: dict[str, Cell] = incident_row(document)
    point = document["place"]["point"]
    geometry = {"type": "Point", "coordinates": [point["lon"], point["lat"]]} if point else None
    properties = {name: value for name, value in row.items() if name not in IN_GEOMETRY}
    return {"type": "Feature", "id": document["id"], "geometry": geometry, "properties": properties}


def _property(name: str) -> Schema:
    kind = "integer" if name in _INTEGERS else "boolean" if name in _BOOLEANS else "string"
    schema: Schema = {"type": kind if name in _NEVER_NULL else [kind, "null"]}
    return schema | ({"minimum": 0, "maximum": 2_147_483_647} if kind == "integer" else {})


def _whole(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": 2_147_483_647, "description": description}


def _object(properties: Schema, description: str) -> Schema:
    return {"type": "object", "description": description, "properties": properties, "required": list(properties)}


# Named components, since generators make nothing usable of inline unions.
COMPONENTS: dict[str, Schema] = {
    "GeoPoint": _object(
        {
            "type": {"type": "string", "const": "Point"},
            "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        },
        "Longitude and latitude in degrees (WGS 84).",
    ),
    "IncidentProperties": _object(
        {name: _property(name) for name in INCIDENT_COLUMNS if name not in IN_GEOMETRY},
        "An incident in flat values, named as in CSV.",
    ),
    "IncidentFeature": _object(
        {
            "type": {"type": "string", "const": "Feature"},
            "id": {"type": "string", "format": "uuid"},
            "geometry": {"oneOf": [{"$ref": "#/components/schemas/GeoPoint"}, {"type": "null"}]},
            "properties": {"$ref": "#/components/schemas/IncidentProperties"},
        },
        "An incident; its geometry is null where no point is public.",
    ),
    "IncidentFeatureCollection": _object(
        {
            "type": {"type": "string", "const": "FeatureCollection"},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/IncidentFeature"}},
            "numberReturned": _whole("How many features these are."),
            "seq": _whole("The log's last sequence number when they were read."),
            "next": {
                "type": ["string", "null"],
                "format": "uri",
                "description": "The URL of the next page; null on the last, and where this is no page but all.",
            },
        },
        "Incidents as GeoJSON (RFC 7946): everything that matches or, with `limit` or `cursor`, a page.",
    ),
}
