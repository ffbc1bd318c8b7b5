"""The role of the public API on a real server: it logs in, tries everything else, and serves the whole of the API."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler, load_backend
from psycopg import errors

from incidents.models import Checkpoint, PublicMention, Restatement
from incidents.models.prepared import _prepared
from incidents.rules.accounts.public_role import READABLE, PublicRoleError, create_public_role
from tests.api.conftest import add_gazetteer, publish_founding_case
from tests.contract.asking import Pool, ask, drawn, everything
from tests.factories import UserFactory

ROLE, GROUP = f"hid_public_{os.getpid()}", f"hid_group_{os.getpid()}"
PASSWORD = "a \"long\" pass phrase, with 'quotes'"
ONE_ROW = "SELECT 1 FROM {} LIMIT 1"
NOT_READ = {Restatement, PublicMention}
MODULES = {"public", "tallies", "publications", "places", "vocabularies"}

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("commits")]


def log_in(user: str = ROLE, **changed: Any) -> psycopg.Connection[Any]:
    """A connection of its own to the database of the test; what it does is committed."""
    known = connection.settings_dict
    given = {"host": known["HOST"], "port": known["PORT"], "dbname": known["NAME"], "user": user, "password": PASSWORD}
    return psycopg.connect(**{**given, **changed}, autocommit=True)


def owner(**changed: Any) -> psycopg.Connection[Any]:
    known = connection.settings_dict
    return log_in(known["USER"], password=known["PASSWORD"], **changed)


@pytest.fixture
def role(commits: None, tmp_path: Path) -> Iterator[str]:
    """The role, made by the command."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    said = made(password_file=str(tmp_path / "password"))
    assert f"The role {ROLE} was made: it reads {len(READABLE)} tables." in said
    yield ROLE
    with owner() as session:
        for name in (ROLE, GROUP):
            if session.execute("SELECT to_regrole(%s)", [name]).fetchone() != (None,):
                session.execute(f"DROP OWNED BY {name}")
                session.execute(f"DROP ROLE {name}")


def made(**options: Any) -> str:
    out = StringIO()
    call_command("create_public_role", ROLE, stdout=out, stderr=out, **options)
    return out.getvalue()


@contextmanager
def served_by(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """The alias `public` on a connection of this role; yields how it says who it is."""
    known = connections["default"].settings_dict
    settings = {**known, "USER": name, "PASSWORD": PASSWORD, "OPTIONS": {}}
    public = load_backend(known["ENGINE"]).DatabaseWrapper(settings, "public")
    by_alias = ConnectionHandler.__getitem__

    def apart(handler: ConnectionHandler, alias: str) -> BaseDatabaseWrapper:
        return public if alias == "public" and handler is connections else by_alias(handler, alias)

    def who() -> str:
        with public.cursor() as cursor:
            cursor.execute("SELECT session_user")
            return str(cursor.fetchone()[0])

    _prepared.clear()
    cache.clear()
    with monkeypatch.context() as patch:
        patch.setattr(ConnectionHandler, "__getitem__", apart)
        yield who
    public.close()
    _prepared.clear()
    cache.clear()


def relations(kinds: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind = ANY(%s) ORDER BY 1",
            [list(kinds)],
        )
        return [name for (name,) in cursor.fetchall()]


def readable() -> set[str]:
    return {model._meta.db_table for model in READABLE}


def allowed(session: psycopg.Connection[Any], statements: Sequence[str]) -> list[str]:
    """Those of the statements that are not refused for want of a right; what is merely read only is tried again."""
    session.execute("SET default_transaction_read_only = off")
    passed = []
    for statement in statements:
        try:
            session.execute(statement)
        except errors.InsufficientPrivilege:
            continue
        except psycopg.Error as error:
            passed.append(f"{statement}: {error.sqlstate} {error}")
            continue
        passed.append(statement)
    return passed


def writing(tables: Sequence[str]) -> list[str]:
    return [
        each.format(table=table)
        for table in tables
        for each in (
            "INSERT INTO {table} DEFAULT VALUES",
            "DELETE FROM {table}",
            "TRUNCATE {table}",
            "DO $$BEGIN LOCK TABLE {table} IN EXCLUSIVE MODE; END$$",
            "ALTER TABLE {table} DISABLE TRIGGER ALL",
            "DROP TABLE {table}",
            "CREATE INDEX ON {table} ((1))",
        )
    ]


def others() -> list[str]:
    """Reading what is not public, by every door of a table."""
    hidden = [each for each in relations("rpvm") if each not in readable()]
    assert {"incidents_source", "incidents_historicalincident", "auth_user", "django_session"} <= set(hidden)
    sequences = relations("S")
    reading = (ONE_ROW, "SELECT count(*) FROM {}", "TABLE {}")
    numbering = ("SELECT nextval('{}')", "SELECT last_value FROM {}", "SELECT setval('{}', 1)")
    return [
        *[each.format(table) for table in hidden for each in reading],
        *[each.format(name) for name in sequences for each in numbering],
    ]


SERVER = [
    "CREATE TEMP TABLE mine (a int)",
    "CREATE TABLE mine (a int)",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION dblink",
    "CREATE DATABASE mine",
    "CREATE ROLE mine",
    "ALTER SYSTEM SET log_statement = 'none'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_read_binary_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_stat_file('postgresql.conf')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_shadow",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_user_mapping",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT * FROM pg_file_settings",
    "SELECT * FROM pg_subscription",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_restore_point('mine')",
    "SELECT pg_logical_emit_message(false, 'a', 'b') FROM pg_authid",
]


def test_it_reads_what_is_public_and_can_do_nothing_else(role: str) -> None:
    UserFactory(username="somebody")
    known = connection.settings_dict["USER"]
    with log_in() as session:
        assert session.execute("SELECT session_user").fetchone() == (role,)
        for table in sorted(readable()):
            session.execute(ONE_ROW.format(table))
        assert allowed(session, others()) == []
        assert allowed(session, writing(relations("rp"))) == []
        assert allowed(session, [*SERVER, f"SET ROLE {known}", f"SET SESSION AUTHORIZATION {known}"]) == []
        functions = session.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND proname LIKE 'incidents_%' AND has_function_privilege(oid, 'EXECUTE')"
        ).fetchall()
        assert functions == []
        owners = "SELECT pid FROM pg_stat_activity WHERE usename = %s LIMIT 1"
        pid = (session.execute(owners, [known]).fetchone() or [0])[0]
        assert allowed(session, [f"SELECT pg_terminate_backend({pid})", f"SELECT pg_cancel_backend({pid})"]) == []
        seen = session.execute("SELECT DISTINCT query FROM pg_stat_activity WHERE usename = %s", [known]).fetchall()
        assert seen == [("<insufficient privilege>",)], "what the others ask stays their own"


def test_it_begins_read_only_and_bounded_and_its_password_is_kept_as_scram(role: str) -> None:
    with log_in() as session:
        shown = {
            name: (session.execute(f"SHOW {name}").fetchone() or [None])[0]
            for name in ("default_transaction_read_only", "statement_timeout", "lock_timeout")
        }
        assert shown == {"default_transaction_read_only": "on", "statement_timeout": "1min", "lock_timeout": "5s"}
        with pytest.raises((errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)):
            session.execute("DELETE FROM incidents_publicincident")
    with owner() as session:
        stored = session.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role]).fetchone()
        assert stored is not None
        assert stored[0].startswith("SCRAM-SHA-256$")
        assert PASSWORD not in stored[0]


def test_what_it_was_given_by_mistake_is_seen_and_taken_away_by_a_second_run(role: str) -> None:
    with owner() as session:
        session.execute(f"GRANT SELECT ON incidents_source TO {role}")
        session.execute("GRANT SELECT ON incidents_incident TO PUBLIC")
        session.execute(f"GRANT USAGE ON SEQUENCE incidents_source_id_seq TO {role}")
        session.execute(f"CREATE ROLE {GROUP}")
        session.execute(f"GRANT SELECT ON incidents_claim TO {GROUP}")
        session.execute(f"GRANT {GROUP} TO {role}")
        session.execute(f"ALTER ROLE {role} INHERIT CREATEDB")
        session.execute(f"ALTER ROLE {role} SET statement_timeout = 0")
        session.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}")
    with log_in() as session:
        found = allowed(session, others())
    for table in ("incidents_source", "incidents_incident", "incidents_claim"):
        assert ONE_ROW.format(table) in found, "the check sees what it is for"
    assert f"The role {role} was brought up to date" in made()
    with owner() as session:
        session.execute("CREATE TABLE made_later (a int)")
    try:
        with log_in() as session:
            assert allowed(session, others()) == []
            assert allowed(session, ["SELECT * FROM made_later", "CREATE DATABASE mine", f"SET ROLE {GROUP}"]) == []
            assert session.execute("SHOW statement_timeout").fetchone() == ("1min",)
    finally:
        with owner() as session:
            session.execute("DROP TABLE made_later")


def test_other_databases_show_it_nothing_and_the_command_names_them(role: str) -> None:
    said = made()
    assert "may also connect to" in said
    assert "postgres" in said
    with owner(dbname="postgres") as session:
        session.execute(f"CREATE TABLE IF NOT EXISTS of_another_{os.getpid()} (a int)")
    try:
        with log_in(dbname="postgres") as session:
            there = [
                ONE_ROW.format(f"of_another_{os.getpid()}"),
                "SELECT * FROM pg_authid",
                "CREATE TABLE mine (a int)",
            ]
            assert allowed(session, there) == []
    finally:
        with owner(dbname="postgres") as session:
            session.execute(f"DROP TABLE of_another_{os.getpid()}")


def test_the_whole_api_answers_through_it_as_through_the_owner(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add_gazetteer()
    publish_founding_case()
    pool = Pool.of_database("Latakia", "القرداحة")
    addresses = [*everything(pool), "/releases/seeded/incidents.ndjson.gz", "/", *drawn(Random(6), pool, 150)]
    as_owner = {address: ask(address) for address in addresses}
    as_role: dict[str, bytes] = {}
    with served_by(role, monkeypatch) as asked:
        for address in addresses:
            as_role[address] = ask(address)
        assert asked() == role
    assert [address for address in addresses if as_owner[address] != as_role[address]] == []
    assert sum(answer.startswith(b"200") for answer in as_role.values()) > 60


def test_every_public_table_is_readable_or_named_as_not_read() -> None:
    """A table that joins these modules is decided about: nothing is read because nobody thought of it."""
    declared = {
        model
        for model in apps.get_app_config("incidents").get_models()
        if model.__module__.rpartition(".")[2] in MODULES
    }
    # Signed heads are public, and stand beside the audit chain, which is not.
    assert declared | {Checkpoint} == set(READABLE) | NOT_READ
    assert not set(READABLE) & NOT_READ


def test_a_role_without_login_is_one_for_others(role: str) -> None:
    made(no_login=True)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        log_in()


@pytest.mark.parametrize(
    "name", ["", "x" * 64, "pg_reader", "public", "none", 'hid"; DROP TABLE incidents_claim; --', "a\0b", "Hid"]
)
def test_a_name_that_would_have_to_be_quoted_is_refused(name: str) -> None:
    with pytest.raises(PublicRoleError, match="is no name for it"):
        create_public_role(name)


def test_an_owner_who_is_no_superuser_can_make_it(role: str) -> None:
    with owner() as session:
        session.execute(f"CREATE ROLE {GROUP} CREATEROLE")
        session.execute(f"GRANT {connection.settings_dict['USER']} TO {GROUP}")
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {GROUP}")
    try:
        again, new = create_public_role(role), create_public_role(f"{role}_2", login=False)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(f"DROP OWNED BY {role}_2")
            cursor.execute(f"DROP ROLE {role}_2")
    assert (again.created, new.created) == (False, True)
    assert any("Large objects" in warning for warning in new.warnings)


def test_the_owner_of_the_database_is_not_made_a_reader(role: str) -> None:
    with pytest.raises(PublicRoleError, match="choose another name"):
        create_public_role(connection.settings_dict["USER"])
    with pytest.raises(CommandError, match="holds no password"):
        made(password_file=os.devnull)
