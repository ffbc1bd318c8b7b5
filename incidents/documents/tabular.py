"""Documents as flat rows: one row an incident, or one row a claim, with plain cells.

Pure functions from documents to rows; which format writes them is the affair of the API and of the exports.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
Cell = str | int | float | bool | None

BETWEEN = " | "
# What a spreadsheet may take for a formula: the four signs, full-width ones too, blanks before them or not.
STARTS_A_FORMULA = re.compile("[\\t\\r\\n]|[\\s\u200b\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")

# Column: its HXL hashtag, empty where the standard has none.
INCIDENT_COLUMNS: dict[str, str] = {
    "id": "#event+id",
    "version": "",
    "seq": "",
    "kind": "#event+kind",
    "title": "#event+name",
    "acts": "#event+type",
    "start_earliest": "#date+start",
    "start_latest": "",
    "end_earliest": "",
    "end_latest": "#date+end",
    "date_precision": "#date+precision",
    "country": "#country+code",
    "pcodes": "#adm+code+list",
    "place": "#loc+name",
    "lat": "#geo+lat",
    "lon": "#geo+lon",
    "precision": "#geo+precision",
    "uncertainty_m": "",
    "clarity": "",
    "grade": "",
    "attribution_status": "",
    "perpetrators": "#group+perpetrator+name",
    "killed_low": "#affected+killed+min",
    "killed_best": "#affected+killed+best",
    "killed_high": "#affected+killed+max",
    "killed_female_best": "#affected+killed+f",
    "killed_child_best": "#affected+killed+children",
    "sources": "#meta+source",
    "claims": "",
    "published_at": "#date+updated",
    "killed_low_open": "#meta+killed+min+open",
    "killed_high_open": "#meta+killed+max+open",
    "contained_in": "#meta+id+container+list",
    "possibly_contained_in": "#meta+id+container+possible+list",
}
CLAIM_COLUMNS: dict[str, str] = {
    "incident": "#event+id",
    "id": "#meta+id",
    "seq": "",
    "asserted_by": "#meta+source+id",
    "asserted_by_name": "#meta+source",
    "document": "",
    "document_title": "",
    "document_url": "#meta+url",
    "published_on": "#date+published",
    "locator": "",
    "quote": "",
    "measure": "#affected+type",
    "unit": "",
    "status": "",
    "qualifier": "",
    "value": "#affected+num",
    "low": "#affected+min",
    "high": "#affected+max",
    "vague_term": "",
    "as_of": "#date+start",
    "scope": "",
    "interim": "",
    "running_total": "",
    "basis": "",
    "credibility": "",
    "standard_of_proof": "",
    "origin": "",
    "retracted_at": "",
    "sets_best": "",
    "reasons": "",
}
_COPIED = ("measure", "unit", "status", "qualifier", "value", "low", "high", "vague_term", "as_of", "scope", "interim",
           "running_total", "basis", "credibility", "standard_of_proof", "origin", "retracted_at", "locator",
           "quote")  # fmt: skip


def name(texts: Mapping[str, str], language: str = "en") -> str:
    """The text in this language, of any country, else in English, else in the first language there is; empty where
    nobody named it."""
    of_country = (text for tag, text in texts.items() if tag.partition("-")[0] == language)
    return texts.get(language) or next(of_country, "") or texts.get("en") or next(iter(texts.values()), "")


def incident_row(document: Document, language: str = "en") -> dict[str, Cell]:
    """An incident document as the cells of INCIDENT_COLUMNS; codes, ids and names of a list are joined by a bar.

    Its title and names are in `language` where they have it. Its killed figures, women and children too, include those
    of what it certainly contains: `contained_in` says which rows repeat others.
    """
    place, dates, point = document["place"], document["dates"], document["place"]["point"] or {}
    killed = _killed(document)
    accused = [each for each in document["attributions"] if each["perpetrating"]]
    sources = (name(claim["asserted_by"]["name"], language) for claim in document["claims"])
    return {
        "id": document["id"],
        "version": document["version"],
        "seq": document["seq"],
        "kind": document["kind"],
        "title": name(document["title"], language),
        "acts": joined(act["act"] for act in document["acts"]),
        "start_earliest": dates["start_earliest"],
        "start_latest": dates["start_latest"],
        "end_earliest": dates["end_earliest"],
        "end_latest": dates["end_latest"],
        "date_precision": dates["precision"],
        "country": place["country"],
        "pcodes": joined(area["pcode"] for area in place["areas"]),
        "place": name(place["names"], language) or place["text"],
        "lat": point.get("lat"),
        "lon": point.get("lon"),
        "precision": place["precision"],
        "uncertainty_m": place["uncertainty_m"],
        "clarity": document["clarity"],
        "grade": document["grade"],
        "attribution_status": document["attribution_status"],
        "perpetrators": joined(name(each["perpetrator"]["name"], language) for each in accused),
        "killed_low": killed.get("low"),
        "killed_best": killed.get("best"),
        "killed_high": killed.get("high"),
        "killed_female_best": killed.get("female_best"),
        "killed_child_best": killed.get("child_best"),
        "sources": joined(sources),
        "claims": len(document["claims"]),
        "published_at": document["published_at"],
        "killed_low_open": killed.get("low_open"),
        "killed_high_open": killed.get("high_open"),
        "contained_in": _containers(document, certain=True),
        "possibly_contained_in": _containers(document, certain=False),
    }


def claim_rows(document: Document, language: str = "en") -> list[dict[str, Cell]]:
    """The claims of an incident document as cells of CLAIM_COLUMNS."""
    of = {"incident": document["id"], "seq": document["seq"]}
    return [claim_row({**claim, **of}, language) for claim in document["claims"]]


def claim_row(claim: Document, language: str = "en") -> dict[str, Cell]:
    """A claim document as the cells of CLAIM_COLUMNS; reasons say why it was set aside for an estimate."""
    stands_in = claim["document"] or {}
    set_aside = (use["reason"] for use in claim["used"] if not use["used"])
    return {column: claim[column] for column in _COPIED} | {
        "incident": claim["incident"],
        "id": claim["id"],
        "seq": claim["seq"],
        "asserted_by": claim["asserted_by"]["id"],
        "asserted_by_name": name(claim["asserted_by"]["name"], language),
        "document": stands_in.get("id"),
        "document_title": name(stands_in.get("title", {}), language),
        "document_url": stands_in.get("url"),
        "published_on": stands_in.get("published_on"),
        "sets_best": any(use["sets_best"] for use in claim["used"]),
        "reasons": joined(set_aside),
    }


def csv_text(columns: Mapping[str, str], rows: Iterable[Mapping[str, Cell]], *, hashtags: bool = False) -> str:
    """CSV (RFC 4180, CRLF) with a header and, on request, the HXL row of hashtags below it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    if hashtags:
        writer.writerow(columns.values())
    return buffer.getvalue() + csv_lines(columns, rows)


def csv_lines(columns: Iterable[str], rows: Iterable[Mapping[str, Cell]]) -> str:
    """Rows of a CSV without its header, for what is written piece by piece."""
    buffer = io.StringIO()
    names = list(columns)
    csv.writer(buffer, lineterminator="\r\n").writerows([safe(row[name]) for name in names] for row in rows)
    return buffer.getvalue()


def safe(cell: Cell) -> str | int | float:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers, nothing is an empty cell."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and STARTS_A_FORMULA.match(cell):
        return f"'{cell}"
    return cell


def joined(values: Iterable[str]) -> str:
    """The values once each, in their order, with a bar between them."""
    return BETWEEN.join(dict.fromkeys(value for value in values if value))


def _killed(document: Document) -> Mapping[str, Any]:
    figures: Sequence[Mapping[str, Any]] = document["totals"]
    for figure in figures:
        if (figure["measure"], figure["unit"], figure["basis"], figure["status"]) == (
            "killed", "person", "documented", "all",
        ):  # fmt: skip
            return figure
    return {}


def _containers(document: Document, *, certain: bool) -> str:
    """The ids of the published incidents said to contain it directly, certainly (confirmed, probable) or possibly."""
    return joined(
        relation["incident"]["id"]
        for relation in document["relations"]
        if relation["type"] == "contains" and relation["incoming"] and (relation["certainty"] != "possible") == certain
    )
