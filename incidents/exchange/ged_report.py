"""What an import of UCDP events did, row by row and in sums; how it is shown is the command's matter.

Every row read is counted once: created, updated, unchanged or refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from incidents.exchange.tables import CellRefused

SHOWN_REFUSED, SHOWN_WARNINGS = 20, 5
KEPT = 100


@dataclass(frozen=True, slots=True)
class RowNote:
    """A cell of a row that was refused or warned about. `row` counts from 1, the header, as spreadsheets do."""

    row: int
    column: str
    value: str
    note: str

    @classmethod
    def of(cls, row: int, cell: CellRefused) -> "RowNote":
        """The note on that row's cell."""
        return cls(row, cell.column, cell.value, cell.instead)

    def __str__(self) -> str:
        return f'row {self.row}, {self.column} "{self.value}": {self.note}'


@dataclass
class Notes:
    """Notes of one kind: all are counted and the first hundred kept, since a file may have a fault in every row."""

    count: int = 0
    kept: list[RowNote] = field(default_factory=list)

    def append(self, note: RowNote) -> None:
        """Count one more."""
        self.count += 1
        if len(self.kept) < KEPT:
            self.kept.append(note)


@dataclass
class Sums:
    """Sums of reported deaths in persons, in the columns low, value (best) and high."""

    low: int = 0
    best: int = 0
    high: int = 0

    def add(self, low: int, best: int | None, high: int) -> None:
        """Add the figures of one event; an unknown best adds nothing."""
        self.low += low
        self.best += best or 0
        self.high += high

    def __str__(self) -> str:
        return f"{self.low:,} / {self.best:,} / {self.high:,}"


@dataclass
class GedReport:
    """Rows by what became of them; figures as read from the rows not refused and as stored for their incidents."""

    file: str
    sha256: str
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: Notes = field(default_factory=Notes)
    warnings: Notes = field(default_factory=Notes)
    sums_read: Sums = field(default_factory=Sums)
    sums_stored: Sums = field(default_factory=Sums)
    located: int = 0
    published: int = 0
    last_seq: int | None = None

    @property
    def complete(self) -> bool:
        """Whether every row is accounted for and what is stored is what was read."""
        counted = self.created + self.updated + self.unchanged + self.refused.count
        return counted == self.read and self.sums_read == self.sums_stored

    def lines(self) -> Iterator[str]:
        """The report in plain words, the first notes of each kind in full."""
        yield f"{self.file}: {self.read:,} rows read"
        yield (
            f"  created {self.created:,}, updated {self.updated:,}, unchanged {self.unchanged:,},"
            f" refused {self.refused.count:,}"
        )
        yield f"  deaths read, low / best / high:   {self.sums_read}"
        yield f"  deaths stored, low / best / high: {self.sums_stored}"
        yield f"  with an area of the gazetteer: {self.located:,}"
        if self.last_seq is not None:
            yield f"  published {self.published:,} log rows; the log is at {self.last_seq:,}"
        for word, notes, shown in (
            ("refused", self.refused, SHOWN_REFUSED),
            ("warning", self.warnings, SHOWN_WARNINGS),
        ):
            yield from (f"  {word}: {note}" for note in notes.kept[:shown])
            if notes.count > shown:
                yield f"  {word}: and {notes.count - shown:,} more"
        if not self.complete:
            yield "  ATTENTION: what is stored is not what was read; somebody changed these figures since."
