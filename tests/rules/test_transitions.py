"""The steps as docs/submissions.md tells them are those that there are."""

from pathlib import Path

from incidents.rules.submissions.transitions import OPEN, TRANSITIONS

DOCS = Path(__file__).parents[2] / "docs" / "submissions.md"


def told() -> set[tuple[str, str]]:
    """(from, to) of the table of states."""
    found = set()
    table = DOCS.read_text().split("| state | goes to | by |\n|---|---|---|\n")[1].split("\n\n")[0]
    for line in table.splitlines():
        starts, ends, _ = (cell.strip() for cell in line.strip("|").split("|"))
        begin = sorted(OPEN) if starts == "any open one" else starts.split(", ")
        found |= {(str(start), end) for start in begin for end in ends.split(", ")}
    return found


def test_the_table_of_states_tells_every_step() -> None:
    there = {(str(start), str(step.target)) for step in TRANSITIONS.values() for start in step.sources}
    assert told() == there
