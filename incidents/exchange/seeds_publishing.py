"""Publishing a seeded case: what was never public, and what is public and was written since.

What the desk withdrew stays withdrawn, and what it only edited waits for a second person, with what a seed wrote there.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max

from incidents import choices
from incidents.exchange.seeds_by_hand import REASON
from incidents.exchange.seeds_desk import Desk
from incidents.exchange.unpublished import NAMES_WAITING, WAITS, edited_by_hand, naming_edited
from incidents.models import Incident, Investigation, Publication
from incidents.rules.publication.board import TABLES
from incidents.rules.publication.publishing import KINDS, PublishOutcome, publish, why_not_published
from incidents.rules.submissions.alongside import named_first

WHOLE = ("incident", "investigation")
NAMED = ("source", "document", "actor")


def publish_case(desk: Desk) -> PublishOutcome:
    """Publish what of the case is due; whatever is not, though it could be, is named in the report."""
    records = {kind: {key: each for key, each in desk.by_key.get(kind, {}).items() if each} for kind in WHOLE + NAMED}
    due: list[Any] = []
    asked = 0
    for kind in WHOLE:
        asked += len(records[kind])
        logged, written = _logged(list(records[kind].values())), _written(list(records[kind].values()))
        wanted = {}
        for key, each in records[kind].items():
            if why := _why_not(each, withdrawn=each.public_id in logged and each.public_id not in written):
                desk.report.left.append(f"{kind} {key}: is not published, since {why}")
            elif each.public_id not in logged or written[each.public_id]:
                wanted[key] = each
        due += _not_waiting(desk, kind, wanted)
    whole = len(due)
    for kind in NAMED:
        written = _written(list(records[kind].values()))
        due += _not_waiting(
            desk, kind, {key: each for key, each in records[kind].items() if written.get(each.public_id)}
        )
    said = f"Seeded case {desk.report.case}"
    done = publish(due, reason_code=choices.ReasonCode.NEW_INFORMATION, reason=said, importer=REASON)
    return PublishOutcome(done.published, done.unchanged + asked - whole, done.last_seq)


def _not_waiting(desk: Desk, kind: str, wanted: dict[str, Any]) -> list[Any]:
    """Those of these that publish nothing which people changed since it was published; the report names the others."""
    records = list(wanted.values())
    waiting = dict.fromkeys(_naming_edited(records), NAMES_WAITING)
    waiting |= dict.fromkeys(edited_by_hand(records, REASON), WAITS)
    desk.report.left += [
        f"{kind} {key}: is not published, since {waiting[each.public_id]}"
        for key, each in wanted.items()
        if each.public_id in waiting
    ]
    return [each for each in wanted.values() if each.public_id not in waiting]


def _naming_edited(records: Sequence[Any]) -> set[UUID]:
    """Those of these incidents or inquiries that would be the first to publish what people changed."""
    if records and isinstance(records[0], Incident):
        return naming_edited(records, REASON)
    return {
        inquiry.public_id
        for inquiry in records
        if isinstance(inquiry, Investigation)
        for model, keys in named_first(inquiry).items()
        if edited_by_hand(_held(model, keys), REASON)
    }


def _held(model: Any, keys: set[int]) -> list[Any]:
    """These records, locked before anybody asks what people made of them."""
    return list(model._default_manager.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


def _why_not(record: Any, *, withdrawn: bool) -> str:
    """Why a record is not published, without its name; empty where it may be."""
    if isinstance(record, Incident) and record.merged_into_id is not None:
        return "it was merged into another"
    if withdrawn:
        return "it was withdrawn"
    if not why_not_published(record):
        return ""
    severe = record.sensitivity == choices.Sensitivity.SEVERE
    return "its sensitivity allows no public document" if severe else "a claim of it is public as another one's still"


def _logged(records: Sequence[Any]) -> set[Any]:
    """The ids of those that the log knows."""
    ids = [each.public_id for each in records]
    kinds = {KINDS[type(each)] for each in records}
    return set(Publication.objects.filter(kind__in=kinds, object_id__in=ids).values_list("object_id", flat=True))


def _written(records: Sequence[Any]) -> dict[Any, bool]:
    """Of those that are public: whether a seed wrote them since."""
    if not records:
        return {}
    model = type(records[0])
    last = dict(
        model.history.filter(id__in=[each.pk for each in records], history_change_reason=REASON)
        .values_list("id")
        .annotate(last=Max("history_date"))
    )
    table = TABLES[KINDS[model]]._default_manager
    current = dict(
        table.filter(public_id__in=[each.public_id for each in records]).values_list("public_id", "published_at")
    )
    return {
        each.public_id: each.pk in last and last[each.pk] > current[each.public_id]
        for each in records
        if each.public_id in current
    }
