"""What an import keeps of the rows it read: each id with its row, in a few bytes; notes counted, a hundred kept."""

import hashlib
import random
import tracemalloc
from pathlib import Path

import pytest

from incidents.exchange.ged import import_ged
from incidents.exchange.ged_report import KEPT, Notes, RowNote
from incidents.exchange.ged_seen import Seen, shortened
from incidents.exchange.tables import LARGEST
from tests.exchange.ged_files import ged_file, some_areas

ROWS = 40_000


def ids() -> list[int]:
    scattered = random.Random(7).sample(range(1, LARGEST), ROWS // 2)
    return list(dict.fromkeys([LARGEST, *scattered, *range(1, ROWS // 2)]))


def test_every_event_is_found_at_the_row_where_it_stood_and_no_other_is() -> None:
    seen, noted = Seen(), {}
    for row, event in enumerate(ids(), start=2):
        assert seen.first(event) is None
        digest = shortened(hashlib.sha256(str(event).encode()).digest())
        seen.add(event, row, digest)
        noted[event] = row, digest
    assert len(seen) == len(noted)
    assert {event: seen.first(event) for event in noted} == noted
    others = (each for each in range(LARGEST - 1_000, LARGEST) if each not in noted)
    assert all(seen.first(event) is None for event in others)


def test_a_row_takes_few_bytes() -> None:
    tracemalloc.start()
    seen = Seen()
    for event in range(1, ROWS):
        seen.add(event, event + 1, event)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(seen) == ROWS - 1
    assert kept / ROWS < 45


def test_notes_are_counted_and_the_first_hundred_kept() -> None:
    notes = Notes()
    for row in range(2, 2_002):
        notes.append(RowNote(row, "id", str(row), "is odd"))
    assert (notes.count, [note.row for note in notes.kept]) == (2_000, list(range(2, 2 + KEPT)))


@pytest.mark.django_db
def test_the_report_counts_what_it_does_not_keep(tmp_path: Path) -> None:
    some_areas()
    broken = [{"id": "1"}, *({"id": "x"} for _ in range(KEPT + 20))]
    report = import_ged(ged_file(tmp_path, *broken, *({"id": "1"} for _ in range(KEPT + 10))))
    assert (report.refused.count, report.warnings.count, report.complete) == (KEPT + 20, KEPT + 10, True)
    said = "\n".join(report.lines())
    assert f"refused {KEPT + 20}" in said
    assert f"refused: and {KEPT} more" in said
    assert f"warning: and {KEPT + 5} more" in said
