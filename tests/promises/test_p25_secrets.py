"""P25: no key, cookie, name or secret in logs, tracebacks or settings dumps.

Each place is filled on purpose with what must not be read in it, and then searched, as it is and in other spellings.
"""

import base64
import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from django.utils.module_loading import import_string
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from config.env import Environment
from config.middleware import access
from incidents.api.v1 import about
from incidents.models import Organisation
from incidents.rules.accounts.keys import NewKey
from tests.keys import bearer, key_of

pytestmark = pytest.mark.django_db
COOKIE = "c00kie0123456789abcdefghijklmnop"
PASSWORD = "correct-horse-battery"
NAME = "Fatima al-Canary"
SIGNING = "whsec_" + base64.b64encode(b"a webhook's own secret, 32 bytes").decode()
SEED = base64.b64encode(b"the seed that signs, of 32 bytes").decode()
EARLIER_SEED = base64.b64encode(b"a seed that signed before, 32 b.").decode()
ADDRESS = "203.0.113.77"
# What a database says of a row that it refuses without telling the row.
UNIQUE = {"sqlite": "UNIQUE constraint failed: incidents_organisation", "postgresql": "violates unique constraint"}
OBJECT = "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"
Kept = Callable[[str, str], None]


@pytest.fixture
def made(db: None) -> NewKey:
    return key_of()


@pytest.fixture
def places() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """What a log handler of ours writes at every level, and what the same writes without the redaction: the control."""
    with_redaction, without = io.StringIO(), io.StringIO()
    conf: dict[str, Any] = settings.LOGGING
    ours = [import_string(conf["filters"][name]["()"])() for name in conf["handlers"]["stderr"]["filters"]]
    root, level, handlers = logging.getLogger(), logging.getLogger().level, []
    # The control comes before every other handler: a record that was redacted once stays so.
    for stream, filters in ((with_redaction, ours), (without, ours[:1])):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter(conf["formatters"]["line"]["format"]))
        for each in filters:
            handler.addFilter(each)
        root.handlers.insert(0, handler)
        handlers.append(handler)
    root.setLevel(logging.DEBUG)
    access.setLevel(logging.INFO)
    yield with_redaction, without
    root.setLevel(level)
    access.setLevel(logging.NOTSET)
    for handler in handlers:
        root.removeHandler(handler)


def spellings(secret: str) -> set[str]:
    """As it is, and as it may stand elsewhere."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, secret.upper(), quote(secret), json.dumps(secret), repr(secret), encoded, secret[:20]}


def found(text: str, *secrets: str) -> list[str]:
    return [secret for secret in secrets if any(spelling in text for spelling in spellings(secret))]


def secret_of(key: NewKey) -> str:
    return key.text.rpartition("_")[2]


def provoke(client: Client, key: NewKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that carry secrets everywhere, and code that logs and fails with them in hand."""
    headers = bearer(key) | {"cookie": f"sessionid={COOKIE}", "x-request-id": key.text}
    client.get("/api/v1/incidents/", {"q": NAME, "cursor": key.text}, headers=headers, REMOTE_ADDR=ADDRESS)
    client.get(f"/api/v1/incidents/{OBJECT}/", headers=headers, REMOTE_ADDR=ADDRESS)
    client.get(f"/api/v1/nothing/{key.text}/", headers=headers)
    client.get("/api/v1/", headers={"authorization": f"Bearer {key.text}x"})
    client.post("/admin/login/", {"username": "office", "password": PASSWORD}, headers=headers)

    def fail() -> int:
        raise RuntimeError(f"while {key.text} asked with Cookie: sessionid={COOKIE}; password={PASSWORD}")

    with monkeypatch.context() as patch:
        patch.setattr(about, "head_seq", fail)
        assert client.get("/api/v1/", headers=headers).status_code == 500

    def stumble() -> int:
        try:
            return {"title": 1}[NAME]
        except KeyError as missing:
            raise ValueError(f"{NAME!r} is nobody's title") from missing

    with monkeypatch.context() as patch:
        patch.setattr(about, "head_seq", stumble)
        assert client.get("/api/v1/", headers=headers).status_code == 500
    request = RequestFactory(headers=headers).get("/")
    logger = logging.getLogger("somebody.elses.package")
    logger.warning("request %r with %r", request.META, dict(request.headers))
    logger.warning("Authorization: Bearer %s", key.text)
    logger.warning('{"Authorization": "Bearer %s", "Cookie": "sessionid=%s"}', key.text, COOKIE)
    logger.warning("%s", [(b"cookie", f"sessionid={COOKIE}".encode())])
    logger.warning("a receiver knows us by %s; it was {'secret': '%s'}", SIGNING, SIGNING)
    logger.warning("signing with %s", SEED)
    logger.warning("%s", {"CHECKPOINT_KEY": EARLIER_SEED})
    logger.warning("export CHECKPOINT_KEY=%s KEY_PEPPERS=1:%s", EARLIER_SEED, PASSWORD)
    logger.warning("connecting to postgresql://hid:%s@database:5432/hid", PASSWORD, stack_info=True)
    try:
        with transaction.atomic():
            Organisation.objects.create(name=NAME)
            Organisation.objects.create(name=NAME)
    except IntegrityError:
        logger.exception("could not be saved")


def test_no_secret_stands_in_logs(
    made: NewKey, places: tuple[io.StringIO, io.StringIO], monkeypatch: pytest.MonkeyPatch, kept: Kept, settings: Any
) -> None:
    settings.CHECKPOINT_KEY = SEED
    client = Client(raise_request_exception=False)
    provoke(client, made, monkeypatch)
    ours, control = (place.getvalue() for place in places)
    secrets = (secret_of(made), COOKIE, PASSWORD, SIGNING.removeprefix("whsec_"), SEED, EARLIER_SEED)
    assert found(ours, *secrets, NAME) == []
    assert found(control, *secrets, NAME) == [*secrets, NAME], "the control: the same lines without redaction"
    for told in (
        "KeyError: [hidden]",
        "ValueError: [hidden]",
        "in stumble",
        "the direct cause",
        UNIQUE[connection.vendor],
    ):
        assert told in ours, told
    kept("P25", f"0 of {len(secrets) + 1} secrets in {len(ours.splitlines())} lines of logs and tracebacks")


def test_the_access_log_has_prefix_route_and_network_and_nothing_else(
    made: NewKey, places: tuple[io.StringIO, io.StringIO], kept: Kept
) -> None:
    client = Client()
    client.get(f"/api/v1/incidents/{OBJECT}/?fields=id", headers=bearer(made), REMOTE_ADDR=ADDRESS)
    client.get(f"/nowhere/{NAME}", REMOTE_ADDR="2001:db8:1:2::7")
    client.generic("STEAL", "/api/v1/")
    lines = [line.partition("] ")[2] for line in places[0].getvalue().splitlines() if "hid.access" in line]
    expected = [
        rf"GET 404 \d+ ms api/v1/incidents/<uuid:id>/ key={made.key.prefix} from=203\.0\.113\.0/24",
        r"GET 404 \d+ ms - key=- from=2001:db8:1::/48",
        r"- 405 \d+ ms api/v1/ key=- from=127\.0\.0\.0/24",
    ]
    assert len(lines) == len(expected)
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line), line
    kept("P25", "access log: method, status, time, route, prefix of the key, network")


def report(reporter_filter: str, key: NewKey) -> str:
    """Django's report of an error, as HTML and as text, with secrets in headers, forms and variables."""
    request = RequestFactory(headers=bearer(key) | {"cookie": f"sessionid={COOKIE}"}).post("/", {"password": PASSWORD})
    request.exception_reporter_filter = import_string(reporter_filter)()
    given, headers, password = key.text, {"Cookie": f"sessionid={COOKIE}"}, PASSWORD
    told, said, shell = SIGNING, f"signing with {SEED}", f"CHECKPOINT_KEY={EARLIER_SEED}"
    try:
        raise RuntimeError("failed")  # noqa: TRY301
    except RuntimeError:
        assert given
        assert headers
        assert password
        assert told
        assert said
        assert shell
        reporter = ExceptionReporter(request, *sys.exc_info())
    return reporter.get_traceback_html() + reporter.get_traceback_text()


def test_no_secret_stands_in_reports_of_errors(made: NewKey, kept: Kept, settings: Any) -> None:
    settings.CHECKPOINT_KEY = SEED
    secrets = (secret_of(made), COOKIE, PASSWORD, SIGNING.removeprefix("whsec_"), SEED, EARLIER_SEED)
    ours = report(settings.DEFAULT_EXCEPTION_REPORTER_FILTER, made)
    stock = report(f"{SafeExceptionReporterFilter.__module__}.{SafeExceptionReporterFilter.__name__}", made)
    assert found(ours, *secrets) == []
    control = (secret_of(made), COOKIE, *secrets[3:])
    assert found(stock, *control) == [*control], "the control: Django's own filter"
    assert "failed" in ours
    kept("P25", f"0 of {len(secrets)} secrets in {len(ours):,} characters of error reports")


def test_no_secret_stands_in_dumps_of_the_settings(settings: Any, kept: Kept) -> None:
    pepper = "pepper-0123456789-abcdefghijklmnop"
    settings.SECRET_KEY = "secret-key-0123456789-abcdefghijkl"
    settings.KEY_PEPPERS = {1: pepper.encode()}
    settings.CHECKPOINT_KEY = SEED
    settings.RECEIVERS = {"theirs": SIGNING, "note": f"CHECKPOINT_KEY={EARLIER_SEED}"}
    settings.CACHES = {**settings.CACHES, "far": {"BACKEND": "x", "LOCATION": f"redis://:{PASSWORD}@cache:6379/1"}}
    settings.SENTRY_ADDRESS = f"https://user:{PASSWORD}@example.org/1"
    databases = {"default": {"ENGINE": "x", "PASSWORD": PASSWORD, "OPTIONS": {"service_key": PASSWORD}}}
    settings.MIRRORS = databases
    secrets = (settings.SECRET_KEY, pepper, PASSWORD, SIGNING.removeprefix("whsec_"), SEED, EARLIER_SEED)
    dumped = repr(import_string(settings.DEFAULT_EXCEPTION_REPORTER_FILTER)().get_safe_settings())
    for output in ("hash", "unified"):
        out = io.StringIO()
        call_command("diffsettings", all=True, output=output, stdout=out)
        assert "TIME_ZONE = 'UTC'" in out.getvalue()
        dumped += out.getvalue()
    environment = Environment(
        secret_key=settings.SECRET_KEY, key_peppers=(f"1:{pepper}",), database_url=f"postgresql://hid:{PASSWORD}@x/hid",
        public_database_url=f"postgresql://hid:{PASSWORD}@x/hid", cache_url=f"rediscache://:{PASSWORD}@x:1/1",
        checkpoint_key=SEED,
    )  # fmt: skip
    dumped += repr(environment)
    assert environment.checkpoint_key == SEED
    assert found(dumped, *secrets) == []
    control = repr(SafeExceptionReporterFilter().get_safe_settings())
    assert found(control, PASSWORD), "the control: Django's own filter"
    kept("P25", f"0 of {len(secrets)} secrets in {len(dumped):,} characters of settings")
