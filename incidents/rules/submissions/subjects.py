"""What submissions are about is held while they are taken in, so that nobody takes it out of the record meanwhile.

The database looks a foreign key up at the commit, when we hold the head of the audit chain. Whoever undoes the incident
waits for that head at the end: asked no earlier, it would be a deadlock.
"""

from collections.abc import Iterable

from django.db import connection

from incidents.models import Incident, Investigation, Submission
from incidents.rules.sentences import worded
from incidents.rules.submissions.transitions import NotNow

UNDONE = worded("What it is about was taken out of the record meanwhile: look at it anew.")
HELD = "SELECT id FROM {} WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


def hold_subjects(submissions: Iterable[Submission]) -> None:
    """Hold what these are about until the transaction ends; whoever edits it is not waited for.

    Call it after all else, and before the head of the audit chain is taken. Raises NotNow for what is gone. On SQLite
    the transaction itself is the lock.
    """
    if connection.vendor != "postgresql":
        return
    rows = list(submissions)
    for model, name in ((Incident, "incident_id"), (Investigation, "investigation_id")):
        statement = HELD.format(connection.ops.quote_name(model._meta.db_table))
        keys = sorted({getattr(each, name) for each in rows} - {None})
        if keys:
            with connection.cursor() as cursor:
                cursor.execute(statement, [keys])
                if len(cursor.fetchall()) != len(keys):
                    raise NotNow(UNDONE)
