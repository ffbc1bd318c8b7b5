"""Freezing the record at a sequence number into files that can be cited, each with its SHA-256.

A release is a function of the log up to its number: cut again, it is the same but for what was erased since. Files are
packed by gzip without a time, so that equal contents have equal digests.
"""

import fcntl
import gzip
import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from incidents import choices
from incidents.documents import geojson, tabular
from incidents.documents.upgrades import SCHEMA_VERSION, upgrade
from incidents.models import LogHead, Publication, PublicRelease
from incidents.models.reading import one_state
from incidents.rules.releases import release_folder

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
YEAR = re.compile(r" \((\d{4})\), release ")
KINDS = {
    choices.PublicKind.INCIDENT.value: "incidents",
    choices.PublicKind.INVESTIGATION.value: "investigations",
    choices.PublicKind.PERPETRATOR.value: "perpetrators",
    choices.PublicKind.SOURCE.value: "sources",
    choices.PublicKind.DOCUMENT.value: "documents",
}
WITH_DOCUMENT = (choices.Operation.PUBLISH, choices.Operation.REDACT)
CHUNK = 1_000
BLOCK = 1 << 20

Advance = Callable[[str, int, int], None]


class ReleaseRefused(Exception):
    """A release that cannot be cut; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One file of a release: how many records and packed bytes it has; SHA-256 of the packed bytes, hexadecimal.

    `erased` is how many objects belonged to the record at that number and were erased since: the file has them not.
    """

    name: str
    media_type: str
    records: int
    bytes: int
    sha256: str
    erased: int


class _Out:
    """A packed file while it is written."""

    def __init__(self, folder: Path, name: str, media_type: str) -> None:
        self.path, self.media_type, self.records, self.erased = folder / name, media_type, 0, 0
        self._raw = self.path.open("wb")
        self._packed = gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, compresslevel=6, mtime=0)
        self.text: TextIO = io.TextIOWrapper(self._packed, encoding="utf-8", newline="")

    def close(self) -> ReleaseFile:
        self.text.close()
        self._raw.close()
        digest = hashlib.sha256()
        with self.path.open("rb") as packed:
            while block := packed.read(BLOCK):
                digest.update(block)
        size = self.path.stat().st_size
        return ReleaseFile(self.path.name, self.media_type, self.records, size, digest.hexdigest(), self.erased)


def cut(name: str, *, again: bool = False, at_seq: int | None = None, advance: Advance | None = None) -> PublicRelease:
    """Write the files of a release and its entry; with `again` anew, after something in it was erased or a file broke.

    Where nothing was erased since, the entry stays as it was, with its moment; the citation keeps its year either way.
    `at_seq` is the last sequence number it takes into account, the log's last unless told. `advance(stage, done,
    total)` is called as records are written. Raises ReleaseRefused.
    """
    if not NAME.fullmatch(name):
        told = "is no name of a release; write 1 to 50 lower-case letters, digits, _ and -."
        raise ReleaseRefused(f"'{name[:60]}' {told}")
    before = PublicRelease.objects.filter(name=name).first()
    if before is not None and not again:
        raise ReleaseRefused(f"The release {name} exists, cut at {before.seq}; choose another name, or add --again.")
    if before is None and again:
        raise ReleaseRefused(f"There is no release {name} to cut again; leave --again out.")
    if before is not None and at_seq not in {None, before.seq}:
        raise ReleaseRefused(f"The release {name} was cut at {before.seq} and stays there; leave --at-seq out.")
    final = release_folder(name)
    try:
        with _alone(final.with_name(f".{name}.lock"), name):
            return _cut(name, final, before, at_seq, advance)
    except OSError as error:
        where, why = error.filename or final.parent, error.strerror or error
        raise ReleaseRefused(
            f"The files of the release cannot be written: {where}: {why}. Look at RELEASES_DIR, who may write there and"
            " how much room it has, then start this again."
        ) from error


@contextmanager
def _alone(lock: Path, name: str) -> Iterator[None]:
    """Nobody else cuts this release meanwhile; the lock goes with the process, however it ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ReleaseRefused(f"The release {name} is being cut already; wait until that is done.") from error
        yield


def _cut(
    name: str, final: Path, before: PublicRelease | None, at_seq: int | None, advance: Advance | None
) -> PublicRelease:
    scratch = final.with_name(f".{name}.part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        with one_state("default"):
            head = LogHead.objects.values_list("seq", flat=True).first() or 0
            seq = before.seq if before is not None else head if at_seq is None else at_seq
            if not 0 < seq <= head:
                raise ReleaseRefused(f"There is no sequence number {seq} in this log; it ends at {head}.")
            files = list(_files(scratch, seq, advance))
            written = [asdict(file) for file in files]
            same = before is not None and before.files == written
            year = timezone.now().year if before is None else _year(before)
            erased = sum(file.erased for file in files if file.name.endswith(".ndjson.gz"))
            citation = before.citation if before and same else _citation(name, year, seq, erased)
            (scratch / "CITATION.txt").write_text(citation + "\n", encoding="utf-8")
            sums = "".join(f"{file.sha256}  {file.name}\n" for file in files)
            (scratch / "SHA256SUMS").write_text(sums, encoding="ascii")
        with transaction.atomic():
            release, _ = PublicRelease.objects.update_or_create(
                name=name,
                defaults={
                    "seq": seq,
                    "checked_seq": head,
                    "cut_at": before.cut_at if before and same else timezone.now(),
                    "citation": citation,
                    "files": written,
                },
            )
            shutil.rmtree(final, ignore_errors=True)
            scratch.rename(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return release


def _files(folder: Path, seq: int, advance: Advance | None) -> Iterator[ReleaseFile]:
    for kind, plural in KINDS.items():
        lines = _Out(folder, f"{plural}.ndjson.gz", "application/x-ndjson")
        further = _Incidents(folder) if kind == choices.PublicKind.INCIDENT else None
        lines.erased = _erased(kind, seq)
        total = _kept(kind, seq).count()
        for text in _documents(kind, seq):
            lines.text.write(f"{text}\n")
            lines.records += 1
            if further is not None:
                further.write(json.loads(text))
            if advance is not None and not lines.records % CHUNK:
                advance(plural, lines.records, total)
        if advance is not None:
            advance(plural, lines.records, total)
        end = {"_end": True, "count": lines.records, "erased": lines.erased, "seq": seq}
        lines.text.write(json.dumps(end) + "\n")
        yield lines.close()
        if further is not None:
            yield from further.close(seq, lines.erased)


class _Incidents:
    """The other formats of incidents: tables of them and of their claims, and GeoJSON."""

    def __init__(self, folder: Path) -> None:
        self.table = _Out(folder, "incidents.csv.gz", "text/csv")
        self.claims = _Out(folder, "claims.csv.gz", "text/csv")
        self.places = _Out(folder, "incidents.geojson.gz", "application/geo+json")
        self.table.text.write(tabular.csv_text(tabular.INCIDENT_COLUMNS, ()))
        self.claims.text.write(tabular.csv_text(tabular.CLAIM_COLUMNS, ()))
        self.places.text.write('{"type":"FeatureCollection","features":[')

    def write(self, document: dict[str, Any]) -> None:
        self.table.text.write(tabular.csv_lines(tabular.INCIDENT_COLUMNS, [tabular.incident_row(document)]))
        rows = tabular.claim_rows(document)
        self.claims.text.write(tabular.csv_lines(tabular.CLAIM_COLUMNS, rows))
        feature = json.dumps(geojson.feature(document), ensure_ascii=False, separators=(",", ":"))
        self.places.text.write(f",{feature}" if self.places.records else feature)
        self.table.records += 1
        self.claims.records += len(rows)
        self.places.records += 1

    def close(self, seq: int, erased: int) -> Iterator[ReleaseFile]:
        self.places.text.write(f'],"numberReturned":{self.places.records},"seq":{seq},"next":null}}')
        for out in (self.table, self.claims, self.places):
            out.erased = erased
            yield out.close()


def _documents(kind: str, seq: int) -> Iterator[str]:
    """The documents of a kind that were current at `seq` and are not erased, in the order of the log."""
    columns = ("body__document", "schema_version")
    for text, schema in _kept(kind, seq).order_by("seq").values_list(*columns).iterator(chunk_size=CHUNK):
        if schema == SCHEMA_VERSION:
            yield str(text)
        else:
            upgraded = upgrade(kind, json.loads(text or "{}"), schema)
            yield json.dumps(upgraded, ensure_ascii=False, separators=(",", ":"))


def _kept(kind: str, seq: int) -> QuerySet[Publication]:
    """The rows of the log whose documents a release at `seq` has."""
    return _current(kind, seq).filter(body__document__isnull=False)


def _erased(kind: str, seq: int) -> int:
    """How many objects of a kind had a document at `seq` that was erased since."""
    return _current(kind, seq).filter(operation__in=WITH_DOCUMENT, body__document__isnull=True).count()


def _current(kind: str, seq: int) -> QuerySet[Publication]:
    """The last row of each object of a kind up to `seq`."""
    rows = Publication.objects.filter(kind=kind, seq__lte=seq)
    later = rows.filter(object_id=OuterRef("object_id"), version__gt=OuterRef("version"))
    return rows.filter(~Exists(later))


def _year(release: PublicRelease) -> int:
    """The year that it is cited by: that of its first cut, whenever it was cut again."""
    cited = YEAR.search(release.citation)
    return int(cited[1]) if cited else release.cut_at.year


def _citation(name: str, year: int, seq: int, erased: int) -> str:
    title = settings.SPECTACULAR_SETTINGS["TITLE"]
    site = f", {settings.SITE_URL}/api/v1/releases/{name}/" if settings.SITE_URL else ""
    without = f"Without {erased:,} of its records, which were erased since for privacy. " if erased else ""
    return (
        f"{title} ({year}), release {name}, sequence number {seq} of its publication log{site}. {without}"
        "CC BY 4.0. Cite the sources of the claims you use, and UCDP for its events."
    )
