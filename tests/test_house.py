"""The files of the project keep to the house's rules: top level, length, docstrings, the lock, the environment's table.

They ask for no database, so that `make check` runs them too.
"""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

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
OWN = {"config", "incidents", "tests"}
# What comes with a package that is asked for by name, as an extra of it.
EXTRAS = {"brotli": "whitenoise", "psycopg-pool": "psycopg"}
RIVALS_LOCK = "tests/bench/rivals.lock"


def committed_files() -> list[Path]:
    """What git tracks, and what it would track: files neither committed nor ignored.

    Of an unpacked archive, which has no repository, the files that are not ignored and not empty.
    """
    tracked = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    unpacked = ("grep", "--no-index", "--exclude-standard", "-l", "-z", "")
    asked = tracked if (ROOT / ".git").exists() else unpacked
    command = ["git", "-c", f"safe.directory={ROOT}", *asked]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def test_every_environment_variable_is_in_the_table() -> None:
    """Only config/env.py reads the environment; the entry points merely name the settings module."""
    entry_points = {ROOT / "config" / "wsgi.py", ROOT / "config" / "asgi.py"}
    readers = [
        file.relative_to(ROOT).as_posix()
        for file in python_files("config", "incidents")
        if file not in entry_points and re.search(r"\b(os\.environ|os\.getenv|getenv\()", file.read_text("utf-8"))
    ]
    assert readers == []


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


def test_rows_are_locked_without_their_keys() -> None:
    """Else who adds a row that names a locked one waits at the commit, holding the audit chain: a deadlock."""
    locks = [
        f"{file.relative_to(ROOT)}: {found}"
        for file in python_files("config", "incidents")
        for found in re.findall(r"select_for_update\((?!no_key=True).*", file.read_text("utf-8"))
    ]
    assert locks == []


def test_no_two_statements_are_kept_under_one_name() -> None:
    """The second would be answered by the first (incidents/models/gathering.py, prepared.py)."""
    kept: dict[str, str] = {}
    for file in python_files("incidents"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"columns", "prepared"} and node.args:
                name, place = ast.unparse(node.args[0]), f"{file.relative_to(ROOT)}:{node.lineno}"
                if name not in {"what", "key"}:  # handed on
                    assert kept.setdefault(name, place) == place, f"{place} and {kept[name]} keep {name}"
    assert len(kept) > 10


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        file.relative_to(ROOT).as_posix()
        for file in python_files("config", "incidents", "tests")
        if "migrations" not in file.parts
        and file.read_text("utf-8").strip()
        and not ast.get_docstring(ast.parse(file.read_text("utf-8")))
    ]
    assert silent == []


def locked(lock: str) -> list[str]:
    """The package blocks of a lock file."""
    blocks = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8"))
    return [block for block in blocks if not block.startswith("#")]


@pytest.mark.parametrize(("lock", "least"), [("requirements.lock", 50), (RIVALS_LOCK, 30)])
def test_every_locked_package_has_hashes(lock: str, least: int) -> None:
    packages = locked(lock)
    assert len(packages) > least
    assert [block.splitlines()[0] for block in packages if "--hash=sha256:" not in block] == []
    assert [block for block in packages if "==" not in block.splitlines()[0]] == []


def test_what_the_product_imports_is_what_it_asks_for() -> None:
    """The lock has the tools of development too, so that a forgotten dependency is missed by nobody but the users."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    named = {normal(re.split(r"[^A-Za-z0-9._-]", each)[0]) for each in asked}
    known = packages_distributions()
    missing = set()
    for file in python_files("config", "incidents"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for top in {module.split(".")[0] for module in modules} - sys.stdlib_module_names - OWN:
                packages = {normal(each) for each in known.get(top, ["nobody knows"])}
                if not {EXTRAS.get(each, each) for each in packages} & named:
                    missing.add(top)
    assert missing == set()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_only_the_benchmark_starts_is_installed_with_nothing_else() -> None:
    asked = (ROOT / RIVALS_LOCK).with_suffix(".in").read_text("utf-8").splitlines()
    rivals = {re.split(r"\W", line, maxsplit=1)[0] for line in asked if not line.startswith("#")}
    assert rivals <= {block.split("==")[0] for block in locked(RIVALS_LOCK)}
    assert rivals & {block.split("==")[0] for block in locked("requirements.lock")} == set()
