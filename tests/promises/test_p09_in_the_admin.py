"""P9 in the admin: of all who opened a page at one version and save it at once, one saves and the others are told."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from incidents.models import AuditEntry, AuditValues, Claim, ClaimCell, Incident
from incidents.rules.trail import editing
from tests.admin.forms import filled, inline_rows
from tests.factories import ClaimCellFactory, DocumentFactory, UserFactory

SAVED, SHOWN_AGAIN = 302, 200
TOLD = ("changed meanwhile", "changed this record meanwhile", "Nothing was saved.")
Sent = Callable[[Any, str], dict[str, Any]]


@dataclass
class Round:
    """What came of one page that several people saved at once."""

    saved: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    others: Counter[int] = field(default_factory=Counter)


def address(row: Model) -> str:
    return reverse(f"admin:incidents_{row._meta.model_name}_change", args=[row.pk])


def people(number: int) -> list[Client]:
    """So many moderators with a session each, who may do everything."""
    clients = [Client(raise_request_exception=False) for _ in range(number)]
    for client in clients:
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return clients


def marked(number: int) -> int:
    """The value by which what that person enters is found again, whatever table it stands in."""
    return 1_000_000 + number


def of_an_incident(incident: Any, mark: str) -> dict[str, Any]:
    """A change of the record itself, and a claim that is entered with it."""
    document = DocumentFactory()
    claim = {"asserted_by": document.publisher.pk, "document": document.pk, "measure": "killed", "status": "civilian"}
    claim |= {"qualifier": "exact", "value": mark, "status_basis": "stated", "quote": f"said by {mark}"}
    return {"place_text": f"told by {mark}"} | inline_rows("claims", [claim], start=incident.claims.count())


def of_a_part(cell: Any, mark: str) -> dict[str, Any]:
    """A change of a part, which is one of its claim and of its incident."""
    return {"value": mark}


def at_once(row: Any, clients: list[Client], begun: int, sent: Sent) -> Round:
    """Everybody opens the page, and when all have it everybody saves what they entered."""
    where, found, lock = address(row), Round(), threading.Lock()
    marks = [str(marked(begun + number)) for number in range(len(clients))]
    pages = [filled(client, where) for client in clients]
    assert len({page["version"] for page in pages}) == 1, "all start from one version"
    bodies = [page | _with_parts(page, sent(row, mark)) for page, mark in zip(pages, marks, strict=True)]
    begin = threading.Barrier(len(clients))

    def save(client: Client, mark: str, body: dict[str, Any]) -> None:
        begin.wait()
        try:
            answer = client.post(where, body)
            with lock:
                if answer.status_code == SAVED:
                    found.saved.append(mark)
                elif answer.status_code == SHOWN_AGAIN and any(words in answer.content.decode() for words in TOLD):
                    found.told.append(mark)
                else:
                    found.others[answer.status_code] += 1
        finally:
            connection.close()

    connection.close()  # each thread keeps one of the pool's until it ends, and the pool has twenty
    threads = [threading.Thread(target=save, args=each) for each in zip(clients, marks, bodies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _with_parts(page: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """New lines below those that the page has already."""
    return {name: page.get(name, value) if name.endswith("-INITIAL_FORMS") else value for name, value in given.items()}


def stored_words() -> str:
    """All that is stored of the records, their earlier versions, their parts and the audit chain."""
    tables: list[Any] = [Incident, Incident.history.model, Claim, Claim.history.model, ClaimCell]
    return repr([list(model._default_manager.values()) for model in (*tables, AuditEntry, AuditValues)])


def versions(*rows: Any) -> list[int]:
    return [type(row).objects.values_list("version", flat=True).get(pk=row.pk) for row in rows]


CASES: dict[str, tuple[Callable[[Any], Any], Sent]] = {
    "record": (lambda cell: cell.claim.incident, of_an_incident),
    "part": (lambda cell: cell, of_a_part),
}


@pytest.mark.postgresql
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("what", CASES)
def test_p9_of_one_version_exactly_one_page_is_saved(what: str, full_profile: bool, kept: Any) -> None:
    cell = ClaimCellFactory()
    pick, sent = CASES[what]
    row, incident = pick(cell), cell.claim.incident
    number, rounds = 18 if full_profile else 5, 2
    clients, told = people(number), 0
    for done in range(rounds):
        found = at_once(row, clients, done * number, sent)
        assert not found.others
        assert (len(found.saved), len(found.told)) == (1, number - 1)
        assert versions(incident) == [done + 2]
        words = stored_words()
        assert found.saved[0] in words
        assert [mark for mark in found.told if mark in words] == [], "nothing is stored of those who were told"
        told += len(found.told)
    kept("P9", f"0 lost of {rounds} saves of a {what}'s page in the admin, {told:,} told that it had changed")


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("what", CASES)
def test_p9_control_a_page_that_is_checked_before_the_lock_loses_a_save(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = ClaimCellFactory()
    pick, sent = CASES[what]
    both = threading.Barrier(2, timeout=60)

    def unlocked(record: Any, version: int | None, towards: Model | None = None) -> Any:
        stored = type(record)._default_manager.get(pk=record.pk)
        if stored.version != version:
            raise editing.Stale(stored, [])
        both.wait()
        return stored

    monkeypatch.setattr(editing, "check", unlocked)
    monkeypatch.setattr(editing, "hold", lambda *_: None)
    found = at_once(pick(cell), people(2), 0, sent)
    assert (len(found.saved), found.told, found.others) == (2, [], Counter()), "both believe that they saved"
