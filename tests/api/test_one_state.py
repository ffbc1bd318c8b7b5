"""An answer is of the state that its headers name, whatever is published while it is made.

The fixture `commits` must be set up before the database, so this module has no mark of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from threading import Thread
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.test import Client

from incidents.api import pagination
from incidents.models import Deadline, Investigation
from incidents.models.prepared import Prepared
from incidents.rules.publication.publishing import publish
from tests import factories


def elsewhere(act: Callable[[], object]) -> None:
    """Do something over another connection, to its end."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_what_the_clock_decides_is_decided_on_the_state_that_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    made = factories.InvestigationFactory.create()
    factories.InvestigationEventFactory(investigation=made, kind="announced", on=date(2025, 1, 1))
    factories.DeadlineFactory(investigation=made, due_on=date(2025, 9, 1))
    publish([made])

    def brought_forward() -> None:
        Deadline.objects.update(due_on=date(2025, 4, 1))
        publish([Investigation.objects.get()], reason="Corrected")

    ask, late = pagination._asked, [brought_forward]

    def raced(*args: Any, **kwargs: Any) -> Any:
        asked = ask(*args, **kwargs)
        if late:
            elsewhere(late.pop())
        return asked

    monkeypatch.setattr(pagination, "_asked", raced)
    address = "/api/v1/investigations/?overdue=true&on=2025-05-02"
    before = Client().get(address)
    assert not late
    after = Client().get(address, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert len(after.json()["results"]) == 1
    assert before.json()["results"] == []
    assert int(after["X-Dataset-Seq"]) > int(before["X-Dataset-Seq"])


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("failing", [2, 3])
def test_a_connection_serves_on_after_an_export_that_the_database_broke_off(
    monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """The page that fails is under way already while the one before is given out."""
    publish(factories.IncidentFactory.create_batch(4))
    monkeypatch.setattr("incidents.api.stored.STREAM_PAGE", 1)
    send, sent = Prepared.sent, 0

    def broken(self: Prepared, values: Sequence[Any], *, encoded: bool = False) -> Any:
        nonlocal sent
        sent += 1
        asked = replace(self, sql="SELECT 1 / 0", parameters=(), places=((),) * len(self.places))
        return send(asked if sent == failing else self, values, encoded=encoded)

    monkeypatch.setattr(Prepared, "sent", broken)
    address = "/api/v1/incidents/?format=ndjson"
    answer: Any = Client().get(address)
    with pytest.raises(DatabaseError, match="division by zero"):
        list(answer.streaming_content)
    whole: Any = Client().get(address)
    assert b"".join(whole.streaming_content).count(b"\n") == 5
    assert not connections["public"].in_atomic_block
