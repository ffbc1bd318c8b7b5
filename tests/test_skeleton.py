"""The skeleton keeps its promises: the environment table, the top level, the lock, the size of files.

Also what every request gets, whatever its address: a request id, a strict policy, and a 308 to the slash.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client, RequestFactory

from config.env import Environment, read_environment, table
from config.middleware import SlashRedirect

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {
    ".ci", ".editorconfig", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile",
    "README.md", "config", "docs", "fixtures", "incidents", "manage.py", "pyproject.toml", "requirements.lock", "seeds",
    "tests",
}  # fmt: skip
# Spelled in two parts, so that this file does not hold what it forbids.
FORBIDDEN = tuple(
    left + right
    for left, right in (
        ("pypi.", "org"), ("python", "hosted"), ("registry.", "npmjs"), ("registry.", "yarnpkg"), ("proxy.", "golang"),
        ("--index", "-url"), ("/wor", "k/"), ("/roo", "t/"),
    )
)  # fmt: skip
LONGEST_FILE = 400
PRODUCTION = {"SECRET_KEY": "k" * 25 + "0123456789abcdefghijklmnopqrstuvwxyz", "ALLOWED_HOSTS": "example.org"}


def committed_files() -> list[Path]:
    """What git tracks, and what it would track: files neither committed nor ignored."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with nothing but the given environment."""
    base = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=base | environment, capture_output=True, text=True, check=False)


def test_every_environment_variable_is_in_the_table() -> None:
    """Only config/env.py reads the environment; the entry points merely name the settings module."""
    entry_points = {ROOT / "config" / "wsgi.py", ROOT / "config" / "asgi.py"}
    readers = [
        file.relative_to(ROOT).as_posix()
        for file in python_files("config", "incidents")
        if file not in entry_points and re.search(r"\b(os\.environ|os\.getenv|getenv\()", file.read_text("utf-8"))
    ]
    assert readers == []


def test_the_table_explains_every_variable() -> None:
    lines = table().splitlines()[2:]
    assert len(lines) == len(Environment.__dataclass_fields__)
    assert all(len(line.split(" | ")[-1]) > len("meaning") for line in lines)


def test_an_unreadable_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUM_PROXIES", "many")
    with pytest.raises(ValueError, match="NUM_PROXIES should be a number"):
        read_environment()


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUM_PROXIES", "")
    assert read_environment().num_proxies == 0


def test_production_refuses_to_start_without_a_key() -> None:
    done = manage("check")
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr


def test_the_top_level_holds_only_agreed_names() -> None:
    assert {file.relative_to(ROOT).parts[0] for file in committed_files()} - TOP_LEVEL == set()


def test_no_committed_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = []
    for file in committed_files():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}: {word}" for word in FORBIDDEN if word in text]
    assert found == []


def test_no_module_is_longer_than_a_screenful_of_rooms() -> None:
    long = {
        file.relative_to(ROOT).as_posix(): lines
        for file in python_files("config", "incidents", "tests")
        if "migrations" not in file.parts and (lines := len(file.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        file.relative_to(ROOT).as_posix()
        for file in python_files("config", "incidents", "tests")
        if "migrations" not in file.parts
        and file.read_text("utf-8").strip()
        and not ast.get_docstring(ast.parse(file.read_text("utf-8")))
    ]
    assert silent == []


def test_every_locked_package_has_hashes() -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text("utf-8"))
    packages = [block for block in blocks if not block.startswith("#")]
    assert len(packages) > 50
    assert [block.splitlines()[0] for block in packages if "--hash=sha256:" not in block] == []
    assert [block for block in packages if "==" not in block.splitlines()[0]] == []


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
    SlashRedirect(view)(request)  # type: ignore[arg-type]
    assert passed_on == ["view"]
