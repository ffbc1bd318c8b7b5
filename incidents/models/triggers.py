"""Triggers on both databases: the log is append-only, events are never rewritten, containment has no circle.

The migrations install them; a test that must flush tables drops and restores them.
"""

import re
from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper

LOG = "incidents_publication"
BODY = "incidents_publicationbody"
RELATION = "incidents_incidentrelation"
STEP = "incidents_submissionstep"
ATTEMPT = "incidents_webhookattempt"
APPEND_ONLY = (LOG, "incidents_custodyevent", "incidents_investigationevent", STEP, ATTEMPT)

REFUSED = "{table} is append-only: add a row that says what changed"
BODY_REFUSED = "a published body can only be emptied, salt and document together"
CIRCLE = "this relation would make an incident contain itself"
TRIGGER_NAME = re.compile(r"CREATE TRIGGER (\w+)")
SAME = {
    LOG: "seq = NEW.seq OR (kind = NEW.kind AND object_id = NEW.object_id AND version = NEW.version)",
    BODY: "seq = NEW.seq",
    "incidents_custodyevent": "id = NEW.id",
    "incidents_investigationevent": "id = NEW.id",
    STEP: "id = NEW.id",
    ATTEMPT: "id = NEW.id",
}

SQLITE = {
    "no_update": """
        CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{refused}'); END""",
    "no_delete": """
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{refused}'); END""",
    # INSERT OR REPLACE deletes the row in its way without firing any delete trigger.
    "no_replace": """
        CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
        BEGIN SELECT RAISE(ABORT, '{refused}'); END""",
    "body_update": """
        CREATE TRIGGER {body}_no_update BEFORE UPDATE ON {body}
        WHEN NEW.seq <> OLD.seq OR NEW.document IS NOT NULL OR NEW.salt IS NOT NULL
        BEGIN SELECT RAISE(ABORT, '{body_refused}'); END""",
    "acyclic": """
        CREATE TRIGGER {relation}_acyclic_{event} BEFORE {event} ON {relation}
        WHEN NEW.type = 'contains'
        BEGIN SELECT RAISE(ABORT, '{circle}') WHERE NEW.to_incident_id IN (
            WITH RECURSIVE above(id) AS (
                SELECT NEW.from_incident_id
                UNION
                SELECT r.from_incident_id FROM {relation} r JOIN above ON r.to_incident_id = above.id
                WHERE r.type = 'contains' AND r.id <> NEW.id
            ) SELECT id FROM above);
        END""",
}
POSTGRESQL = {
    "functions": """
        CREATE OR REPLACE FUNCTION incidents_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;
        CREATE OR REPLACE FUNCTION incidents_acyclic() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtext('{relation}'));
            IF EXISTS (
                WITH RECURSIVE above(id) AS (
                    SELECT NEW.from_incident_id
                    UNION
                    SELECT r.from_incident_id FROM {relation} r JOIN above ON r.to_incident_id = above.id
                    WHERE r.type = 'contains' AND r.id <> NEW.id
                ) SELECT 1 FROM above WHERE id = NEW.to_incident_id)
            THEN RAISE EXCEPTION '{circle}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""",
    "no_change": """
        CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION incidents_refuse('{refused}')""",
    "no_truncate": """
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION incidents_refuse('{refused}')""",
    "body_update": """
        CREATE TRIGGER {body}_no_update BEFORE UPDATE ON {body} FOR EACH ROW
        WHEN (NEW.seq <> OLD.seq OR NEW.document IS NOT NULL OR NEW.salt IS NOT NULL)
        EXECUTE FUNCTION incidents_refuse('{body_refused}')""",
    "body_delete": """
        CREATE TRIGGER {body}_no_delete BEFORE DELETE ON {body}
        FOR EACH ROW EXECUTE FUNCTION incidents_refuse('{body_refused}')""",
    "acyclic": """
        CREATE TRIGGER {relation}_acyclic BEFORE INSERT OR UPDATE ON {relation} FOR EACH ROW
        WHEN (NEW.type = 'contains') EXECUTE FUNCTION incidents_acyclic()""",
}


def create_triggers(connection: BaseDatabaseWrapper) -> None:
    """Install every trigger of the tables that are there; errors if one of them is there already.

    The first migration that calls it runs before later ones have made their tables.
    """
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for statement in _statements(connection.vendor, [table for table in APPEND_ONLY if table in there]):
            cursor.execute(statement)


def ensure_triggers(connection: BaseDatabaseWrapper) -> None:
    """Install every trigger anew where one is missing and the tables are there; writes nothing otherwise."""
    with connection.cursor() as cursor:
        if not {*APPEND_ONLY, BODY, RELATION} <= set(connection.introspection.table_names(cursor)):
            return
    expected = {
        name for statement in _statements(connection.vendor, APPEND_ONLY) for name in TRIGGER_NAME.findall(statement)
    }
    if expected - _standing(connection):
        drop_triggers(connection)
        create_triggers(connection)


def _standing(connection: BaseDatabaseWrapper) -> set[str]:
    tables = [*APPEND_ONLY, BODY, RELATION]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(%s)", [tables]
            )
            return {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


def drop_triggers(connection: BaseDatabaseWrapper) -> None:
    """Remove every trigger of ours, so that tables can be emptied; unknown to production code."""
    tables = [*APPEND_ONLY, BODY, RELATION]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname, tgrelid::regclass::text FROM pg_trigger"
                " WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(%s)",
                [tables],
            )
            for name, table in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}" ON "{table}"')
            return
        cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        for name, table in cursor.fetchall():
            if table in tables:
                cursor.execute(f'DROP TRIGGER "{name}"')


def _statements(vendor: str, append_only: Iterable[str]) -> list[str]:
    sql = POSTGRESQL if vendor == "postgresql" else SQLITE
    words = {"body": BODY, "relation": RELATION, "body_refused": BODY_REFUSED, "circle": CIRCLE}
    per_table = ["no_change", "no_truncate"] if vendor == "postgresql" else ["no_update", "no_delete", "no_replace"]
    statements = [sql["functions"].format(**words)] if vendor == "postgresql" else []
    for table in append_only:
        refused = REFUSED.format(table=table)
        statements += [sql[name].format(table=table, refused=refused, same=SAME[table]) for name in per_table]
    statements.append(sql["body_update"].format(**words))
    if vendor == "postgresql":
        statements += [
            sql["body_delete"].format(**words),
            sql["no_truncate"].format(table=BODY, refused=BODY_REFUSED),
            sql["acyclic"].format(**words),
        ]
        return statements
    for name in ("no_delete", "no_replace"):
        statements.append(sql[name].format(table=BODY, refused=BODY_REFUSED, same=SAME[BODY]))
    return statements + [sql["acyclic"].format(event=event, **words) for event in ("INSERT", "UPDATE")]
