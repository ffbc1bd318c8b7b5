"""Tables that come from outside: strict UTF-8, a header checked by name, cells read or refused in words.

What the columns mean is decided by each importer; nothing here touches the database.
"""

import codecs
import csv
import datetime as dt
import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

LARGEST = 2_147_483_647  # what an integer column holds on both databases
CHUNK = 1 << 20
LONGEST_LINE = 1 << 20
# A CSV of events shrinks to about a twelfth; a file that unpacks to hundreds of times its size is a bomb.
BOMB_RATIO, BOMB_SIZE = 200, 1 << 26
MANY_COLUMNS = 5
WHOLE_ROW = "(whole row)"

WHOLE_NUMBER = re.compile(r"-?\d+", re.ASCII)
DEGREES = re.compile(r"-?\d{1,3}(\.\d+)?", re.ASCII)
DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00:00(?:\.0+)?)?", re.ASCII)

T = TypeVar("T")


class FileRefused(Exception):
    """The file as a whole cannot be read; the message says where it fails and what to do instead."""


class CellRefused(Exception):
    """A cell that cannot be read: its column, its value, and what to write instead."""

    def __init__(self, column: str, value: str, instead: str) -> None:
        self.column = column
        self.value = value
        self.instead = instead
        super().__init__(f'{column} "{value}": {instead}')


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read: its name, the SHA-256 of its (unpacked) text, how many lines, its columns."""

    path: Path
    sha256: str
    lines: int
    columns: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, dict[str, str] | CellRefused]]:
        """Each row's number, the header being row 1 as in a spreadsheet, with its cells by column or its refusal."""
        with _opened(self.path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            next(reader)
            number = 1
            while True:
                number += 1
                first_line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    instead = f"lines {first_line} to {reader.line_num} are not one CSV row ({error}); close the quote"
                    yield number, CellRefused(WHOLE_ROW, "", instead)
                    continue
                if cells:
                    yield number, self._by_column(cells)

    def _by_column(self, cells: list[str]) -> dict[str, str] | CellRefused:
        if len(cells) != len(self.columns):
            instead = f"has {len(cells)} cells and the header {len(self.columns)}; quote a cell that holds a comma"
            return CellRefused(WHOLE_ROW, cells[0][:40], instead)
        row = dict(zip(self.columns, cells, strict=True))
        if "\0" in "".join(cells):
            column, cell = next((column, cell) for column, cell in row.items() if "\0" in cell)
            return CellRefused(column, cell.replace("\0", "\\0")[:40], "holds a NUL character; remove it")
        return row


def read_table(path: Path, *, required: Collection[str], known: Collection[str]) -> Table:
    """Check a CSV file, gzipped or not, from its first byte to its last, and its header by name.

    Raises FileRefused for a file that cannot be opened or unpacked, whose name or text is not UTF-8 (byte
    offset and line), or whose header lacks a required column, or has one twice or one that is not known.
    """
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(path.name).decode(errors="backslashreplace")
        raise FileRefused(f"The file's name is not UTF-8: {shown}; rename it, then start this again") from error
    sha256, lines = _checked(path)
    with _opened(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        try:
            header = next(csv.reader(text, strict=True), [])
        except csv.Error as error:
            raise FileRefused(f"{path.name}: the header is not a CSV row ({error})") from error
    faults = [
        ("lacks", [name for name in required if name not in header]),
        ("has unknown columns", [name for name in header if name not in known]),
        ("names twice", sorted({name for name in header if header.count(name) > 1}) if len(header) < 1000 else []),
    ]
    found = [f"{fault} {_some(names, known)}" for fault, names in faults if names]
    if found:
        raise FileRefused(f"{path.name}: the header {'; '.join(found)}")
    return Table(path, sha256, lines, tuple(header))


class Ahead(Generic[T]):
    """Items in lists of `size`; told to, a thread makes the next list meanwhile, and may not ask the database."""

    def __init__(self, items: Iterable[T], size: int) -> None:
        self._items = iter(items)
        self._size = size
        self._pool = ThreadPoolExecutor(1, "ahead")
        self._coming: Future[list[T]] | None = None

    def prepare(self) -> None:
        """Begin to make the next list: now that the database has something to do, and Python nothing."""
        if self._coming is None:
            self._coming = self._pool.submit(lambda: list(islice(self._items, self._size)))

    def __iter__(self) -> Iterator[list[T]]:
        with self._pool:
            while made := self._next():
                yield made

    def _next(self) -> list[T]:
        coming, self._coming = self._coming, None
        return list(islice(self._items, self._size)) if coming is None else coming.result()


def whole_number(row: Mapping[str, str], column: str, *, lowest: int = 0) -> int:
    """The cell as a whole number from `lowest` to 2,147,483,647."""
    number = optional_number(row, column, lowest=lowest)
    if number is None:
        raise CellRefused(column, row[column], "is empty; write a whole number such as 12")
    return number


def optional_number(row: Mapping[str, str], column: str, *, lowest: int = 0) -> int | None:
    """The cell as a whole number; None, which is not 0, where it is blank."""
    value = row[column].strip()
    if not value:
        return None
    if not WHOLE_NUMBER.fullmatch(value):
        raise CellRefused(column, value, "write one whole number in digits, such as 12; a range goes into low and high")
    if len(value) > 11 or int(value) > LARGEST:
        raise CellRefused(column, value, f"is more than {LARGEST:,}; write the number that is meant")
    if int(value) < lowest:
        raise CellRefused(column, value, f"write {lowest} or more; leave it empty if it is not known")
    return int(value)


def iso_date(row: Mapping[str, str], column: str) -> dt.date:
    """The cell as a date of the calendar, written 2016-01-31; a time of midnight after it is let pass."""
    value = row[column].strip()
    match = DATE.fullmatch(value)
    try:
        return dt.date.fromisoformat(match[1] if match else "")
    except ValueError as error:
        raise CellRefused(column, value, "write a date that exists, such as 2016-01-31") from error


def degrees(row: Mapping[str, str], column: str, *, limit: int) -> float:
    """The cell as decimal degrees from -limit to limit."""
    value = row[column].strip()
    if not DEGREES.fullmatch(value):
        raise CellRefused(column, value, "write decimal degrees such as 34.802462")
    if abs(float(value)) > limit:
        raise CellRefused(column, value, f"is off the earth; write degrees from -{limit} to {limit}")
    return float(value)


def coded(row: Mapping[str, str], column: str, codes: Mapping[str, T]) -> T:
    """What the cell's code stands for."""
    value = row[column].strip()
    if value not in codes:
        raise CellRefused(column, value, f"is not a code; write one of {', '.join(codes)}")
    return codes[value]


def short_text(row: Mapping[str, str], column: str, *, longest: int, needed: bool = False) -> str:
    """The cell's text without the space around it."""
    value = row[column].strip()
    if len(value) > longest:
        raise CellRefused(column, f"{value[:40]}…", f"has {len(value):,} characters; write {longest:,} at most")
    if needed and not value:
        raise CellRefused(column, value, "is empty; write the name")
    return value


def _opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.GzipFile(path, "rb") if packed else path.open("rb")


def _checked(path: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    total = lines = unbroken = 0
    try:
        packed_size = path.stat().st_size
        with _opened(path) as stream:
            while True:
                chunk = stream.read(CHUNK)
                pending = len(decoder.getstate()[0])
                try:
                    decoder.decode(chunk, final=not chunk)
                except UnicodeDecodeError as error:
                    line = lines + error.object[: error.start].count(b"\n") + 1
                    offset = total - pending + error.start
                    raise FileRefused(
                        f"{path.name} is not UTF-8 at byte {offset} (line {line}); save it as UTF-8 and import it again"
                    ) from error
                if not chunk:
                    break
                digest.update(chunk)
                total += len(chunk)
                lines += chunk.count(b"\n")
                unbroken = len(chunk) - chunk.rfind(b"\n") - 1 if b"\n" in chunk else unbroken + len(chunk)
                if unbroken > LONGEST_LINE:
                    raise FileRefused(
                        f"{path.name}: line {lines + 1} is longer than {LONGEST_LINE:,} bytes: no CSV of events"
                    )
                if total > BOMB_SIZE and total > BOMB_RATIO * packed_size:
                    raise FileRefused(f"{path.name} unpacks to more than {BOMB_RATIO} times its size: no CSV of events")
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefused(f"{path.name} cannot be read: {error}") from error
    if not total:
        raise FileRefused(f"{path.name} is empty")
    return digest.hexdigest(), lines


def _suggested(name: str, known: Collection[str]) -> str:
    close = [] if name in known else get_close_matches(name[:60], known, n=1)
    return f"'{name[:60]}' (did you mean {close[0]}?)" if close else f"'{name[:60]}'"


def _some(names: list[str], known: Collection[str]) -> str:
    more = len(names) - MANY_COLUMNS
    shown = ", ".join(_suggested(name, known) for name in names[:MANY_COLUMNS])
    return shown + (f" and {more:,} more" if more > 0 else "")
