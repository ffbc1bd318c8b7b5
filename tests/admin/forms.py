"""Filling in the admin's forms as a browser would: what the page shows is what is sent back.

What is changed in it is the test's matter.
"""

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class _Fields(HTMLParser):
    """Names and values of the fields of the first form with a save button, lines for new children left out."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self._select: str | None = None
        self._multiple = False
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if "__prefix__" in name or name.startswith("_") or name in {"language", "next", "csrfmiddlewaretoken"}:
            return
        if tag == "select":
            self._select, self._multiple = name, "multiple" in given
        elif tag == "option" and self._select and "selected" in given:
            value = given.get("value") or ""
            if self._multiple:
                self.values.setdefault(self._select, []).append(value)
            else:
                self.values[self._select] = value
        elif tag == "textarea" and name:
            self._textarea = name
            self.values[name] = ""
        elif tag == "input" and name:
            kind = given.get("type")
            if kind in {"checkbox", "radio"} and "checked" not in given:
                return
            if kind != "submit":
                self.values[name] = given.get("value") or ("on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values[self._textarea] += data.removeprefix("\n")


def filled(client: Client, path: str) -> dict[str, Any]:
    """What the form at that address would send back untouched."""
    return fields_of(client.get(path).content.decode())


def fields_of(page: str) -> dict[str, Any]:
    """What the form of that page would send back untouched."""
    parser = _Fields()
    parser.feed(page)
    return parser.values


def inline_rows(prefix: str, rows: list[dict[str, Any]], start: int = 0) -> dict[str, Any]:
    """New lines of children, after ``start`` lines that are there."""
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": start + len(rows), f"{prefix}-INITIAL_FORMS": start}
    defaults = {
        "unit": "person",
        "basis": "documented",
        "scope": "same",
        "standard_of_proof": "none_stated",
        "origin": "entered",
    }
    for position, row in enumerate(rows, start=start):
        data |= {f"{prefix}-{position}-{name}": value for name, value in (defaults | row).items()}
    return data
