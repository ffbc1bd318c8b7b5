"""The log under real commits: sixteen writers at once, and a reader that never sees a number appear late.

The fixture `commits` must be set up before the database, so this module has no mark of its own.
"""

import threading
import time

import pytest
from django.db import connection, transaction

from incidents.models import Incident, LogHead, Publication
from incidents.rules.publication.publishing import publish
from incidents.rules.trail import log
from incidents.rules.trail.verification import verify_log
from tests import factories

WRITERS, EACH = 16, 6


class Unlucky(Exception):
    """Ends a transaction that had written already."""


def write_some(number: int, incidents: list[int], failed: list[BaseException]) -> None:
    """Publish these incidents one by one, with every third transaction rolled back after its rows were written."""
    try:
        for position, pk in enumerate(incidents):
            unlucky = (number + position) % 3 == 0
            try:
                with transaction.atomic():
                    publish([Incident.objects.get(pk=pk)])
                    if unlucky:
                        raise Unlucky  # noqa: TRY301
            except Unlucky:
                continue
    except Exception as error:  # noqa: BLE001 - whatever a thread dies of fails the test
        failed.append(error)
    finally:
        connection.close()


def watch(stop: threading.Event, seen: list[list[int]], failed: list[BaseException]) -> None:
    """Poll as a client of the change feed does: every row above the last one seen."""
    last = 0
    try:
        while True:
            done = stop.is_set()
            rows = list(Publication.objects.order_by("seq").values_list("seq", flat=True))
            new = [seq for seq in rows if seq > last]
            if new:
                seen.append([*[seq for seq in rows if seq <= last], *new])
                last = new[-1]
            if done:
                return
            time.sleep(0.005)
    except Exception as error:  # noqa: BLE001
        failed.append(error)
    finally:
        connection.close()


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_sixteen_writers_number_the_log_without_gaps_in_commit_order() -> None:
    desk = factories.SourceFactory(kind="desk")
    document = factories.DocumentFactory(publisher=desk)
    publish([desk, document])
    shares: list[list[int]] = []
    for _ in range(WRITERS):
        made = factories.IncidentFactory.create_batch(EACH)
        for incident in made:
            factories.ClaimFactory(incident=incident, document=document, value=incident.pk)
        shares.append([incident.pk for incident in made])
    stop, seen, failed = threading.Event(), list[list[int]](), list[BaseException]()
    reader = threading.Thread(target=watch, args=(stop, seen, failed))
    writers = [threading.Thread(target=write_some, args=(n, share, failed)) for n, share in enumerate(shares)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert not failed
    kept = sum((number + position) % 3 != 0 for number in range(WRITERS) for position in range(EACH))
    rows = list(Publication.objects.order_by("seq").values_list("seq", flat=True))
    assert rows == list(range(1, kept + 3))
    assert verify_log().sound
    assert LogHead.objects.get().seq == kept + 2
    assert len(seen) > 1, "the reader saw nothing grow, so it proved nothing"
    for polled in seen:
        # Every poll sees an unbroken beginning of the log: nothing appears later below what was seen.
        assert polled == list(range(1, polled[-1] + 1))
    moments = list(Publication.objects.order_by("seq").values_list("published_at", flat=True))
    assert moments == sorted(moments)


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_eight_writers_of_one_incident_publish_it_once() -> None:
    incident = factories.IncidentFactory()
    failed: list[BaseException] = []
    threads = [threading.Thread(target=write_some, args=(1, [incident.pk], failed)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert list(Publication.objects.values_list("object_id", "version")) == [(incident.public_id, 1)]


@pytest.mark.usefixtures("commits")
def test_the_log_is_written_inside_a_transaction_only() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        log.lock_head()
