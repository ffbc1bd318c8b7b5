"""Loading the vocabularies: a term for every code of `choices`, its labels and its mappings.

The codes come from the code, the words from `fixtures/`; a file that says more or less than the
codes is refused row by row.
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.db.models import TextChoices

from incidents import choices
from incidents.documents.fields import vocabulary_name
from incidents.exchange.fixture_files import FIXTURES, Advance, Row, RowRefused, Tally, read, recorded, say_nothing
from incidents.models import Term, TermLabel, TermMapping

LABELS = "vocabulary_labels"
MAPPINGS = "vocabulary_mappings.csv"

VOCABULARIES: dict[str, type[TextChoices]] = {
    vocabulary_name(cls): cls
    for _name, cls in inspect.getmembers(choices, inspect.isclass)
    if issubclass(cls, TextChoices) and cls is not TextChoices
}

Key = tuple[str, str]


@dataclass
class VocabulariesReport:
    """What a load did with terms, labels and mappings, and the rows it refused."""

    terms: Tally = field(default_factory=Tally)
    labels: Tally = field(default_factory=Tally)
    mappings: Tally = field(default_factory=Tally)
    refused: list[RowRefused] = field(default_factory=list)

    def each(self, rows: Iterable[Row], take: Callable[[Row], None]) -> int:
        """Hand every row to `take`, keep its refusal if it has one, return how many rows there were."""
        number = 0
        for row in rows:
            number += 1
            try:
                take(row)
            except RowRefused as refusal:
                self.refused.append(refusal)
        return number


def load_vocabularies(folder: Path = FIXTURES, advance: Advance = say_nothing) -> VocabulariesReport:
    """Load labels and mappings of `folder` for every code of choices, in one transaction.

    A row for a code that does not exist, and a code without a label in one of the languages, are
    refused and listed; the rest loads. A label that a person has reviewed is never replaced by one
    that nobody has. What the files do not mention stays.
    """
    report = VocabulariesReport()
    labels: dict[tuple[Key, str], tuple[str, str, bool]] = {}
    mappings: dict[tuple[Key, str, str], tuple[str, str]] = {}
    for language in choices.Language.values:
        _read_labels(folder / LABELS / f"{language}.csv", language, labels, report)
    _read_mappings(folder / MAPPINGS, mappings, report)
    with transaction.atomic():
        terms = _store_terms(report.terms)
        advance("terms", len(terms), len(terms))
        _store_labels(labels, terms, report.labels)
        advance("labels", len(labels), len(labels))
        _store_mappings(mappings, terms, report.mappings)
        advance("mappings", len(mappings), len(mappings))
        recorded("vocabularies", report.terms, report.labels, report.mappings)
    return report


def _key(row: Row) -> Key:
    """The vocabulary and code of a row; RowRefused if choices has no such code."""
    vocabulary, code = row.required("vocabulary"), row.required("code")
    if vocabulary not in VOCABULARIES:
        raise row.refused("vocabulary", f"is no vocabulary; write one of {', '.join(sorted(VOCABULARIES))}.")
    if code not in VOCABULARIES[vocabulary].values:
        codes = ", ".join(VOCABULARIES[vocabulary].values)
        raise row.refused("code", f"is no code of {vocabulary}; write one of {codes}.")
    return vocabulary, code


def _read_labels(
    path: Path, language: str, labels: dict[tuple[Key, str], tuple[str, str, bool]], report: VocabulariesReport
) -> None:
    def take(row: Row) -> None:
        key = _key(row)
        if (key, language) in labels:
            raise row.refused("code", f"stands twice for {key[0]}; keep one row for each code.")
        if row.text("reviewed") not in {"true", "false"}:
            raise row.refused("reviewed", "is neither true nor false.")
        labels[key, language] = (row.required("label"), row.text("definition"), row.text("reviewed") == "true")

    rows = report.each(read(path, ["vocabulary", "code", "label", "definition", "reviewed"]), take)
    for vocabulary, cls in VOCABULARIES.items():
        for code in cls.values:
            if ((vocabulary, code), language) not in labels:
                advice = f"of {vocabulary} has no label in this language; add a row."
                report.refused.append(RowRefused(path.name, rows + 2, "code", code, advice))


def _read_mappings(
    path: Path, mappings: dict[tuple[Key, str, str], tuple[str, str]], report: VocabulariesReport
) -> None:
    def take(row: Row) -> None:
        key = (_key(row), row.required("scheme"), row.required("other_code"))
        if row.text("relation") not in choices.MatchRelation.values:
            codes = ", ".join(choices.MatchRelation.values)
            raise row.refused("relation", f"is no relation between terms; write one of {codes}.")
        if key in mappings:
            raise row.refused("other_code", "stands twice for this code and scheme; keep one row.")
        mappings[key] = (row.text("relation"), row.text("note"))

    report.each(read(path, ["vocabulary", "code", "scheme", "other_code", "relation", "note"]), take)


def _store_terms(tally: Tally) -> dict[Key, Term]:
    stored = {(term.vocabulary, term.code): term for term in Term.objects.all()}
    created, updated = [], []
    for vocabulary, cls in VOCABULARIES.items():
        for position, code in enumerate(cls.values):
            tally.read += 1
            term = stored.get((vocabulary, code))
            if term is None:
                term = stored[vocabulary, code] = Term(vocabulary=vocabulary, code=code, position=position)
                created.append(term)
            elif term.position != position:
                term.position = position
                updated.append(term)
    Term.objects.bulk_create(created)
    Term.objects.bulk_update(updated, ["position"])
    _count(tally, len(created), len(updated))
    return stored


def _store_labels(labels: dict[tuple[Key, str], tuple[str, str, bool]], terms: dict[Key, Term], tally: Tally) -> None:
    stored = {(label.term_id, label.language): label for label in TermLabel.objects.all()}
    created, updated = [], []
    for (key, language), (label, definition, reviewed) in labels.items():
        row = stored.get((terms[key].pk, language))
        if row is None:
            created.append(
                TermLabel(term=terms[key], language=language, label=label, definition=definition, reviewed=reviewed)
            )
        elif (row.label, row.definition, row.reviewed) != (label, definition, reviewed) and (
            reviewed or not row.reviewed
        ):
            row.label, row.definition, row.reviewed = label, definition, reviewed
            updated.append(row)
    TermLabel.objects.bulk_create(created, batch_size=500)
    TermLabel.objects.bulk_update(updated, ["label", "definition", "reviewed"], batch_size=200)
    tally.read = len(labels)
    _count(tally, len(created), len(updated))


def _store_mappings(
    mappings: dict[tuple[Key, str, str], tuple[str, str]], terms: dict[Key, Term], tally: Tally
) -> None:
    stored = {(mapping.term_id, mapping.scheme, mapping.code): mapping for mapping in TermMapping.objects.all()}
    created, updated = [], []
    for (key, scheme, code), (relation, note) in mappings.items():
        row = stored.get((terms[key].pk, scheme, code))
        if row is None:
            created.append(TermMapping(term=terms[key], scheme=scheme, code=code, relation=relation, note=note))
        elif (row.relation, row.note) != (relation, note):
            row.relation, row.note = relation, note
            updated.append(row)
    TermMapping.objects.bulk_create(created, batch_size=500)
    TermMapping.objects.bulk_update(updated, ["relation", "note"], batch_size=200)
    tally.read = len(mappings)
    _count(tally, len(created), len(updated))


def _count(tally: Tally, created: int, updated: int) -> None:
    tally.created, tally.updated = created, updated
    tally.unchanged = tally.read - created - updated
