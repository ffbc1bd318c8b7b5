"""Which values of the audit chain somebody asks to erase: of an object, or of entries by their numbers.

The erasing itself, which is an entry of the chain, is auditing.erase.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q

from incidents.models import ApiKey, AuditEntry, AuditValues, Webhook
from incidents.rules.trail.auditing import AuditError
from incidents.rules.trail.differences import SECRETS, kind_of

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Erasable:
    """An entry whose values still stand, with the names of the fields that they tell of, never what they say."""

    entry: AuditEntry
    fields: tuple[str, ...]


def of_object(kind: str, object_id: str) -> list[int]:
    """The numbers of all entries about an object, its parts among them; AuditError where the chain has none."""
    found = AuditEntry.objects.filter(kind=kind, object_id=object_id).order_by("seq")
    seqs = list(found.values_list("seq", flat=True))
    if not seqs:
        raise AuditError(
            f"The audit chain has no entry about {kind} {object_id}. Write the kind as the chain does, such as source "
            "or incident, and the id as it stands there: the public one, with its hyphens."
        )
    return seqs


def known(seqs: Collection[int]) -> list[int]:
    """These numbers in order, once each; AuditError where the chain has no such entry."""
    asked = sorted(set(seqs))
    there: set[int] = set()
    for part in _parts(asked):
        there.update(AuditEntry.objects.filter(seq__in=part).values_list("seq", flat=True))
    missing = [seq for seq in asked if seq not in there]
    if missing:
        raise AuditError(f"The audit chain has no entry {missing[0]}. Nothing was erased.")
    return asked


def of_secrets() -> list[int]:
    """The numbers of the entries that keep a sealed secret of a webhook or the digest of a key, as they once did."""
    holds = Q()
    for name in SECRETS:
        holds |= Q(values__contains=f'"{name}":')
    kept = AuditValues.objects.filter(holds, entry__kind__in=[kind_of(Webhook), kind_of(ApiKey)])
    return list(kept.order_by("pk").values_list("pk", flat=True))


def erasable(seqs: Sequence[int]) -> list[Erasable]:
    """Those of these entries whose values still stand, in order; nothing is changed."""
    found: list[Erasable] = []
    for part in _parts(seqs):
        kept = AuditValues.objects.filter(pk__in=part, values__isnull=False).order_by("pk")
        found += [Erasable(each.entry, _fields(each.values or "{}")) for each in kept.select_related("entry__actor")]
    return found


def naming(object_id: str, besides: Collection[int]) -> list[int]:
    """The numbers of other entries whose values still stand and hold this id: those of a merge, for instance.

    Reads all values of the chain.
    """
    rows = AuditValues.objects.filter(values__contains=object_id).order_by("pk").values_list("pk", flat=True)
    left_out = set(besides)
    return [seq for seq in rows if seq not in left_out]


def numbers(seqs: Sequence[int]) -> str:
    """The first fifty of these numbers, for people to read."""
    return ", ".join(map(str, seqs[:50])) + (" and more" if len(seqs) > 50 else "")


def _fields(values: str) -> tuple[str, ...]:
    told = json.loads(values)
    return tuple(dict.fromkeys(name for side in ("before", "after") for name in told.get(side) or ()))


def _parts(seqs: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(seqs), AT_ONCE):
        yield seqs[start : start + AT_ONCE]
