"""The worker of gunicorn that config/gunicorn.py names: threads, and a bound for the head of a request."""

from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from config.env import environment
from config.stalled import Wait, watch


class Watched(ThreadWorker):  # type: ignore[misc]
    """A worker with threads that waits REQUEST_SECONDS for the head of a request, however it trickles in.

    Gunicorn itself waits for ever once the first byte is there; the body has a bound of its own (config/stalled.py).
    """

    def handle(self, conn: Any) -> Any:
        """Answer one request; what it returns is gunicorn's own."""
        conn.head = watch.begin(conn.sock, environment.request_seconds)
        try:
            return super().handle(conn)
        finally:
            watch.end(conn.head)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """The head is there."""
        head: Wait = conn.head
        watch.end(head)
        return super().handle_request(req, conn)
