"""What every request gets at any address: a request id, a strict policy, a 308 to the slash; and the settings."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import Client, RequestFactory

from config.env import Environment, read_environment, table
from config.middleware import OneAddress

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {"SECRET_KEY": "k" * 25 + "0123456789abcdefghijklmnopqrstuvwxyz", "ALLOWED_HOSTS": "example.org"}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with nothing but the given environment."""
    base = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=base | environment, capture_output=True, text=True, check=False)


def test_the_table_explains_every_variable() -> None:
    lines = table().splitlines()[2:]
    assert len(lines) == len(Environment.__dataclass_fields__)
    assert all(len(line.split(" | ")[-1]) > len("meaning") for line in lines)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("NUM_PROXIES", "many", "NUM_PROXIES should be a number: 'many' is no whole number"),
        ("NUM_PROXIES", "٣", "in digits from 0 to 9"),
        ("NUM_PROXIES", "-1", "write a number from 0 to 100"),
        ("MAX_BODY_BYTES", "0", "write a number from 1 to"),
        ("REQUEST_SECONDS", "99999999999999", "write a number from 1 to 86,400"),
        ("WEBHOOK_PORTS", "8443,99999", "WEBHOOK_PORTS is 99999; write a number from 1 to 65,535"),
        ("DEBUG", "maybe", "DEBUG should be true or false: 'maybe' is neither"),
        ("LOG_LEVEL", "LOUD", "write one of DEBUG, INFO, WARNING, ERROR"),
        ("SITE_URL", "https://example.org/", "leave the slash at its end out"),
    ],
)
def test_a_variable_that_cannot_be_meant_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=re.escape(says)):
        read_environment()


@pytest.mark.parametrize("url", ["nonsense", "mysql://a@b/c", "postgresql://a@b:99999/c", "postgresql://a@b:abc/c"])
def test_an_address_of_no_database_is_told_in_a_sentence(url: str) -> None:
    done = manage("check", **PRODUCTION, DATABASE_URL=url)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "The address of the database" in done.stderr
    assert "postgresql://user:password@host:5432/name" in done.stderr


def test_a_password_that_breaks_an_address_is_not_told() -> None:
    done = manage("check", **PRODUCTION, DATABASE_URL="postgresql://hid:hunter/2@host/hid")
    assert (done.returncode, "hunter" in done.stderr + done.stdout) == (2, False)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUM_PROXIES", "")
    assert read_environment().num_proxies == 0


def test_production_refuses_to_start_without_a_key() -> None:
    done = manage("check")
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr


def test_the_docs_hold_no_inline_script_or_style_and_name_no_other_host(client: Client) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<style" not in text
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert "://" not in text
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]


@pytest.mark.django_db
def test_every_answer_has_the_same_policy_and_the_api_sets_no_cookie(client: Client) -> None:
    page, answer = client.get("/"), client.get("/api/v1/")
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert answer["Content-Security-Policy"] == page["Content-Security-Policy"]
    assert "Cookie" not in answer["Vary"]
    assert not answer.cookies


@pytest.mark.parametrize("given", ["abc-123", "A.b_c"])
def test_a_sane_request_id_is_kept(client: Client, given: str) -> None:
    assert client.get("/api/docs/", headers={"x-request-id": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "has space", "x" * 65, "a\tb", "é"])
def test_any_other_request_id_is_replaced(client: Client, given: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", client.get("/api/docs/", headers={"x-request-id": given})["X-Request-ID"])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_missing_slash_is_answered_308_with_method_and_query(client: Client, method: str) -> None:
    answer = client.generic(method, "/api/docs?lang=ar&x=%D9%8A")
    assert (answer.status_code, answer["Location"]) == (308, "/api/docs/?lang=ar&x=%D9%8A")


def test_unencoded_letters_in_a_query_survive_the_redirect(client: Client) -> None:
    answer = client.get("/api/docs", QUERY_STRING="q=ي".encode().decode("latin-1"))
    assert answer["Location"] == "/api/docs/?q=%D9%8A"


def test_a_path_that_leads_nowhere_either_way_is_a_404(client: Client) -> None:
    assert client.get("/nowhere").status_code == 404


def test_a_redirect_never_leaves_the_site(rf: RequestFactory) -> None:
    passed_on: list[str] = []

    def view(request: object) -> None:
        passed_on.append("view")

    request = rf.get("/")
    request.path = request.path_info = "//example.org/admin"
    OneAddress(view)(request)  # type: ignore[arg-type]
    assert passed_on == ["view"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/", "/admin/login/", "/api/docs/", "/api/v1/", "/api/v1/incidents/", "/api/v1/incidents/?x=1", "/no/"]
)
def test_an_answer_to_head_has_no_body_and_says_its_length(rf: RequestFactory, address: str) -> None:
    # The test client would take the body away itself.
    handler = WSGIHandler()
    asked, told = (cast("HttpResponse", handler.get_response(each(address))) for each in (rf.get, rf.head))
    assert len(asked.content) > 0
    assert (told.status_code, told.content) == (asked.status_code, b"")
    assert int(told["Content-Length"]) == pytest.approx(len(asked.content), abs=20)  # tokens and ids in it vary
