"""How a document reads at the desk: codes under their labels, also where they tell the items of a list apart."""

from typing import Any

import pytest

from incidents.admin import reading

pytestmark = pytest.mark.django_db

SUBMITTED: dict[str, Any] = {"kind": "report_submitted", "on": "2025-07-02", "superseded": False, "supersedes": None}
RETRACTED: dict[str, Any] = {
    "kind": "retracted", "on": None, "superseded": False,
    "supersedes": {"kind": "report_submitted", "on": "2025-07-02"},
}  # fmt: skip
DUE: dict[str, Any] = {"due_on": "2025-07-10", "set_by": "extended", "set_on": "2025-04-10", "retracted": False}


def test_a_timeline_is_a_table_that_says_what_supersedes_what() -> None:
    (timeline, deadlines) = reading.entries({"timeline": [SUBMITTED, RETRACTED], "deadlines": [DUE]})
    assert timeline.columns == ["Kind", "On", "Superseded", "Supersedes"]
    first, second = timeline.rows
    assert first == ["Report submitted", "2025-07-02", "No", ""]
    assert second[:3] == ["Retracted", "", "No"]
    assert "Report submitted" in second[3]
    assert "2025-07-02" in second[3]
    assert dict(zip(deadlines.columns, deadlines.rows[0], strict=True))["Set by"] == "Extended"


def test_what_would_change_names_the_event_by_its_label() -> None:
    changes = reading.differences(
        {"timeline": [SUBMITTED]}, {"timeline": [SUBMITTED | {"superseded": True}, RETRACTED]}
    )
    assert (changes[0].before, changes[0].after) == ("No", "Yes")
    assert "Report submitted" in changes[0].where
    assert not any("report_submitted" in change.where for change in changes)
