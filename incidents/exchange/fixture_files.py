"""Reading the CSV files of `fixtures/`: rows with their numbers, typed cells, refusals in words.

What the rows mean is decided by the loader of each file.
"""

import csv
import gzip
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from incidents.choices import AuditAction
from incidents.rules.trail import auditing

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


class Advance(Protocol):
    """Told how far a stage of a load has come, so that a command can show it."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def say_nothing(stage: str, done: int, total: int) -> None:
    """The `Advance` of a caller that shows nothing."""


class RowRefused(Exception):
    """A row that cannot be loaded: where it stands, what it says and what to write instead."""

    def __init__(self, file: str, row: int, column: str, value: str, advice: str) -> None:
        self.file = file
        self.row = row
        self.column = column
        self.value = value
        self.advice = advice
        super().__init__(f'{file}, row {row}, column {column}: "{value}" {advice}')


@dataclass(frozen=True)
class Row:
    """A row of a file. `number` counts from 1 with the heading as row 1, as spreadsheets do."""

    file: str
    number: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """The cell without surrounding space; never null, so that "NA" stays Namibia."""
        return self.cells[column].strip()

    def required(self, column: str) -> str:
        """The cell; RowRefused if it is empty."""
        text = self.text(column)
        if not text:
            raise self.refused(column, "is empty; every row needs a value here.")
        return text

    def several(self, column: str) -> list[str]:
        """The parts of a cell separated by "|", without empty ones."""
        return [part.strip() for part in self.cells[column].split("|") if part.strip()]

    def whole_number(self, column: str) -> int:
        """The cell as a whole number of 0 or more; RowRefused if it is none."""
        text = self.text(column)
        if not (text.isascii() and text.isdigit()):
            raise self.refused(column, "is not a whole number; write digits only, such as 2.")
        return int(text)

    def degrees(self, column: str, limit: int) -> float | None:
        """The cell as decimal degrees from -limit to limit, None if empty; RowRefused otherwise."""
        text = self.text(column)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not -limit <= value <= limit:
            raise self.refused(column, f"is not between -{limit} and {limit}; write decimal degrees, such as 35.01.")
        return value

    def day(self, column: str) -> date | None:
        """The cell as a date, None if empty; RowRefused if it is not ISO 8601."""
        text = self.text(column)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self.refused(column, "is not a date; write year-month-day, such as 2025-03-06.") from None

    def refused(self, column: str, advice: str) -> RowRefused:
        """The refusal of this row for what stands in `column`; `advice` goes on after the value."""
        return RowRefused(self.file, self.number, column, self.cells.get(column, ""), advice)


@dataclass
class Tally:
    """How many of one kind a load read from its files, and what became of them."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def in_words(self) -> str:
        """The four figures as a command prints them."""
        return f"{self.read:,} read, {self.created:,} created, {self.updated:,} updated, {self.unchanged:,} unchanged"


def read(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a UTF-8 CSV file, gzipped if its name ends in .gz.

    RowRefused if a column is missing or a row has more or fewer cells than the heading;
    UnicodeDecodeError if the file is not UTF-8; FileNotFoundError if there is none.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        heading = next(reader, [])
        for column in columns:
            if column not in heading:
                raise RowRefused(path.name, 1, column, ",".join(heading), "lacks this column; add it to the heading.")
        for number, cells in enumerate(reader, start=2):
            if len(cells) != len(heading):
                advice = f"has {len(cells)} cells instead of {len(heading)}; quote the cells that hold a comma."
                raise RowRefused(path.name, number, heading[0], cells[0] if cells else "", advice)
            yield Row(path.name, number, dict(zip(heading, cells, strict=True)))


def recorded(what: str, *tallies: Tally) -> None:
    """Write into the audit chain that a load changed something, and how much; part of the caller's transaction."""
    created, updated = sum(each.created for each in tallies), sum(each.updated for each in tallies)
    if created or updated:
        auditing.record(action=AuditAction.IMPORT, after={"file": what, "created": created, "updated": updated})
