"""A browser and a server for it: Debian's Chromium, and the site with the rows of the test, which are never committed.

Without Chromium these tests are skipped, except on CI; CHROMIUM names one that lies elsewhere.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import RLock, Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connections
from django.test.testcases import QuietWSGIRequestHandler
from playwright.sync_api import ConsoleMessage, Page

from incidents.admin import terms

PLACES = (os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "/usr/bin/chromium-browser")
CHROMIUM = next((place for place in PLACES if place and Path(place).exists()), None)


# Two threads in one SQLite connection lock each other out for good: one waits for the connection while it holds the
# interpreter, the other for the interpreter to call a function of ours that a query uses.
ONE_AT_A_TIME = RLock()


class Server(ThreadedWSGIServer):
    """Takes several connections at once, as browsers open them, and leaves the test's database connection open."""

    daemon_threads = True

    def _close_connections(self) -> None:
        pass


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None and not os.environ.get("CI"):
        for item in items:
            if "/browser/" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="no chromium was found; CHROMIUM may name one"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Without a sandbox of its own: the tests may run as root, and open nothing but our own pages."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session", autouse=True)
def database_beside_a_browser() -> Iterator[None]:
    """Playwright runs an event loop in the test's thread, where Django would refuse to ask its database anything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


def in_turn(application: WSGIApplication) -> WSGIApplication:
    """The application, answering one request at a time."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        with ONE_AT_A_TIME:
            response = application(environ, start_response)
            try:
                return [b"".join(response)]
            finally:
                if hasattr(response, "close"):
                    response.close()

    return answer


def while_no_request_is_answered(execute: Any, *asked: Any) -> Any:
    """A query of the test itself."""
    with ONE_AT_A_TIME:
        return execute(*asked)


@pytest.fixture
def site(db: None) -> Iterator[str]:
    """The address of the site, served from threads that all use the connection of the test."""
    terms.forget()
    connection = connections["default"]
    server = Server(("127.0.0.1", 0), QuietWSGIRequestHandler, connections_override={"default": connection})
    server.set_app(in_turn(get_wsgi_application()))
    connection.inc_thread_sharing()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    with connection.execute_wrapper(while_no_request_is_answered):
        yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    connection.dec_thread_sharing()
    terms.forget()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complained about: scripts that failed, and whatever the content policy kept out."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon" not in str(message.location):
            heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard
