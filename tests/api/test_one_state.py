"""An answer is of the state that its headers name, whatever is published while it is made.

The fixture `commits` must be set up before the database, so this module has no mark of its own.
"""

from collections.abc import Callable
from datetime import date
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from incidents.api import pagination
from incidents.models import Deadline, Investigation
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
