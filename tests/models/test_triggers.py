"""Triggers of both databases: the log and events are append-only, bodies can only be emptied, no circles."""

import itertools
from collections.abc import Callable
from importlib import import_module

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from incidents.apps import restore_triggers
from incidents.models import (
    AuditEntry,
    Checkpoint,
    CustodyEvent,
    IncidentRelation,
    InvestigationEvent,
    Publication,
    PublicationBody,
    Submission,
    SubmissionStep,
    WebhookAttempt,
)
from incidents.models.triggers import APPEND_ONLY, BODY, EMPTIABLE, LOG, RELATION, create_triggers, drop_triggers
from incidents.rules.publication.publishing import publish
from incidents.rules.trail import auditing
from tests import factories
from tests.contributions import sender
from tests.webhooks import WebhookAttemptFactory

pytestmark = pytest.mark.django_db


def published() -> Publication:
    incident = factories.IncidentFactory()
    publish([incident])
    return Publication.objects.get(object_id=incident.public_id)


def custody_event() -> CustodyEvent:
    return factories.CustodyEventFactory()


def investigation_event() -> InvestigationEvent:
    return factories.InvestigationEventFactory()


def webhook_attempt() -> WebhookAttempt:
    return WebhookAttemptFactory(message__state="delivered", at=timezone.now())


def submission_step() -> Model:
    by = sender()
    submission = Submission.objects.create(organisation=by.organisation, author=by.author, type="incident", content={})
    return SubmissionStep.objects.create(submission=submission, action="submit", to_state="submitted")


def audit_entry() -> AuditEntry:
    auditing.record(action="create", obj=factories.SourceFactory(), after={"kind": "media_local"})
    return AuditEntry.objects.latest("seq")


def checkpoint() -> Checkpoint:
    return Checkpoint.objects.create(
        log="audit", seq=3, hash="0" * 64, signed_at=timezone.now(), key_id="k", public_key="p", signature="s"
    )


ROWS: dict[str, Callable[[], Model]] = {
    "incidents_publication": published,
    "incidents_custodyevent": custody_event,
    "incidents_investigationevent": investigation_event,
    "incidents_submissionstep": submission_step,
    "incidents_webhookattempt": webhook_attempt,
    "incidents_auditentry": audit_entry,
    "incidents_checkpoint": checkpoint,
}


def refused(sql: str, *values: int) -> str:
    """What the database says to a statement that it refuses."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, list(values))
    return str(error.value)


def columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [each.name for each in connection.introspection.get_table_description(cursor, table)]


def test_the_table_of_rows_covers_every_append_only_table() -> None:
    assert set(ROWS) == set(APPEND_ONLY)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_column_of_an_append_only_row_can_be_changed(table: str) -> None:
    ROWS[table]()
    for column in columns(table):
        assert "append-only" in refused(f'UPDATE {table} SET "{column}" = "{column}"')  # noqa: S608


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_an_append_only_row_cannot_be_deleted(table: str) -> None:
    row = ROWS[table]()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk)._raw_delete(using="default")
    assert type(row)._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_an_append_only_row_cannot_be_replaced(table: str) -> None:
    ROWS[table]()
    names = ", ".join(f'"{name}"' for name in columns(table))
    if connection.vendor == "sqlite":
        # REPLACE deletes the old row without firing delete triggers.
        assert "append-only" in refused(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table}")  # noqa: S608
        return
    key = columns(table)[0]
    said = refused(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} "  # noqa: S608
        f'ON CONFLICT ("{key}") DO UPDATE SET "{key}" = EXCLUDED."{key}"'
    )
    assert "append-only" in said


@pytest.mark.postgresql
@pytest.mark.parametrize("table", [*APPEND_ONLY, *EMPTIABLE])
def test_an_append_only_table_cannot_be_truncated(table: str) -> None:
    published()
    connection.check_constraints()
    said = refused(f"TRUNCATE {table} CASCADE")
    assert ("only be emptied" if table in EMPTIABLE else "append-only") in said


def test_the_log_still_grows() -> None:
    published()
    published()
    assert Publication.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"document": "{}"},
        {"salt": "0" * 32},
        {"document": "{}", "salt": None},
        {"document": None, "salt": "0" * 32},
        {"document": None},
        {"salt": None},
        {"document": "", "salt": ""},
    ],
    ids=str,
)
def test_a_body_cannot_be_rewritten_nor_half_emptied(change: dict[str, str | None]) -> None:
    row = published()
    before = PublicationBody.objects.values().get(pk=row.seq)
    with pytest.raises(DatabaseError, match="only be emptied"), transaction.atomic():
        PublicationBody.objects.filter(pk=row.seq).update(**change)
    assert PublicationBody.objects.values().get(pk=row.seq) == before


def test_a_body_can_be_emptied_and_then_stays_empty() -> None:
    row = published()
    PublicationBody.objects.filter(pk=row.seq).update(document=None, salt=None)
    assert PublicationBody.objects.values("document", "salt").get(pk=row.seq) == {"document": None, "salt": None}
    with pytest.raises(DatabaseError, match="only be emptied"), transaction.atomic():
        PublicationBody.objects.filter(pk=row.seq).update(document="{}", salt="0" * 32)


def test_a_body_cannot_be_moved_deleted_or_replaced() -> None:
    row = published()
    assert "only be emptied" in refused(f"UPDATE {BODY} SET seq = seq + 1, document = NULL, salt = NULL")  # noqa: S608
    assert "only be emptied" in refused(f"DELETE FROM {BODY}")  # noqa: S608
    if connection.vendor == "sqlite":
        said = refused(f"INSERT OR REPLACE INTO {BODY} (seq, salt, document) VALUES (%s, 'x', '{{}}')", row.seq)  # noqa: S608
        assert "only be emptied" in said


def test_a_version_cannot_be_replaced_under_another_number() -> None:
    published()
    names = columns(LOG)
    taken = ", ".join("seq + 1" if name == "seq" else f'"{name}"' for name in names)
    into = ", ".join(f'"{name}"' for name in names)
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    refused(f"{verb} INTO {LOG} ({into}) SELECT {taken} FROM {LOG}")  # noqa: S608
    assert Publication.objects.count() == 1


def triggers() -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


def test_the_migrations_leave_every_trigger_in_place() -> None:
    # On SQLite a migration that alters a table makes it anew and drops its triggers.
    by_migrations = triggers()
    drop_triggers(connection)
    assert not triggers()
    create_triggers(connection)
    assert triggers() == by_migrations


def contains(container: Model, contained: Model, **more: str) -> IncidentRelation:
    return factories.IncidentRelationFactory(from_incident=container, to_incident=contained, **more)


@pytest.mark.parametrize("length", [2, 3, 5])
def test_a_circle_of_containment_is_refused_whatever_its_length(length: int) -> None:
    chain = factories.IncidentFactory.create_batch(length)
    for above, below in itertools.pairwise(chain):
        contains(above, below)
    with pytest.raises(DatabaseError, match="contain itself"), transaction.atomic():
        contains(chain[-1], chain[0])


def test_a_possible_link_closes_a_circle_too() -> None:
    a, b = factories.IncidentFactory.create_batch(2)
    contains(a, b, certainty="possible")
    with pytest.raises(DatabaseError, match="contain itself"), transaction.atomic():
        contains(b, a, certainty="possible")


def test_a_circle_is_refused_when_a_row_is_turned_into_containment() -> None:
    a, b, c = factories.IncidentFactory.create_batch(3)
    contains(a, b)
    contains(b, c)
    back = contains(c, a, type="precedes")
    with pytest.raises(DatabaseError, match="contain itself"), transaction.atomic():
        IncidentRelation.objects.filter(pk=back.pk).update(type="contains")


def test_a_circle_is_refused_when_an_end_is_moved() -> None:
    a, b, c = factories.IncidentFactory.create_batch(3)
    contains(a, b)
    moved = contains(b, c)
    with pytest.raises(DatabaseError, match="contain itself"), transaction.atomic():
        IncidentRelation.objects.filter(pk=moved.pk).update(to_incident=a)


def test_a_link_can_be_turned_round() -> None:
    a, b = factories.IncidentFactory.create_batch(2)
    link = contains(a, b)
    IncidentRelation.objects.filter(pk=link.pk).update(from_incident=b, to_incident=a)
    assert IncidentRelation.objects.get().from_incident == b


def test_a_circle_written_by_one_statement_is_refused() -> None:
    a, b, c = factories.IncidentFactory.create_batch(3)
    desk = factories.SourceFactory(kind="desk")
    links = [
        IncidentRelation(from_incident=x, to_incident=y, type="contains", certainty="confirmed", asserted_by=desk)
        for x, y in ((a, b), (b, c), (c, a))
    ]
    with pytest.raises(DatabaseError, match="contain itself"), transaction.atomic():
        IncidentRelation.objects.bulk_create(links)


def test_what_is_no_circle_is_not_refused() -> None:
    a, b, c, d = factories.IncidentFactory.create_batch(4)
    contains(a, b)
    contains(a, c)
    contains(b, d)
    contains(c, d)
    contains(d, a, type="possible_duplicate")
    assert IncidentRelation.objects.count() == 5


def test_dropped_triggers_leave_nothing_and_come_back() -> None:
    published()
    connection.check_constraints()
    drop_triggers(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {LOG} SET reason = 'rewritten'")  # noqa: S608
    create_triggers(connection)
    assert "append-only" in refused(f"UPDATE {LOG} SET reason = 'again'")  # noqa: S608
    a, b = factories.IncidentFactory.create_batch(2)
    contains(a, b)
    with pytest.raises(DatabaseError, match="contain itself"), transaction.atomic():
        contains(b, a)
    assert IncidentRelation._meta.db_table == RELATION


def test_the_migration_that_makes_them_goes_on_where_they_are_already() -> None:
    """As after `migrate incidents 0001`, which ends by installing what is missing."""
    migration = import_module("incidents.migrations.0002_triggers")
    migration.create(apps, connection.SchemaEditorClass(connection))
    row = published()
    assert "append-only" in refused(f"DELETE FROM {LOG} WHERE seq = {row.seq}")  # noqa: S608


def test_a_table_that_a_migration_rebuilt_gets_its_triggers_back() -> None:
    row = published()
    drop_triggers(connection)
    restore_triggers(using="default")
    assert "append-only" in refused("UPDATE incidents_publication SET version = %s WHERE seq = %s", 9, row.seq)
