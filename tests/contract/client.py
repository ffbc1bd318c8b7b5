"""A client generated from the committed OpenAPI document, and a real server on 127.0.0.1 for it to call.

The server answers through the connection of the test, so that it sees rows which are never committed.
"""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

from django.core.servers.basehttp import WSGIServer
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connections
from django.test.testcases import QuietWSGIRequestHandler

from incidents.api.versions import V1
from tests.contract.validation import operations

PACKAGE = "generated_hid_client"
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)")


def generate(folder: Path) -> str:
    """Write the client into ``folder`` as PACKAGE; what the generator said. Raises where it skipped anything."""
    # The generator formats what it wrote with the ruff it finds on the path, and warns where there is none.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [
        sys.executable, "-m", "openapi_python_client", "generate", "--path", str(V1.document), "--meta", "none",
        "--output-path", str(folder / PACKAGE), "--fail-on-warning",
    ]  # fmt: skip
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if done.returncode:
        raise AssertionError(f"openapi-python-client: {said}")
    return said


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server that answers one request after another while the test waits."""
    connection = connections["default"]
    server = WSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    server.set_app(get_wsgi_application())

    def serve() -> None:
        connections["default"] = connection
        server.serve_forever(poll_interval=0.02)

    connection.inc_thread_sharing()
    # Between requests Django closes a connection whose transaction is open; Django's test client does the same as here.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        connection.dec_thread_sharing()


@dataclass(frozen=True)
class Answer:
    """One answer: its status, what the generated client made of the body, the body, and the ETag if it has one."""

    status: int
    parsed: Any
    content: bytes
    etag: str


class Sdk:
    """The generated client, called by operationId; it knows nothing but what was generated."""

    def __init__(self, address: str) -> None:
        self.client = importlib.import_module(PACKAGE).Client(base_url=address, follow_redirects=True)
        self.models = importlib.import_module(f"{PACKAGE}.models")

    def with_key(self, key: str) -> "Sdk":
        """The same client for the same server, with a key."""
        other = object.__new__(Sdk)
        made = importlib.import_module(PACKAGE).AuthenticatedClient
        other.client = made(base_url=self.client._base_url, token=key, follow_redirects=True)
        other.models = self.models
        return other

    def ask(self, operation_id: str, *keys: Any, **parameters: Any) -> Answer:
        """Call an operation with the values of its path and its parameters."""
        tag = operation_id.partition("_")[0]
        module = importlib.import_module(f"{PACKAGE}.api.{tag}.{operation_id}")
        response = module.sync_detailed(*keys, client=self.client, **parameters)
        etag = response.headers.get("ETag", "")
        return Answer(int(response.status_code), response.parsed, response.content, etag)

    def read(self, operation_id: str, *keys: Any, **parameters: Any) -> Any:
        """The answer as the model that the document names first, with every member that was sent."""
        answer = self.ask(operation_id, *keys, **parameters)
        assert answer.status == HTTPStatus.OK, answer.content
        assert type(answer.parsed) is getattr(self.models, model_of(operation_id)), operation_id
        whole = json.loads(json.dumps(answer.parsed.to_dict()), object_hook=moments)
        assert whole == json.loads(answer.content, object_hook=moments), operation_id
        return answer.parsed

    def problem(self, status: HTTPStatus, operation_id: str, *keys: Any, **parameters: Any) -> Any:
        """The problem details that an operation answers with."""
        answer = self.ask(operation_id, *keys, **parameters)
        assert answer.status == status, answer.content
        return answer.parsed

    def every(self, operation_id: str, *keys: Any, limit: int, **parameters: Any) -> Iterator[Any]:
        """The results of all pages, as next_cursor leads through them."""
        cursor: dict[str, str] = {}
        while True:
            page = self.read(operation_id, *keys, limit=limit, **parameters, **cursor)
            assert len(page.results) <= limit
            yield from page.results
            if page.next_cursor is None:
                return
            assert len(page.results) == limit
            cursor = {"cursor": page.next_cursor}


def model_of(operation_id: str) -> str:
    """The component that an operation answers with; the first where it may also be a sparse one."""
    schema = operations()[operation_id]["responses"]["200"]["content"]["application/json"]["schema"]
    reference: str = schema.get("anyOf", [schema])[0]["$ref"]
    return reference.rpartition("/")[2]


def moments(members: dict[str, Any]) -> dict[str, Any]:
    """Members of a JSON object with moments written as Python writes them: +00:00 in place of Z."""
    return {
        name: datetime.fromisoformat(value).isoformat() if isinstance(value, str) and MOMENT.fullmatch(value) else value
        for name, value in members.items()
    }


def bounds(figure: Any) -> tuple[int, int | None, int]:
    """The three figures of an estimate or a total."""
    return figure.low, figure.best, figure.high


def ids(results: Any) -> set[UUID]:
    """The ids of what was read."""
    return {each.id for each in results}
