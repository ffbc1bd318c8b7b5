"""Importing a UCDP GED file into the working record, and publishing it where asked: an upsert by UCDP's event id.

Batches of rows are one transaction each, so that an import that was killed ends, started again, in
the same state; reading rows is ged_rows.py's matter, what they become ged_mapping.py's.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from django.db import connections, router, transaction
from django.db.models import Max

from incidents import choices
from incidents.exchange import ged_changes, ged_mapping
from incidents.exchange.ged_by_hand import REASON, Lost, brought_by_merges
from incidents.exchange.ged_changes import Placed
from incidents.exchange.ged_places import Places
from incidents.exchange.ged_report import GedReport, RowNote
from incidents.exchange.ged_rows import KNOWN, REQUIRED, GedEvent, Side, read_event
from incidents.exchange.ged_seen import Seen, shortened
from incidents.exchange.ged_stored import Asserted
from incidents.exchange.one_at_once import one_at_once
from incidents.exchange.tables import Ahead, CellRefused, FileRefused, Table, read_table
from incidents.exchange.unpublished import NAMES_WAITING, WAITS, edited_by_hand, naming_edited
from incidents.models import (
    Actor,
    ActorReference,
    AdminArea,
    Attribution,
    Claim,
    ClaimCell,
    Document,
    Incident,
    IncidentAct,
    IncidentReference,
    Publication,
    PublicIncident,
    Source,
    bulk,
)
from incidents.models.behind import behind
from incidents.models.gathering import among
from incidents.rules.publication.board import TABLES
from incidents.rules.publication.publishing import publish
from incidents.rules.trail import auditing, log
from incidents.rules.trail.auditing import Deed
from incidents.rules.trail.changes import Changes

BATCH = 2_000
MANY = 1_000  # published objects, by which the public tables may have become others than they were
TO_PUBLISH = ("id", "public_id", "merged_into_id")  # what is told of an incident to whoever publishes it
SOURCE_NAME = "Uppsala Conflict Data Program (UCDP)"
SOURCE_REASON = "A published codebook, several checks of each event, and ranges where reports disagree."
DOWNLOADS = "https://ucdp.uu.se/downloads/"
RIGHTS = "CC BY 4.0; cite Sundberg and Melander (2013) and the release"
HASHED = "the CSV text, unpacked"

Read = tuple[GedEvent, list[CellRefused], int]
Advance = Callable[[str, int, int], None]


def import_ged(path: Path, *, publishing: bool = False, advance: Advance | None = None) -> GedReport:
    """Import one GED file, CSV or gzipped; with `publishing`, publish each batch in its transaction.

    A row that cannot be read is in `refused`; the rest is stored. A row whose figures differ from
    what is stored becomes a new claim that supersedes the old one. `advance(stage, done, total)`
    is called after each batch. Raises FileRefused where the file as a whole cannot be read, and
    ImportRunning while somebody else imports.
    """
    table = read_table(path, required=REQUIRED, known=KNOWN)
    with one_at_once():
        return _imported(table, publishing, advance)


def _imported(table: Table, publishing: bool, advance: Advance | None) -> GedReport:
    if not AdminArea.objects.filter(level=0).exists():
        raise FileRefused("There is no gazetteer in this database: run load_gazetteer first.")
    name = table.path.name
    report = GedReport(name, table.sha256)
    importing = _Import(table, report, publishing=publishing)
    for rows in importing.rows:
        importing.store(list(importing.readable(rows)))
        if advance:
            advance(name, report.read, max(report.read, table.lines - 1))
    if report.published >= MANY:
        bulk.look_over(TABLES.values())
    if advance:
        advance(name, report.read, report.read)
    return report


class _Import:
    def __init__(self, table: Table, report: GedReport, *, publishing: bool) -> None:
        self.table = table
        self.report = report
        self.publishing = publishing
        self.rows = Ahead(_read(table), BATCH)
        self.seen = Seen()
        self.lost = Lost()
        self.places = Places()
        self.actors: dict[str, int] = dict(
            ActorReference.objects.filter(scheme=ged_mapping.ACTOR_SCHEME).values_list("key", "actor_id")
        )

    def readable(self, rows: Iterable[tuple[int, Read | CellRefused]]) -> Iterator[Placed]:
        """The rows that can be stored; the others are noted in the report."""
        for number, read in rows:
            self.report.read += 1
            try:
                if isinstance(read, CellRefused):
                    raise read
                event, warnings, content = read
                if (first := self.seen.first(event.id)) is not None:
                    self._repeated(number, event, first, content)
                    continue
                country = self.places.country(event)
            except CellRefused as refused:
                self.report.refused.append(RowNote.of(number, refused))
                continue
            self.seen.add(event.id, number, content)
            for warning in warnings:
                self.report.warnings.append(RowNote.of(number, warning))
            self.report.sums_read.add(event.low, event.best, event.high)
            yield Placed(number, event, country, self.places.area(event, country))

    def _repeated(self, number: int, event: GedEvent, first: tuple[int, int], content: int) -> None:
        row, first_content = first
        if content != first_content:
            instead = f"stands in row {row} already, with other content; keep one of the two"
            raise CellRefused("id", str(event.id), instead)
        self.report.unchanged += 1
        self.report.warnings.append(RowNote(number, "id", str(event.id), f"repeats row {row} word for word"))

    @bulk.uncollected()
    def store(self, batch: Sequence[Placed]) -> None:
        """Store one batch, and publish what it calls for, in one transaction.

        Its incidents are locked before anybody asks what people made of them, and the log before these: an edit that
        is saved meanwhile waits, and is neither overwritten nor published with the batch. Nor does anybody merge or
        undo a merge between the reading of the references and the locking of their incidents, published or not.
        """
        if not batch:
            return
        with transaction.atomic():
            log.lock_head()
            self.asserted, entered = _asserted(self.table)
            references = _held_references([str(placed.event.id) for placed in batch])
            known = {reference.key: reference.incident for reference in references}
            met = [(known[str(placed.event.id)], placed) for placed in batch if str(placed.event.id) in known]
            news = self._news([placed for placed in batch if str(placed.event.id) not in known])
            actors = self._settle_actors([*(placed for _, placed in met), *news])
            created = self._create(news)
            brought = brought_by_merges(references)
            changed, deeds = ged_changes.apply(met, brought, self.asserted, self.actors, self.report)
            self.report.created += len(created)
            self.report.updated += len(changed)
            self.report.unchanged += len(met) - len(changed)
            self._sum_stored([*created, *(incident.pk for incident, _ in met)])
            if self.publishing:
                incidents = [*among(Incident, "pk", created, ("pk",), only=TO_PUBLISH), *(each for each, _ in met)]
                placed_at = dict(zip(created, news, strict=True)) | {each.pk: placed for each, placed in met}
                self._publish(incidents, {*created, *(incident.pk for incident in changed)}, placed_at)
            if created or changed or actors or entered:
                auditing.record_all([*entered, self._told(created, changed, actors), *deeds])
            self.rows.prepare()  # while the database checks the foreign keys of this batch

    def _told(self, created: Mapping[int, UUID], changed: Sequence[Incident], actors: Sequence[int]) -> Deed:
        """The batch as the audit chain tells it: out of which file, and which incidents and actors are new.

        What the file says of these is in the file, whose digest stands here; what it changed is a deed of its own.
        """
        new: dict[str, Iterable[UUID]] = {"incidents": created.values()}
        new["actors"] = Actor.objects.filter(pk__among=actors).order_by("pk").values_list("public_id", flat=True)
        ids = {name: list(map(str, several)) for name, several in new.items()}
        file = {"file": self.report.file, "sha256": self.report.sha256}
        counts = {"created": len(created), "updated": len(changed)}
        return Deed(choices.AuditAction.IMPORT, after=file | counts | {name: of for name, of in ids.items() if of})

    def _news(self, batch: Sequence[Placed]) -> list[Placed]:
        """Those of these unknown events that the record never had; what the desk took out stays out."""
        lost = self.lost.among([(placed.event, placed.country) for placed in batch])
        for placed in batch:
            if note := lost.get(placed.event.id):
                self.report.unchanged += 1
                self.report.warnings.append(RowNote(placed.row, "id", str(placed.event.id), note))
        return [placed for placed in batch if placed.event.id not in lost]

    def _settle_actors(self, batch: Sequence[Placed]) -> Sequence[int]:
        """Store the actors that are new; their primary keys."""
        named: dict[str, Side] = {}
        for placed in batch:
            for side in ged_mapping.sides(placed.event):
                if str(side.id) not in self.actors:
                    named.setdefault(str(side.id), side)
        if not named:
            return ()
        rows = [ged_mapping.actor_values(side) for side in named.values()]
        created = dict(zip(named, bulk.create(Actor, rows, reason=REASON), strict=True))
        ActorReference.objects.bulk_create(
            ActorReference(actor_id=actor, scheme=ged_mapping.ACTOR_SCHEME, key=key) for key, actor in created.items()
        )
        self.actors |= created
        return list(created.values())

    def _create(self, batch: Sequence[Placed]) -> dict[int, UUID]:
        """Store incidents that are new, with all that belongs to them; returns their ids by primary key.

        The database takes in the rows of one table while those of the next are made.
        """
        if not batch:
            return {}
        events = [placed.event for placed in batch]
        named = {key: uuid4() for key in bulk.reserve(Incident, len(batch))}
        incidents = list(named)
        claims = bulk.reserve(Claim, len(batch))
        attributions = bulk.reserve(Attribution, sum(len(ged_mapping.roles(event)) for event in events))
        pairs = list(zip(incidents, events, strict=True))
        located = [(incident, placed.area) for incident, placed in zip(incidents, batch, strict=True) if placed.area]
        self.report.located += len(located)
        said = {"asserted_by_id": self.asserted.by.pk, "document_id": self.asserted.document.pk}
        with behind(connections[router.db_for_write(Incident)]):
            rows = (
                {"public_id": name, **ged_mapping.incident_values(placed.event, placed.country)}
                for name, placed in zip(named.values(), batch, strict=True)
            )
            bulk.create(Incident, rows, reason=REASON, keys=incidents)
            naming = (
                {"incident_id": incident} | ged_changes.attribution_values(self.actors[str(actor)], role, self.asserted)
                for incident, event in pairs
                for actor, role in ged_mapping.roles(event).items()
            )
            bulk.create(Attribution, naming, reason=REASON, keys=attributions)
            stated = (
                {"incident_id": incident, **ged_changes.claim_values(event, self.asserted)} for incident, event in pairs
            )
            bulk.create(Claim, stated, reason=REASON, keys=claims)
            cells = (
                {"claim_id": claim, "status": status, "value": count}
                for claim, event in zip(claims, events, strict=True)
                for status, count in ged_mapping.cells(event).items()
            )
            bulk.insert(ClaimCell, bulk.completed(ClaimCell, cells))
            bulk.insert(
                IncidentReference,
                (
                    {"incident_id": incident, "scheme": scheme, "key": key, "identifies": identifies}
                    for incident, event in pairs
                    for scheme, key, identifies in (
                        (ged_mapping.EVENT_SCHEME, str(event.id), True),
                        *((scheme, key, False) for scheme, key in sorted(ged_mapping.references(event))),
                    )
                ),
            )
            acts = ({"incident_id": incident, "act": ged_mapping.act(event), **said} for incident, event in pairs)
            bulk.insert(IncidentAct, bulk.completed(IncidentAct, acts))
            through = Incident.areas.through
            bulk.insert(through, ({"incident_id": incident, "adminarea_id": area.pk} for incident, area in located))
        return named

    def _sum_stored(self, incidents: Sequence[int]) -> None:
        """Add what the database holds for these incidents: UCDP's claims that no later one supersedes.

        Asked for by incident and by claim alone: with the asserter in it, the database reads everything UCDP ever said.
        """
        ucdp = self.asserted.by.pk
        claims = Claim.objects.filter(incident__among=set(incidents)).values_list(
            "pk", "asserted_by_id", "origin", "low", "value", "high"
        )
        mine = {
            pk: (low or 0, best, high or 0)
            for pk, asserter, origin, low, best, high in claims
            if asserter == ucdp and origin == choices.ClaimOrigin.IMPORTED
        }
        later = Claim.objects.filter(supersedes__among=mine.keys()).values_list("supersedes_id", "asserted_by_id")
        superseded = {pk for pk, asserter in later if asserter == ucdp}
        for pk, figures in mine.items():
            if pk not in superseded:
                self.report.sums_stored.add(*figures)

    def _publish(self, incidents: Sequence[Incident], touched: set[int], placed: Mapping[int, Placed]) -> None:
        """Publish what this import wrote, now or before it was killed; a withdrawn incident stays withdrawn.

        One that people changed since it was published is left unpublished, and noted at the row where it is `placed`.
        """
        ids = [incident.public_id for incident in incidents]
        current = dict(PublicIncident.objects.filter(public_id__among=ids).values_list("public_id", "published_at"))
        logged = set(
            Publication.objects.filter(kind=choices.PublicKind.INCIDENT, object_id__among=ids).values_list(
                "object_id", flat=True
            )
        )
        written = dict(
            Incident.history.filter(id__among=[each.pk for each in incidents], history_change_reason=REASON)
            .values_list("id")
            .annotate(last=Max("history_date"))
        )
        due = [
            incident
            for incident in incidents
            if incident.merged_into_id is None
            and (
                incident.public_id not in logged
                or (
                    incident.public_id in current
                    and (incident.pk in touched or written[incident.pk] > current[incident.public_id])
                )
            )
        ]
        waiting = dict.fromkeys(naming_edited(due, REASON), NAMES_WAITING)
        waiting |= dict.fromkeys(edited_by_hand(due, REASON, entered=True), WAITS)
        for each in due:
            if each.public_id in waiting:
                row, event, why = placed[each.pk].row, placed[each.pk].event, waiting[each.public_id]
                self.report.warnings.append(RowNote(row, "id", str(event.id), f"is not published, since {why}"))
        if due := [each for each in due if each.public_id not in waiting]:
            outcome = publish(
                due,
                reason_code=choices.ReasonCode.NEW_INFORMATION,
                reason=f"Imported from {self.table.path.name}",
                importer=REASON,
            )
            self.report.published += outcome.published
            self.report.last_seq = outcome.last_seq


def _read(table: Table) -> Iterator[tuple[int, Read | CellRefused]]:
    """Each row's number with its event, warnings and the digest of its cells, or its refusal."""
    for number, cells in table.rows():
        try:
            if isinstance(cells, CellRefused):
                raise cells
            event, warnings = read_event(cells)
        except CellRefused as refused:
            yield number, refused
        else:
            yield number, (event, warnings, shortened(hashlib.sha256("\0".join(cells.values()).encode()).digest()))


def _held_references(keys: Sequence[str]) -> list[IncidentReference]:
    """The references by which incidents have these ids of UCDP, each with its incident, locked in their order."""
    rows = IncidentReference.objects.filter(scheme=ged_mapping.EVENT_SCHEME, key__among=keys, identifies=True)
    held = rows.select_for_update(no_key=True, of=("incident",)).select_related("incident")
    return list(held.order_by("incident_id", "id"))


def _asserted(table: Table) -> tuple[Asserted, list[Deed]]:
    """UCDP and its file as the record has them, entered where they are new, and what the audit chain is to say then."""
    changes = Changes()
    source = Source.objects.filter(kind=choices.SourceKind.DATASET, names__en=SOURCE_NAME).first()
    if source is None:
        source = Source.objects.create(
            kind=choices.SourceKind.DATASET,
            names={"en": SOURCE_NAME},
            reliability=choices.Reliability.B,
            reliability_reason=SOURCE_REASON,
        )
        changes.made(source)
    document = Document.objects.filter(publisher=source, sha256=table.sha256).first()
    if document is None:
        document = Document.objects.create(
            publisher=source,
            type=choices.DocumentType.DATASET,
            title={"en": f"UCDP Georeferenced Event Dataset (GED), {table.path.name}"},
            language="en",
            url=DOWNLOADS,
            sha256=table.sha256,
            sha256_of=HASHED,
            rights=RIGHTS,
        )
        changes.made(document)
    return Asserted(source, document), changes.deeds(REASON)
