"""The files of the project keep to the house's rules: top level, length, docstrings, the lock, the environment's table.

They ask for no database, so that `make check` runs them too.
"""

import ast
import re
import subprocess
from pathlib import Path

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
