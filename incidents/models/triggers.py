"""Triggers on both databases: the log is append-only, events are never rewritten, containment has no circle.

What was delivered to webhooks is the one thing that may go, and only once it is old (rules/delivery/pruning.py).

The migrations install them; a test that must flush tables drops and restores them.
"""

import re
from collections.abc import Set as AbstractSet

from django.db.backends.base.base import BaseDatabaseWrapper

LOG = "incidents_publication"
BODY = "incidents_publicationbody"
RELATION = "incidents_incidentrelation"
AUDIT = "incidents_auditentry"
AUDIT_VALUES = "incidents_auditvalues"
CHECKPOINT = "incidents_checkpoint"
STEP = "incidents_submissionstep"
ATTEMPT = "incidents_webhookattempt"
MESSAGE = "incidents_webhookmessage"
APPEND_ONLY = (LOG, "incidents_custodyevent", "incidents_investigationevent", AUDIT, CHECKPOINT, STEP, ATTEMPT)
# Tables whose rows can only be emptied: the column that goes together with its salt.
EMPTIABLE = {BODY: "document", AUDIT_VALUES: "values"}
KEPT_DAYS = 30

REFUSED = "{table} is append-only: add a row that says what changed"
EMPTY_REFUSED = "a row of {table} can only be emptied, salt and {column} together"
KEPT_REFUSED = "{table} is append-only for {days} days, and until it is delivered; prune_webhook_log deletes the rest"
CIRCLE = "this relation would make an incident contain itself"
TRIGGER_NAME = re.compile(r"CREATE TRIGGER (\w+)")
SAME = {
    LOG: "seq = NEW.seq OR (kind = NEW.kind AND object_id = NEW.object_id AND version = NEW.version)",
    STEP: "id = NEW.id",
    ATTEMPT: "id = NEW.id",
    MESSAGE: "id = NEW.id OR message_id = NEW.message_id OR (webhook_id = NEW.webhook_id AND seq = NEW.seq)",
    AUDIT: "seq = NEW.seq",
    CHECKPOINT: "id = NEW.id OR (log = NEW.log AND seq = NEW.seq AND key_id = NEW.key_id)",
    "incidents_custodyevent": "id = NEW.id",
    "incidents_investigationevent": "id = NEW.id",
}

TABLES = [*APPEND_ONLY, *EMPTIABLE, MESSAGE, RELATION]
# Which rows of what was told to webhooks stay, by the clock of the database; whichever of the two tables goes first.
STAYING = {
    ATTEMPT: """OLD.at > {floor} OR EXISTS (
        SELECT 1 FROM {message} WHERE id = OLD.message_id AND state <> 'delivered')""",
    MESSAGE: """OLD.created_at > {floor} OR OLD.state <> 'delivered' OR EXISTS (
        SELECT 1 FROM {attempt} WHERE message_id = OLD.id AND at > {floor})""",
}
FLOOR = {
    "postgresql": f"now() - interval '{KEPT_DAYS} days'",
    # As Django writes moments, in UTC: text that sorts like them.
    "sqlite": f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{KEPT_DAYS} days')",
}

SQLITE = {
    "no_update": """
        CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{refused}'); END""",
    "no_delete": """
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{refused}'); END""",
    "young_delete": """
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN {staying}
        BEGIN SELECT RAISE(ABORT, '{refused}'); END""",
    # INSERT OR REPLACE deletes the row in its way without firing any delete trigger.
    "no_replace": """
        CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
        BEGIN SELECT RAISE(ABORT, '{refused}'); END""",
    "body_update": """
        CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
        WHEN NEW.seq <> OLD.seq OR NEW."{column}" IS NOT NULL OR NEW.salt IS NOT NULL
        BEGIN SELECT RAISE(ABORT, '{refused}'); END""",
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
    "no_update": """
        CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION incidents_refuse('{refused}')""",
    # The condition of a trigger can look at no other table, so it stands in a function of the table's own.
    "young_delete": """
        CREATE OR REPLACE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {staying} THEN
                RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN OLD;
        END $$;
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_stays('{refused}')""",
    "no_truncate": """
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION incidents_refuse('{refused}')""",
    "body_update": """
        CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW
        WHEN (NEW.seq <> OLD.seq OR NEW."{column}" IS NOT NULL OR NEW.salt IS NOT NULL)
        EXECUTE FUNCTION incidents_refuse('{refused}')""",
    "body_delete": """
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION incidents_refuse('{refused}')""",
    "acyclic": """
        CREATE TRIGGER {relation}_acyclic BEFORE INSERT OR UPDATE ON {relation} FOR EACH ROW
        WHEN (NEW.type = 'contains') EXECUTE FUNCTION incidents_acyclic()""",
}


def create_triggers(connection: BaseDatabaseWrapper) -> None:
    """Install every trigger of the tables that are there; errors if one is there already."""
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        for statement in _statements(connection.vendor, present):
            cursor.execute(statement)


def ensure_triggers(connection: BaseDatabaseWrapper) -> None:
    """Install every trigger anew where one is missing of a table that is there; writes nothing otherwise."""
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
    statements = _statements(connection.vendor, present)
    expected = {name for statement in statements for name in TRIGGER_NAME.findall(statement)}
    if expected - _standing(connection):
        drop_triggers(connection)
        create_triggers(connection)


def _standing(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(%s)", [TABLES]
            )
            return {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


def drop_triggers(connection: BaseDatabaseWrapper) -> None:
    """Remove every trigger of ours, so that tables can be emptied; unknown to production code."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname, tgrelid::regclass::text FROM pg_trigger"
                " WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(%s)",
                [TABLES],
            )
            for name, table in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}" ON "{table}"')
            return
        cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        for name, table in cursor.fetchall():
            if table in TABLES:
                cursor.execute(f'DROP TRIGGER "{name}"')


def _statements(vendor: str, present: AbstractSet[str]) -> list[str]:
    """The statements that make the triggers of these tables."""
    sql = POSTGRESQL if vendor == "postgresql" else SQLITE
    refusing = ("no_change", "no_truncate") if vendor == "postgresql" else ("no_update", "no_delete", "no_replace")
    emptying = {"postgresql": ("body_update", "body_delete", "no_truncate")}.get(
        vendor, ("body_update", "no_delete", "no_replace")
    )
    pruning = ("young_delete", "no_truncate") if vendor == "postgresql" else ("young_delete", "no_replace")
    words = {"relation": RELATION, "circle": CIRCLE}
    statements = [sql["functions"].format(**words)] if vendor == "postgresql" else []
    for table in APPEND_ONLY:
        said = {"table": table, "refused": REFUSED.format(table=table), "same": SAME[table]}
        if table not in STAYING:
            statements += [sql[name].format(**said) for name in refusing if table in present]
    # Messages change, with each attempt; neither goes while it is young. Before both are there, neither has rows.
    if present >= STAYING.keys():
        for table, staying in STAYING.items():
            said = {"table": table, "refused": KEPT_REFUSED.format(table=table, days=KEPT_DAYS), "same": SAME[table]}
            said["staying"] = staying.format(floor=FLOOR[vendor], message=MESSAGE, attempt=ATTEMPT)
            names = ("no_update",) * (table in APPEND_ONLY) + pruning
            statements += [sql[name].format(**said) for name in names]
    for table, column in EMPTIABLE.items():
        refused = EMPTY_REFUSED.format(table=table, column=column)
        said = {"table": table, "column": column, "refused": refused, "same": "seq = NEW.seq"}
        statements += [sql[name].format(**said) for name in emptying if table in present]
    if RELATION in present:
        events = ("",) if vendor == "postgresql" else ("INSERT", "UPDATE")
        statements += [sql["acyclic"].format(event=event, **words) for event in events]
    return statements
