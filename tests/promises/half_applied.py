"""A process that does one thing to a database in a process of its own, so that either can be killed in the middle.

Started as ``python -m tests.promises.half_applied``; it reads orders as lines of JSON and says what happens as such
lines. What is killed, and what must hold afterwards, is in test_p10_half_applied.py.
"""

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import django
from django.db import connection, connections

# Without seq: objects of one transaction stand in the order of their random ids.
SAID = ("kind", "version", "operation", "reason_code", "reason")


def say(**words: Any) -> None:
    """One line to whoever gave the order."""
    sys.stdout.write(f"{json.dumps(words)}\n")  # at once: who is killed between two writes leaves half a line
    sys.stdout.flush()


def prepare() -> None:
    """The tables, and published incidents with a row of everything, as every point starts from."""
    from django.core.management import call_command

    from incidents.rules.publication.publishing import publish
    from tests import factories
    from tests.exchange.ged_files import some_areas
    from tests.keys import key_of

    call_command("migrate", verbosity=0)
    some_areas()
    area = factories.AdminAreaFactory()
    container = factories.IncidentFactory(kind="aggregate", title={"en": "container"})
    investigation = factories.InvestigationFactory()
    for name in ("kept", "gone", "draft"):
        incident = factories.IncidentFactory(title={"en": name}, areas=[area])
        for value in (10, 12, 31):
            claim = factories.ClaimFactory(incident=incident, value=value)
            factories.ClaimCellFactory(claim=claim)
            factories.AttributionFactory(incident=incident, claim=claim)
        factories.IncidentActFactory(incident=incident)
        factories.IncidentReferenceFactory(incident=incident)
        factories.IncidentRelationFactory(from_incident=container, to_incident=incident)
        factories.ScopeFactory(investigation=investigation, incident=incident)
        factories.StatementFactory().about.set([incident])
        if name != "draft":
            publish([incident])
    publish([container, investigation])
    _key_file().write_text(key_of(scopes=["submissions:write"]).text)


def do_merge() -> None:
    from incidents.rules.sameness.merging import merge

    merge(_incident("kept"), _incident("gone"), reason="The same killing, told twice.")


def do_undo() -> None:
    from incidents.models import Merge
    from incidents.rules.sameness.unmerging import undo_merge

    undo_merge(Merge.objects.get(), reason="They are two.")


def do_publication() -> None:
    from incidents.rules.publication.publishing import publish

    publish([_incident("draft"), _incident("container")], reason="Seen.")


def do_import() -> None:
    from incidents.exchange.ged import import_ged

    import_ged(Path(os.environ["GED_FILE"]), publishing=True)


def do_request() -> None:
    """What an organisation sends through the API, with the key that makes it one thing however often it is sent."""
    from django.test import Client
    from django.test.utils import setup_test_environment

    from tests.contributions import tuwaym

    setup_test_environment()
    headers = {"authorization": f"Bearer {_key_file().read_text()}", "idempotency-key": "told-once"}
    answer = Client().post("/api/v1/submissions/", tuwaym(), content_type="application/json", headers=headers)
    if answer.status_code != HTTPStatus.CREATED:
        raise RuntimeError(f"{answer.status_code}: {answer.content[:300]!r}")


def _key_file() -> Path:
    return Path(os.environ["GED_FILE"]).with_name("key")


def do_merge_halfway() -> None:
    """The control: a merge that commits the working record before it publishes."""
    from incidents.rules.sameness import merging

    module: Any = merging
    real = module.publish_merge

    def late(*args: Any, **kwargs: Any) -> Any:
        if connection.connection is not None:
            connection.connection.commit()
        say(committed_halfway=True)
        return real(*args, **kwargs)

    module.publish_merge = late
    do_merge()


def _incident(title: str) -> Any:
    from incidents.models import Incident

    return Incident.objects.get(title__en=title)


def look() -> None:
    """Once nobody else is connected: every table's content and length, the log in words, and whether all agrees."""
    from incidents.models import Publication
    from incidents.rules.publication.reindexing import reindex
    from incidents.rules.trail.verification import verify_log

    _wait_until_alone()
    contents, lengths = {}, {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')  # noqa: S608
            rows = [row for (row,) in cursor.fetchall()]
            contents[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
            lengths[table] = len(rows)
    log = [[str(value) for value in row] for row in Publication.objects.order_by("seq").values_list(*SAID)]
    say(
        contents=contents,
        lengths=lengths,
        log=sorted(log),
        sound=verify_log().sound,
        differs=sorted(reindex(check=True)),
    )


def _wait_until_alone() -> None:
    """A killed client's server process may be about to commit what it was told to."""
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)
    raise TimeoutError("somebody else stays connected")


DOES: dict[str, Callable[[], None]] = {
    "prepare": prepare,
    "merge": do_merge,
    "undo": do_undo,
    "publication": do_publication,
    "import": do_import,
    "request": do_request,
    "merge_halfway": do_merge_halfway,
    "look": look,
}


@contextlib.contextmanager
def counted() -> Iterator[None]:
    """Say the number of each statement before it is executed, and which process of the server executes it."""
    number = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal number
        number += 1
        say(statement=number)
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        say(backend=cursor.fetchone()[0], client=os.getpid())
    with connection.execute_wrapper(counting):
        yield


def obey(order: dict[str, str]) -> None:
    """Do what the order says to its database, in this process."""
    for alias in connections:
        connections[alias].settings_dict["NAME"] = order["database"]
        # One connection, kept: a pool opens others from threads of its own, and hides which one is used.
        connections[alias].settings_dict["OPTIONS"].pop("pool", None)
        connections[alias].settings_dict["CONN_MAX_AGE"] = None
    if order["do"] in {"look", "prepare"}:
        DOES[order["do"]]()
        return
    with counted():
        DOES[order["do"]]()


def main() -> None:
    """Take orders until there are no more; each is done by a fork of this process, which has loaded everything."""
    django.setup()
    import config.urls  # noqa: F401
    import incidents.exchange.ged
    import incidents.rules.sameness.unmerging  # noqa: F401

    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                obey(order)
                os._exit(0)
            except BaseException as error:  # noqa: BLE001 - said, and told by the status
                say(error=f"{type(error).__name__}: {error}"[:500])
                os._exit(1)
        _, status = os.waitpid(child, 0)
        say(ended=status)


if __name__ == "__main__":
    main()
