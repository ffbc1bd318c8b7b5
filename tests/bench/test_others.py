"""Contenders with packages of their own: asked where they are installed, and about what the tables hold today.

The packages are not needed here: what stands in tests/bench/apart/ is read as text.
"""

import ast
import sqlite3
from pathlib import Path

import pytest
from django.apps import apps

from tests.bench.alike import check_equal
from tests.bench.goals import DATASETTE, FASTAPI, PEER_DATASETTE, PEER_FASTAPI, asked
from tests.bench.others import LOCK, installed, write_documents
from tests.bench.report import table

APART = Path(__file__).parent / "apart"


class Measured(dict[str, float]):
    """Every figure is 1; only those that were put in were taken."""

    def __missing__(self, name: str) -> float:
        return 1.0


def test_it_works(tmp_path: Path) -> None:
    (tmp_path / "installed.lock").write_bytes(LOCK.read_bytes())
    assert installed(tmp_path)


def test_an_environment_that_is_absent_or_of_another_lock_is_not_used(tmp_path: Path) -> None:
    assert not installed(tmp_path / "absent")
    (tmp_path / "installed.lock").write_text("fastapi==0.1\n")
    assert not installed(tmp_path)


def test_a_contender_that_was_not_measured_misses_no_goal_and_the_table_says_so() -> None:
    found = Measured()
    assert not {PEER_FASTAPI, PEER_DATASETTE} & {goal.what for goal in asked(found)}
    said = table({"incidents": 1, "published": 1}, found, {1: {"found": found}})
    assert f"| {PEER_FASTAPI} |  | >= 9 | not asked |" in said
    assert f"| {PEER_DATASETTE} |  | >= 2 | not asked |" in said


def test_a_contender_that_was_measured_is_held_against_its_goal() -> None:
    found = Measured({FASTAPI: 9.1, DATASETTE: 1.9})
    goals = {goal.what: goal for goal in asked(found)}
    assert goals[PEER_FASTAPI].met(found)
    assert not goals[PEER_DATASETTE].met(found)
    said = table({"incidents": 1, "published": 1}, found, {1: {"found": found}})
    assert f"| {PEER_FASTAPI} | 9.1 | >= 9 | yes |" in said
    assert f"| {PEER_DATASETTE} | 1.9 | >= 2 | NO |" in said


def test_a_contender_that_says_less_is_refused() -> None:
    whole = [{"id": 1, "claims": [3]}, {"id": 2, "claims": []}]
    check_equal("Rival", whole, whole)
    with pytest.raises(AssertionError, match="Rival lists 1 incidents instead of 2"):
        check_equal("Rival", whole[:1], whole)
    with pytest.raises(AssertionError, match="Rival says something else"):
        check_equal("Rival", [whole[0], {"id": 2}], whole)


def test_the_newest_documents_are_found_by_their_index(tmp_path: Path) -> None:
    rows = [(f"{number:04}", f"2020-01-{1 + number % 28:02}", f'{{"id":{number}}}') for number in range(300)]
    write_documents(rows, tmp_path / "incidents.db")
    database = sqlite3.connect(tmp_path / "incidents.db")
    statement = _constant("datasette_app.py", "NEWEST")
    found = [document for (document,) in database.execute(statement)]
    plan = [step for *_, step in database.execute(f"EXPLAIN QUERY PLAN {statement}")]
    database.close()
    newest = sorted(rows, key=lambda row: (row[1], row[0]), reverse=True)
    assert found == [document for _, _, document in newest[:100]]
    assert plan == ["SCAN incidents USING INDEX newest"]


def test_the_mapped_columns_are_those_of_the_models() -> None:
    columns = {
        table._meta.db_table: {field.column for field in table._meta.concrete_fields} for table in apps.get_models()
    }
    mapped = _mapped()
    assert {"incidents_incident", "incidents_claim", "incidents_tally"} <= mapped.keys()
    assert {table: names - columns[table] for table, names in mapped.items() if names - columns[table]} == {}


def _mapped() -> dict[str, set[str]]:
    """The columns of every mapped table, which are its members but for relations."""
    found = {}
    for each in ast.parse((APART / "tables.py").read_text("utf-8")).body:
        if not isinstance(each, ast.ClassDef):
            continue
        members = [line for line in each.body if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)]
        names = {ast.unparse(line.target) for line in members if not _is_relation(line)}
        table = next((line.value for line in each.body if isinstance(line, ast.Assign)), None)
        if isinstance(table, ast.Constant):
            found[str(table.value)] = names
    return found


def _is_relation(line: ast.AnnAssign) -> bool:
    return isinstance(line.value, ast.Call) and ast.unparse(line.value.func) in {"one", "relationship"}


def _constant(module: str, name: str) -> str:
    for line in ast.parse((APART / module).read_text("utf-8")).body:
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == name:
            return str(ast.literal_eval(line.value))
    raise AssertionError(f"{module} says no {name}.")
