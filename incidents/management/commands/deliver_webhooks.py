"""deliver_webhooks: the worker that tells subscriptions what happened; any number of them may run at once."""

import logging
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, connection, connections

from incidents.exchange.deliveries import Sender
from incidents.management.arguments import whole_number
from incidents.rules.delivery.delivering import Round, deliver_next
from incidents.rules.delivery.missed import Watch

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0
THREADS = 4


class Command(BaseCommand):
    """Deliver until told to stop: SIGTERM and SIGINT let requests that are under way end, which takes ten seconds."""

    help = "Deliver messages to webhooks, in order and at least once, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is due now, then end")
        parser.add_argument(
            "--threads", type=whole_number, choices=range(1, 33), metavar="1-32", help="how many at a time"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        stop = threading.Event()
        before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}

        def told_to_stop(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        for each in before:
            signal.signal(each, told_to_stop)
        # SQLite has one writer, and the one connection of a database in memory is this thread's.
        threads = options["threads"] or (THREADS if connection.vendor == "postgresql" else 1)
        try:
            rounds = _Rounds(stop, once=options["once"])
            rounds.run(threads)
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        if options["once"] or self.stdout.isatty():
            self.stdout.write(f"{rounds.delivered} messages delivered, {rounds.failed} attempts failed.")


class _Rounds:
    """Takes turns until it is told to stop or, with `once`, until nothing is due."""

    def __init__(self, stop: threading.Event, *, once: bool) -> None:
        self._stop, self._once = stop, once
        self._sender, self._watch = Sender(), Watch()
        self._counting = threading.Lock()
        self._died: list[Exception] = []
        self.delivered = self.failed = 0

    def run(self, threads: int) -> None:
        if threads == 1:
            self._loop()
            return
        each = [threading.Thread(target=self._guarded, name=f"webhooks-{number}") for number in range(threads)]
        for thread in each:
            thread.start()
        for thread in each:
            thread.join()
        if self._died:
            raise self._died[0]

    def _guarded(self) -> None:
        """One thread that cannot go on, the database being away, ends them all, and whoever supervises starts anew."""
        try:
            self._loop()
        except Exception as error:  # noqa: BLE001 -- raised again by the main thread
            self._died.append(error)
            self._stop.set()
        finally:
            connections.close_all()

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch.look()
                done = deliver_next(self._sender, stopping=self._stop.is_set)
            except OperationalError as error:
                # SQLite has one writer, and a bulk holds it longer than anybody waits; a server that is away is another
                # matter. What was sent and could not be noted is sent again under the same id.
                if connection.vendor != "sqlite" or self._once:
                    raise
                logger.warning("Deliveries wait for the database: %s", error)
                self._stop.wait(POLL_SECONDS)
                continue
            if done is not None:
                self._count(done)
            elif self._once:
                return
            else:
                self._stop.wait(POLL_SECONDS)

    def _count(self, done: Round) -> None:
        with self._counting:
            self.delivered += done.delivered
            self.failed += done.failed
