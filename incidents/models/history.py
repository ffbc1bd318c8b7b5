"""How a record keeps its versions: a row of history for each change.

Many rows at once get theirs in one statement: bulk.py and deleting.py.
"""

from typing import Any

from django.db.models import Model
from simple_history.models import HistoricalRecords

CREATED, CHANGED, DELETED = "+", "~", "-"
SOUGHT = frozenset({"id", "incident", "to_incident", "key"})


class History(HistoricalRecords):  # type: ignore[misc]
    """The library's, with fewer indexes.

    Versions are looked for by what they are versions of, never by what they name: the copies of its indexes took a
    tenth of the time of an import.
    """

    def copy_fields(self, model: type[Model]) -> dict[str, Any]:
        """The columns of a version, with an index on what they are looked for by alone."""
        fields: dict[str, Any] = super().copy_fields(model)
        for name, field in fields.items():
            field.db_index = name in SOUGHT
        return fields


def current_user() -> int | None:
    """The primary key of who sent the request that is answered; None outside one, and where nobody is signed in."""
    user = getattr(getattr(HistoricalRecords.context, "request", None), "user", None)
    return user.pk if user is not None and user.is_authenticated else None
