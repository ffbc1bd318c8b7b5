"""Two incidents side by side: what differs, and what a merge would move, counted as the merge itself does it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Merge
from incidents.rules.sameness.comparing import differing, missing, moving
from incidents.rules.sameness.merging import CHOOSABLE, merge
from tests.admin.rows import CHILDREN
from tests.factories import IncidentFactory
from tests.rules.test_undo_merge import everything_hangs_on_them

pytestmark = pytest.mark.django_db
DROPPED = {"IncidentAct", "IncidentReference", "IncidentRelation", "Scope"}
MOVED = {
    "Claim": ("claims",),
    "Attribution": ("attributions",),
    "TargetedGroup": ("targeted_groups",),
    "IncidentReference": ("references",),
    "IncidentRelation": ("from_incident", "to_incident"),
    "Scope": ("scopes",),
}


def test_what_differs_comes_in_the_order_of_the_record() -> None:
    one = IncidentFactory(place_text="Tuwaym", latitude=35.1, longitude=36.2)
    other = IncidentFactory(place_text="A village near Jableh", latitude=35.1, longitude=36.2, notes="Not compared.")
    other.title = {**one.title, "fr": "Tuerie"}
    other.start_earliest = one.start_earliest
    found = differing(one, other)
    assert found == ["title", "place_text"]
    assert set(found) <= CHOOSABLE
    assert differing(one, one) == []


@pytest.mark.parametrize(("value", "is_missing"), [("", True), ("Tuwaym", False)])
def test_what_nobody_said_is_missing(value: str, is_missing: bool) -> None:
    assert missing(IncidentFactory(place_text=value), "place_text") is is_missing
    assert missing(IncidentFactory(civilian_targeting=None), "civilian_targeting")
    assert not missing(IncidentFactory(civilian_targeting=False), "civilian_targeting")


def test_what_would_move_is_what_the_merge_moves_and_drops() -> None:
    kept, gone = everything_hangs_on_them()
    found = {each.kind.__name__: (each.moves, each.already) for each in moving(kept, gone)}
    row, _ = merge(kept, gone, reason="One village")
    restore = Merge.objects.get(pk=row.pk).restore
    moved = {name: sum(len(restore["moved"].get(key, ())) for key in keys) for name, keys in MOVED.items()}
    moved["IncidentAct"] = len(restore["ranks"])
    dropped = {name: len(restore["dropped"].get(name, ())) for name in (*MOVED, "IncidentAct")}
    assert set(restore["dropped"]) <= DROPPED
    statements = len(restore["moved"]["statements"])
    expected = {name: (moved[name], dropped[name]) for name in moved}
    expected["Statement"] = (len(restore["joined"]), statements - len(restore["joined"]))
    assert found == expected
    assert all(moves for moves, _ in found.values()), "something of every kind moves"
    assert {name for name, (_, already) in found.items() if already} >= {
        "IncidentReference",
        "IncidentRelation",
        "Scope",
    }


def test_more_rows_take_no_query_more() -> None:
    kept, gone = IncidentFactory(), IncidentFactory()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            moving(kept, gone)
        return len(captured)

    few = queries()
    for make in CHILDREN["Incident"]:
        for _ in range(5):
            make(gone)
    assert queries() == few
