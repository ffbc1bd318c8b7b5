"""What a Content-Type says of the charset changes nothing of how an address and a body are read: all is UTF-8."""

from io import BytesIO
from typing import Any

import pytest

from config.readable import Handler

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NAMED = [
    "hex", "rot13", "zlib", "base64", "bz2", "uu", "quopri", "idna", "punycode", "undefined", "utf-16", "utf-16-le",
    "cp037", "latin-1", "UTF-8", "nothing", "utf-8;charset=hex", "%00", "\N{SNOWMAN}".encode().decode("latin-1"),
]  # fmt: skip


@pytest.mark.parametrize("charset", NAMED)
@pytest.mark.parametrize("query", ["limit=1", "q=%41%C3%A9", "limit=%ff"])
def test_an_address_is_read_as_utf_8(charset: str, query: str) -> None:
    said: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/incidents/", "QUERY_STRING": query, "SERVER_NAME": "testserver",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
        "CONTENT_TYPE": f"text/plain; charset={charset}", "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip

    def begin(status: str, _headers: Any, _broken: Any = None) -> Any:
        said.append(status)

    body = b"".join(Handler()(environ, begin))
    assert said == ["400 Bad Request" if "%ff" in query else "200 OK"], body
