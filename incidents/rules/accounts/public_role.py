"""The PostgreSQL role of the public API: what it may read, and how it is made to be able to do nothing else.

READABLE is the whole list of its rights. What it cannot be refused by the owner of one database is said, not done.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from incidents.models import (
    AdminArea,
    AreaClosure,
    AreaName,
    Checkpoint,
    LogHead,
    Publication,
    PublicationBody,
    PublicClaim,
    PublicContainment,
    PublicDocument,
    PublicIncident,
    PublicIncidentAct,
    PublicIncidentActor,
    PublicIncidentArea,
    PublicIncidentReference,
    PublicInvestigation,
    PublicInvestigationIncident,
    PublicPerpetrator,
    PublicRelease,
    PublicRollup,
    PublicSource,
    Tally,
    Term,
    TermLabel,
    TermMapping,
)

READABLE: dict[type[Model], tuple[str, ...]] = {
    **dict.fromkeys((AdminArea, AreaName, AreaClosure, Term, TermLabel, TermMapping), ()),
    **dict.fromkeys((LogHead, Publication, PublicRelease, Checkpoint), ()),
    # The feed and earlier states serve salt and document; a column added later is not read until it is named here.
    PublicationBody: ("seq", "salt", "document"),
    **dict.fromkeys((PublicIncident, PublicPerpetrator, PublicInvestigation, PublicSource, PublicDocument), ()),
    **dict.fromkeys((PublicIncidentArea, PublicIncidentAct, PublicIncidentActor, PublicIncidentReference), ()),
    **dict.fromkeys((PublicClaim, PublicContainment, PublicInvestigationIncident, Tally, PublicRollup), ()),
}
"""Every table that the API reads; of those with columns named, these alone."""

STATEMENT_SECONDS = 60
LIMITS = {"default_transaction_read_only": "on", "statement_timeout": f"{STATEMENT_SECONDS}s", "lock_timeout": "5s"}
# Asked of PostgreSQL only where they are set: who is no superuser may not even say NOREPLICATION.
POWERS = {
    "rolcreatedb": "NOCREATEDB",
    "rolcreaterole": "NOCREATEROLE",
    "rolreplication": "NOREPLICATION",
    "rolbypassrls": "NOBYPASSRLS",
    "rolinherit": "NOINHERIT",
}
# Large objects are the one thing that anybody may write in any database; only a superuser can take that away.
LARGE_OBJECTS = ("lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)")
NAME = re.compile(r"(?!pg_|public$|none$)[a-z_][a-z0-9_]{0,62}")


# What the role would be given of objects made later, by whichever role makes them.
NEW_OBJECTS = """
SELECT DISTINCT format('ALTER DEFAULT PRIVILEGES FOR ROLE %%s %%s REVOKE ALL ON %%s FROM %%s', defaclrole::regrole,
    CASE WHEN defaclnamespace = 0 THEN '' ELSE format('IN SCHEMA %%s', defaclnamespace::regnamespace) END,
    CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES'
                       WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END, grantee::regrole)
FROM pg_default_acl, aclexplode(defaclacl) WHERE grantee = %s::regrole"""


class PublicRoleError(Exception):
    """A role that cannot be made; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class PublicRole:
    """What was done: whether the role is new, how many tables it reads, and what its owner should know."""

    name: str
    created: bool
    tables: int
    warnings: tuple[str, ...]


def create_public_role(name: str, *, password: str = "", login: bool = True) -> PublicRole:
    """Make the role, or bring an existing one back to what it may do; all of it or nothing.

    Without a password a role that may log in keeps the one it has. Tables made later are not readable until this
    is done again. Raises PublicRoleError.
    """
    if connection.vendor != "postgresql":
        raise PublicRoleError("Only PostgreSQL has roles; SQLite's `public` connection is read only by itself.")
    if not NAME.fullmatch(name):
        raise PublicRoleError(
            f"'{name[:70]}' is no name for it; write 1 to 63 lower-case letters, digits and _, such as hid_public."
        )
    if "\0" in password:
        raise PublicRoleError("The password holds a character that no password can have; choose another.")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            known = _checked(cursor, name)
            role = quoted(name)
            for statement in _statements(cursor, role, known=known, login=login):
                cursor.execute(statement)
            if password:
                _set_password(cursor, role, name, password)
            return PublicRole(name, not known, len(READABLE), tuple(_warnings(cursor, name)))
    except DatabaseError as error:
        said = str(error).splitlines()[0]
        raise PublicRoleError(
            f"PostgreSQL refused: {said}. Set DATABASE_URL to the owner of this database with CREATEROLE, or to a "
            "superuser, for this one command."
        ) from error


def quoted(name: str) -> str:
    """A name as it may stand in a statement whatever it holds; Django's own quoting leaves quotes as they are."""
    return '"{}"'.format(name.replace('"', '""'))


def _grants() -> Iterator[str]:
    """What may be read, as GRANT has it: a table, or columns of one."""
    for model, columns in READABLE.items():
        named = f" ({', '.join(map(quoted, columns))})" if columns else ""
        yield f"SELECT{named} ON TABLE {quoted(model._meta.db_table)}"


def _checked(cursor: CursorWrapper, name: str) -> bool:
    """Whether the role is there already. Raises PublicRoleError for one that owns things or that we are ourselves."""
    cursor.execute("SELECT oid, rolsuper, rolname = current_user FROM pg_roles WHERE rolname = %s", [name])
    found = cursor.fetchone()
    if found is None:
        return False
    oid, is_super, is_us = found
    cursor.execute("SELECT count(*) FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = %s"
                   " AND deptype = 'o'", [oid])  # fmt: skip
    owned = cursor.fetchone()
    if is_super or is_us or (owned and owned[0]):
        what = "a superuser" if is_super else "the role that this program works as" if is_us else "an owner of things"
        raise PublicRoleError(f"{name} is {what}, and would keep rights over them; choose another name.")
    return True


def _statements(cursor: CursorWrapper, role: str, *, known: bool, login: bool) -> Iterator[str]:
    database = quoted(str(connection.settings_dict["NAME"]))
    yield f"{'ALTER' if known else 'CREATE'} ROLE {role} {'LOGIN' if login else 'NOLOGIN'}"
    powers = [word for column, word in POWERS.items() if _rows(cursor, _has(column), [role])]
    if powers:
        yield f"ALTER ROLE {role} {' '.join(powers)}"
    yield f"ALTER ROLE {role} RESET ALL"
    for group in _memberships(cursor, role):
        yield f"REVOKE {quoted(group)} FROM {role}"
    # What everybody may do, this role may do too: it is taken from everybody. The owner keeps it.
    for whom in ("PUBLIC", role):
        yield f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM {whom}"
        for schema in map(quoted, _schemas(cursor)):
            yield f"REVOKE CREATE ON SCHEMA {schema} FROM {whom}"
            yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {whom}"
            yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {whom}"
    for schema in map(quoted, _schemas(cursor)):
        yield f"REVOKE ALL ON ALL ROUTINES IN SCHEMA {schema} FROM {role}"
        yield f"REVOKE ALL ON SCHEMA {schema} FROM {role}"
    yield from _rows(cursor, NEW_OBJECTS, [role])
    yield from (f"REVOKE EXECUTE ON FUNCTION {each} FROM PUBLIC" for each in _own_functions(cursor))
    if _is_superuser(cursor):
        yield from (f"REVOKE EXECUTE ON FUNCTION pg_catalog.{each} FROM PUBLIC" for each in LARGE_OBJECTS)
    yield f"ALTER ROLE {role} SET search_path = {quoted(_own_schema(cursor))}"
    yield from (f"ALTER ROLE {role} SET {setting} = '{value}'" for setting, value in LIMITS.items())
    yield f"GRANT CONNECT ON DATABASE {database} TO {role}"
    yield f"GRANT USAGE ON SCHEMA {quoted(_own_schema(cursor))} TO {role}"
    yield from (f"GRANT {each} TO {role}" for each in _grants())


def _set_password(cursor: CursorWrapper, role: str, name: str, password: str) -> None:
    """Store it as SCRAM made it here: the password itself would stand in the server's log of statements."""
    driver = cursor.connection
    secret = driver.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    cursor.execute(f"ALTER ROLE {role} PASSWORD %s", [secret])


def _warnings(cursor: CursorWrapper, name: str) -> Iterator[str]:
    others = _rows(
        cursor,
        "SELECT datname FROM pg_database WHERE datallowconn AND datname <> current_database()"
        " AND has_database_privilege(%s, datname, 'CONNECT') ORDER BY datname",
        [name],
    )
    if others:
        yield (
            f"{name} may also connect to {', '.join(others)}, as every role may: name only this database for it in "
            "pg_hba.conf, or REVOKE CONNECT ON DATABASE ... FROM PUBLIC there."
        )
    if not _is_superuser(cursor):
        yield "Large objects can be made by every role: a superuser, running this command, takes that away."


def _has(column: str) -> str:
    return f"SELECT 1 FROM pg_roles WHERE {column} AND oid = %s::regrole"  # noqa: S608 -- a column of POWERS


def _memberships(cursor: CursorWrapper, role: str) -> Sequence[str]:
    said = "SELECT rolname FROM pg_auth_members JOIN pg_roles ON oid = roleid WHERE member = %s::regrole ORDER BY 1"
    return _rows(cursor, said, [role])


def _schemas(cursor: CursorWrapper) -> Sequence[str]:
    said = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1"
    return _rows(cursor, said, [])


def _own_schema(cursor: CursorWrapper) -> str:
    return _rows(cursor, "SELECT current_schema()", [])[0]


def _own_functions(cursor: CursorWrapper) -> Sequence[str]:
    """Functions that belong to no extension: those of our triggers, which run without being allowed."""
    said = (
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid"
        " AND d.deptype = 'e') ORDER BY 1"
    )
    return _rows(cursor, said, [])


def _is_superuser(cursor: CursorWrapper) -> bool:
    return bool(_rows(cursor, "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper", []))


def _rows(cursor: CursorWrapper, statement: str, values: Sequence[str]) -> list[str]:
    cursor.execute(statement, values)
    return [row[0] for row in cursor.fetchall()]
