"""Where the words of an erased submission stand besides: in what others found when they changed it, and in versions.

Only what nobody else sent counts as its words, and only texts and points: codes and days name nobody.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from incidents.models import AuditValues, Submission, SubmissionPart
from incidents.rules.trail.earlier import PLACES, empty_words

Words = frozenset[str | float]


def words_of(submission: Submission, others: Iterable[Submission]) -> Words:
    """The texts and numbers with a fraction that a submission says and none of these others does."""
    return frozenset(_words(submission.content)) - {word for each in others for word in _words(each.content)}


def forget_found(others: Collection[int], rows: Mapping[Any, Collection[int]], words: Words) -> int:
    """Empty what parts of others say that they found in these rows, as far as it is in these words; answers how many.

    `others` are the primary keys of their submissions. What they changed it to is their own word. Undoing one of them
    then gives back nothing of it.
    """
    told: dict[int, SubmissionPart] = {}
    for model, keys in rows.items():
        parts = SubmissionPart.objects.filter(table=model.__name__, row__in=keys, before__isnull=False)
        for part in parts.filter(submission__in=others).order_by("pk"):
            said: dict[str, Any] = part.before or {}
            for name, empty in _holding(model, {name: found for name, (found, _) in said.items()}, words).items():
                said[name][0] = empty
                told[part.pk] = part
    SubmissionPart.objects.bulk_update(told.values(), ["before"])
    return len(told)


def forget_versions(rows: Mapping[Any, Collection[int]], words: Words) -> int:
    """Empty what earlier versions of these rows say in these words and the rows do not; answers how many did."""
    found = 0
    for model, keys in rows.items():
        if not hasattr(model, "history") or not empty_words(model):
            continue
        standing = model._default_manager.in_bulk(keys)
        for version in model.history.filter(id__in=set(standing)).order_by("history_id"):
            now = standing[version.id]
            differing = {
                name: getattr(version, name)
                for name in empty_words(model)
                if getattr(version, name) != getattr(now, name)
            }
            emptied = _holding(model, differing, words)
            if emptied:
                model.history.filter(pk=version.pk).update(**emptied)
                found += 1
    return found


def entries_saying(ids: Collection[str], words: Words) -> set[int]:
    """The numbers of the entries of the audit chain about these objects whose values say one of these words."""
    kept = AuditValues.objects.filter(entry__object_id__in=ids, values__isnull=False) if words else ()
    return {each.pk for each in kept if not words.isdisjoint(_words(json.loads(each.values or "{}")))}


def _holding(model: Any, said: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """How those of these columns read when they are empty that say one of these words; a point goes as a whole."""
    empty = empty_words(model)
    holding = {name for name, value in said.items() if name in empty and not words.isdisjoint(_words(value))}
    holding |= PLACES & said.keys() if holding & PLACES else set()
    return {name: empty[name] for name in sorted(holding)}


def _words(said: Any) -> Iterator[str | float]:
    if said and isinstance(said, str | float):
        yield said
    for each in said.values() if isinstance(said, Mapping) else said if isinstance(said, list) else ():
        yield from _words(each)
