"""A PostgreSQL database of N incidents: real UCDP events, imported and published in bulk, then multiplied.

Up to PUBLISHED incidents go through the importer and the publication like any other. The rest are copies of these rows
that the database makes of itself, with ids, numbers and years of their own: reading tells no difference, but the log of
such a database does not verify.
"""

import csv
import gzip
import itertools
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models, transaction

from incidents import models as tables
from incidents.choices import (
    AccountRole,
    Certainty,
    InvestigationScope,
    InvestigationType,
    KeyScope,
    RelationType,
)
from incidents.exchange.ged import BATCH, TO_PUBLISH, import_ged
from incidents.models import Incident, IncidentRelation, Investigation, Organisation, PublicIncident, Scope, Source
from incidents.models.behind import Behind
from incidents.models.gathering import among
from incidents.rules.accounts.access import set_role
from incidents.rules.accounts.keys import create_key
from incidents.rules.publication import rollups
from incidents.rules.publication.publishing import publish
from incidents.rules.publication.rollups import KEYS, SUMS

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "seeds").glob("ucdp_ged_*.csv.gz"))
PUBLISHED = 20_000
GROUP_OF = 200  # every so many incidents, one contains the next three
INQUIRIES = 20
SINGLES = 100
SHIFTS = 9  # a copy lies 0, 4, 8 ... years back: so that 29 February stays one
YEARS = f"4 * (copy % {SHIFTS})"
PREFIX = "left(md5(copy::text), 8)"
DATES = {"start_earliest", "start_latest", "end_earliest", "end_latest", "interval_end"}
PERIODS = {"month", "quarter", "year", "first_month", "last_month"}
COPIED: tuple[type[models.Model], ...] = (
    Incident, tables.IncidentReference, tables.IncidentAct, tables.Claim, tables.ClaimCell, tables.Attribution,
    Incident.areas.through, IncidentRelation, Scope, tables.Publication, tables.PublicationBody, PublicIncident,
    tables.PublicIncidentArea, tables.PublicIncidentAct, tables.PublicIncidentActor, tables.PublicIncidentReference,
    tables.PublicContainment, tables.PublicClaim, tables.Tally, tables.PublicMention,
)  # fmt: skip
# Ids that differ from copy to copy; all others name what is not copied.
OWN_IDS = {
    (Incident, "public_id"), (tables.Claim, "public_id"), (tables.Attribution, "public_id"),
    (PublicIncident, "public_id"), (tables.PublicClaim, "public_id"), (tables.Publication, "object_id"),
    (tables.PublicMention, "holder"),
}  # fmt: skip


def build(count: int, folder: str) -> dict[str, Any]:
    """Fill the empty PostgreSQL database; returns how many incidents there are and at what rates they came in."""
    copies = max(1, round(count / PUBLISHED))
    built = fill(count // copies, folder)
    if copies > 1:
        _multiply(copies)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    os.sync()  # what is left to be written would be written while the first questions are asked
    return built | {"incidents": PublicIncident.objects.count()}


def fill(base: int, folder: str) -> dict[str, Any]:
    """Fill an empty database with so many incidents, imported and published like any other."""
    settings.DEBUG = False  # as in production: with it Django keeps every statement, and its values, in memory
    call_command("migrate", verbosity=0)
    call_command("load_vocabularies", verbosity=0)
    call_command("load_gazetteer", verbosity=0)
    file = Path(folder) / "events.csv"
    _write_events(base, file)
    started = time.perf_counter()
    report = import_ged(file)
    imported = time.perf_counter() - started
    keys = list(Incident.objects.order_by("pk").values_list("pk", flat=True))
    one_by_one, upkeep_of_one = _published(keys[:SINGLES], 1)
    published, upkeep = _published(keys[SINGLES:], BATCH)
    _relate(keys)
    return {
        "published": base,
        "import_rate": report.created / imported,
        "publish_rate": len(keys[SINGLES:]) / published,
        "rollups_in_bulk": upkeep / (published - upkeep),
        "rollups_one_by_one": upkeep_of_one / (one_by_one - upkeep_of_one),
    }


def a_key() -> str:
    """A key that reads, as an organisation's own program would use it."""
    organisation = Organisation.objects.create(name="Benchmark")
    owner = User.objects.create_user("benchmark")
    set_role(user=owner, role=AccountRole.CONTRIBUTOR.value, organisation=organisation)
    scopes = [KeyScope.SUBMISSIONS_READ.value]
    return create_key(organisation=organisation, owner=owner, name="benchmark", scopes=scopes).text


def _published(keys: list[int], batch: int) -> tuple[float, float]:
    """Publish in batches; returns the seconds it took, and how many went into the rollups meanwhile.

    Of these some went by while the next incidents were made: as a part of the whole they are counted too high.
    """
    upkeep = 0.0

    def timed(change: Callable[..., None]) -> Callable[..., None]:
        def changed(*given: Any) -> None:
            nonlocal upkeep
            started = time.perf_counter()
            change(*given)
            upkeep += time.perf_counter() - started

        return changed

    at_once, of_rollups = Behind.executed, timed(Behind.executed)

    def executed(writer: Behind, statement: str, parameters: Sequence[Any]) -> None:
        change = of_rollups if tables.PublicRollup._meta.db_table in statement else at_once
        change(writer, statement, parameters)

    started = time.perf_counter()
    with (
        patch.object(rollups, "add", timed(rollups.add)),
        patch.object(rollups, "subtract", timed(rollups.subtract)),
        patch.object(Behind, "executed", executed),
    ):
        for start in range(0, len(keys), batch):
            batched = keys[start : start + batch]
            publish(among(Incident, "pk", batched, ("pk",), only=TO_PUBLISH), reason="Imported")
    return time.perf_counter() - started, upkeep


def _write_events(count: int, file: Path) -> None:
    """The first `count` events of the three files taken in turn; beyond them, again with ids and days of their own."""
    with file.open("w", newline="", encoding="utf-8") as target:
        names, rows = _events()
        writer = csv.DictWriter(target, names)
        writer.writeheader()
        writer.writerows(itertools.islice(rows, count))


def _events() -> tuple[list[str], Iterator[Mapping[str, str]]]:
    loaded: list[list[dict[str, str]]] = []
    names: dict[str, None] = {}
    for path in FILES:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as source:
            reader = csv.DictReader(source)
            loaded.append(list(reader))
            names |= dict.fromkeys(reader.fieldnames or ())
    common = [name for name in names if all(name in rows[0] for rows in loaded)]
    in_turn = [row for group in itertools.zip_longest(*loaded) for row in group if row is not None]
    return common, ({name: row[name] for name in common} for row in in_turn)


def _relate(keys: list[int]) -> None:
    """Containment and investigations in the shares that real records have: a few in a hundred."""
    chosen = random.Random(1)
    source = Source.objects.order_by("pk")[0]
    touched: list[Incident | Investigation] = []
    for start in range(0, len(keys) - 3, GROUP_OF):
        container, *contained = Incident.objects.filter(pk__in=keys[start : start + 4]).order_by("pk")
        for each in contained:
            IncidentRelation.objects.create(
                from_incident=container, to_incident=each, type=RelationType.CONTAINS,
                certainty=Certainty.CONFIRMED, asserted_by=source,
            )  # fmt: skip
        touched += [container, *contained]
    for number in range(INQUIRIES):
        inquiry = Investigation.objects.create(
            type=InvestigationType.values[0], names={"en": f"Inquiry {number}"}, body=source
        )
        for pk in chosen.sample(keys, min(10, len(keys))):
            Scope.objects.create(investigation=inquiry, incident_id=pk, kind=InvestigationScope.values[0])
        touched.append(inquiry)
    publish(touched, reason="Related")


def _multiply(copies: int) -> None:
    """Copy every row of COPIED so often that there are `copies` of each, in one statement a table."""
    strides = {table: _stride(table) for table in COPIED if not table._meta.pk.remote_field}
    with transaction.atomic(), connection.cursor() as cursor:
        # Foreign keys hold because every copy's parents are copied by the same rule.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        dropped = _drop_indexes(cursor)
        for table in COPIED:
            columns = {f'"{field.column}"': _copied(table, field, strides) for field in table._meta.concrete_fields}
            where = {
                tables.Publication: "WHERE kind = 'incident'",
                tables.PublicationBody: "WHERE seq IN (SELECT seq FROM incidents_publication WHERE kind = 'incident')",
                tables.PublicMention: "WHERE holder_kind = 'incident'",
            }.get(table, "")
            name = table._meta.db_table
            cursor.execute(f"CREATE TEMP TABLE base ON COMMIT DROP AS SELECT * FROM {name} {where}")
            cursor.execute(
                f"INSERT INTO {name} ({', '.join(columns)}) "
                f"SELECT {', '.join(columns.values())} FROM base, generate_series(1, {copies - 1}) AS copy"
            )
            cursor.execute("DROP TABLE base")
        for statement in dropped:
            cursor.execute(statement)
        _multiply_rollups(cursor, copies)
        cursor.execute("UPDATE incidents_loghead SET seq = (SELECT max(seq) FROM incidents_publication)")
        for table in COPIED:
            if table._meta.pk.get_internal_type() in {"BigAutoField", "AutoField"}:
                name = table._meta.db_table
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")


def _multiply_rollups(cursor: Any, copies: int) -> None:
    """The sums of all copies, each in the years where its incidents lie."""
    shifts = ", ".join(f"({copy}, {len(range(copy, copies, SHIFTS))})" for copy in range(min(SHIFTS, copies)))
    keys = {f'"{name}"': MOVED.get(name, str)(f'base."{name}"') for name in KEYS}
    sums = {f'"{name}"': f'sum(base."{name}" * shift.times)' for name in (*SUMS, "tallies")}
    cursor.execute("CREATE TEMP TABLE base ON COMMIT DROP AS SELECT * FROM incidents_publicrollup")
    cursor.execute("DELETE FROM incidents_publicrollup")
    cursor.execute(
        f"INSERT INTO incidents_publicrollup ({', '.join((*keys, *sums))}) "
        f"SELECT {', '.join((*keys.values(), *sums.values()))} FROM base, (VALUES {shifts}) AS shift (copy, times) "
        f"GROUP BY {', '.join(map(str, range(1, len(keys) + 1)))}"
    )


def _shifted(column: str) -> str:
    """A month, quarter or year in the years of the copy; what is no date ('unknown', say) stays."""
    moved = f"(left({column}, 4)::int - {YEARS})::text || substr({column}, 5)"
    return f"CASE WHEN {column} ~ '^[0-9][0-9][0-9][0-9]' THEN {moved} ELSE {column} END"


def _shifted_above(column: str) -> str:
    """The same of the days and months in what a figure has above it."""
    told = f"regexp_split_to_table({column}, '(?<=[: ])') WITH ORDINALITY AS told (part, place)"
    moved = f"(SELECT string_agg({_shifted('told.part')}, '' ORDER BY told.place) FROM {told})"
    return f"CASE WHEN {column} = '' THEN '' ELSE {moved} END"


MOVED: Mapping[str, Callable[[str], str]] = dict.fromkeys(PERIODS, _shifted) | {"above": _shifted_above}


def _own(column: str) -> str:
    """The id of the copy of what has this id: another beginning, so that ids within a text can be replaced."""
    return f"({PREFIX} || substr({column}::text, 9))::uuid"


def _document(column: str) -> str:
    """A document with the ids of its incidents and the years of the copy."""
    text = f"replace({column}, base.public_id::text, {_own('base.public_id')}::text)"
    related = '"incident":{"id":"'
    text = f"regexp_replace({text}, '{related}[0-9a-f]{{8}}', '{related}' || {PREFIX}, 'g')"
    # The earlier year first: moved back, it is none that is still to be moved.
    for day in ("base.start_earliest", "base.interval_end"):
        for name in ("earliest", "latest"):
            year = f"extract(year FROM {day})::int"
            old, new = (f"'{name}\":\"' || ({each})::text || '-'" for each in (year, f"{year} - {YEARS}"))
            text = f"replace({text}, {old}, {new})"
    return text


def _stride(table: type[models.Model]) -> int:
    last: int = table._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
    return last + 1


def _copied(
    table: type[models.Model], field: "models.Field[Any, Any]", strides: Mapping[type[models.Model], int]
) -> str:
    """The SQL expression of a column in the copy numbered `copy`."""
    column = f'base."{field.column}"'
    target = table if field.primary_key and not field.remote_field else field.related_model
    if (table, field.attname) in OWN_IDS:
        column = _own(column)
    elif isinstance(target, type) and target in strides:
        column = f"{column} + copy * {strides[target]}::bigint"
    elif field.attname == "seq":
        column = f"{column} + copy * {strides[tables.Publication]}::bigint"
    elif table is tables.IncidentReference and field.attname == "key":
        column = f"CASE WHEN base.identifies THEN {column} || '#' || copy ELSE {column} END"
    elif table in {Incident, PublicIncident} and field.attname in DATES:
        column = f"({column} - make_interval(years => {YEARS}))::date"
    elif table in {PublicIncident, tables.Tally} and field.attname in MOVED:
        column = MOVED[field.attname](column)
    elif table is PublicIncident and field.attname == "document":
        column = _document(column)
    return column


def _drop_indexes(cursor: Any) -> list[str]:
    """Drop what would be filled row by row; returns the statements that make it again."""
    names = [table._meta.db_table for table in COPIED]
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        [names],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]
