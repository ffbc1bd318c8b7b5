"""Which records people changed since they were last published: what an import or a seed writes there waits with it.

Nobody publishes alone what another edited; what is due otherwise is the importer's matter.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from incidents.models.history import CREATED
from incidents.rules.publication.board import TABLES
from incidents.rules.publication.publishing import KINDS

WAITS = "people changed it and nobody published that yet"


def edited_by_hand(records: Sequence[Any], reason: str, *, entered: bool = False) -> set[UUID]:
    """The public ids of those of these records of one model that people changed since; two queries.

    `reason` is what the importer gives as the reason of its own changes. Of what is not public every change counts,
    and with `entered` that they entered it: an older seed did so without a reason.
    """
    if not records:
        return set()
    model = type(records[0])
    ids = {each.pk: each.public_id for each in records}
    by_people = ~Q(history_change_reason=reason) | Q(history_change_reason__isnull=True)
    changes = model.history.filter(by_people, id__among=set(ids))
    if not entered:
        changes = changes.exclude(history_type=CREATED)
    last = dict(changes.values_list("id").annotate(last=Max("history_date")))
    table = TABLES[KINDS[model]]._default_manager
    current = table.filter(public_id__in=[ids[pk] for pk in last]).values_list("public_id", "published_at")
    published = dict(current) if last else {}
    return {ids[pk] for pk, at in last.items() if ids[pk] not in published or published[ids[pk]] < at}
