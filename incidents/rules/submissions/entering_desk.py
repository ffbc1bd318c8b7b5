"""The desk at which a submission is entered: rows made and changed, each traced to the part that said it.

What is entered, and in which order, is entering.py's matter and that of its neighbours.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Model

from incidents import choices
from incidents.documents.given import uuid_of
from incidents.models import Actor, AdminArea, Claim, Document, Incident, Source, Submission, SubmissionPart, bulk
from incidents.models.base import Record
from incidents.rules.broken import words_for
from incidents.rules.refusals import Fault, Refused, pointer
from incidents.rules.sentences import worded
from incidents.rules.submissions.contents import Content
from incidents.rules.submissions.recognising import Register
from incidents.rules.submissions.versions import Previous
from incidents.rules.trail import editing
from incidents.rules.trail.changes import Changes
from incidents.rules.trail.differences import plain

CHANGED = choices.PartOutcome.CHANGED
MODELS: dict[str, type[Any]] = {"source": Source, "document": Document, "actor": Actor, "claim": Claim}


class Desk:
    """One submission on its way into the record; `at` is the part that is being entered, for refusals.

    `changes` is told each row that is made or changed, for the audit chain; None where nothing of it stays.
    """

    def __init__(
        self, submission: Submission, content: Content, *, on_trial: bool = False, changes: Changes | None = None
    ) -> None:
        self.submission = submission
        self.changes = changes
        self.on_trial = on_trial
        self.content = content
        self.parts = {part.pointer: part for part in submission.parts.all()}
        self.own: dict[tuple[str, str], Any] = {}
        self.register = Register(submission.organisation)
        self.previous = Previous(submission)
        self.differences: list[dict[str, Any]] = []
        self.at = ""
        self.made: set[type[Any]] = set()

    # Rows.

    def make(self, model: type[Any], where: str, kind: str, values: Mapping[str, Any]) -> Any:
        """Make a row for the part at this pointer."""
        self.at = where
        row = model(**values)
        self.save(row)
        self.made.add(model)
        self.part(where, kind, choices.PartOutcome.ENTERED, row)
        return row

    def is_first(self, model: type[Any]) -> bool:
        """Whether no row of this kind can hang on the incident yet: it is made here, and none of them was."""
        return Incident in self.made and model not in self.made

    def save(self, row: Any) -> None:
        """Save a row whose columns hold what they may; relations and constraints are the database's to check."""
        self.by_author(row)
        try:
            row.clean_fields(exclude=[field.name for field in row._meta.fields if field.is_relation])
        except ValidationError as error:
            raise Refused(
                *(
                    Fault(self.at, "invalid", worded("%(field)s: %(said)s", field=name, said=" ".join(texts)))
                    for name, texts in error.message_dict.items()
                )
            ) from error
        row.save()
        if self.changes is not None:
            self.changes.made(row, self.submission.public_id)

    def change(self, row: Any, where: str, columns: Mapping[str, Any]) -> Any:
        """Change the columns that differ, and keep what each said before and says now, also where that is the same.

        Whoever said it first may be undone: then it stays as this one's.
        """
        self.at = where
        stored = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
        if self.changes is not None:
            self.changes.keep(stored, self.submission.public_id)
        changed = {name: value for name, value in columns.items() if getattr(stored, name) != value}
        kind = stored._meta.model_name
        was = {name: _plain(stored, name) for name in columns}
        if not changed:
            part = self.part(where, kind, choices.PartOutcome.UNCHANGED, stored)
            part.before = {name: [said, said] for name, said in was.items()} or None
            return stored
        for name, value in changed.items():
            setattr(stored, name, value)
        before = {name: [was[name], _plain(stored, name)] for name in columns}
        self.by_author(stored)
        editing.keep(stored, sorted(changed))
        self.part(where, kind, CHANGED, stored).before = before
        return stored

    def set_areas(self, row: Any, where: str, kind: str, codes: Iterable[str]) -> None:
        """Give a row these areas; of one that was there before, keep which it had."""
        wanted = sorted(set(codes))
        had = sorted(row.areas.values_list("pcode", flat=True))
        if had != wanted:
            row.areas.set(self.areas(wanted))
        part = self.parts.get(where)
        if part is not None and part.outcome == choices.PartOutcome.ENTERED:
            return
        met = part is not None and part.outcome in {choices.PartOutcome.CHANGED, choices.PartOutcome.UNCHANGED}
        if had == wanted and not met:
            return
        said = part.before if part is not None and met else None
        outcome = choices.PartOutcome(part.outcome) if part is not None and had == wanted else CHANGED
        self.part(where, kind, outcome, row).before = {**(said or {}), "areas": [had, wanted]}

    def by_author(self, row: Any) -> None:
        """Whose change the row's next save is; a trial, which is taken back at once, keeps no history."""
        row._history_user = self.submission.author
        if self.on_trial:
            row.skip_history_when_saving = True

    def part(self, where: str, kind: str, outcome: choices.PartOutcome, row: Model) -> SubmissionPart:
        """Say what became of the part at this pointer."""
        part = self.parts.get(where) or SubmissionPart(submission=self.submission, pointer=where, kind=kind)
        part.outcome = outcome.value
        part.object_id = str(getattr(row, "public_id", ""))
        part.table, part.row = type(row).__name__, row.pk
        self.parts[where] = part
        return part

    def keep_parts(self) -> None:
        """Store what became of every part."""
        made = [part for part in self.parts.values() if part._state.adding]
        SubmissionPart.objects.bulk_create(made)
        kept = [part for part in self.parts.values() if part not in made]
        bulk.update(kept, ["outcome", "object_id", "table", "row", "before"])

    # What a new version says of what the one before said.

    def differs(self, where: str, previous: Any, record: Any, sent: Any, *, told: bool = True) -> None:
        """Keep for whoever decides what the version before said at this pointer, what the record says, what is sent.

        Not `told` is what rests on the record alone, so that only the desk may read that it differs (telling.py).
        """
        said = {"previous": previous, "record": record, "sent": sent}
        whose = {} if told else {"to": "desk"}
        self.differences.append({"pointer": where, **{name: shown(value) for name, value in said.items()}, **whose})

    def stays(self, where: str, kind: str, before: str) -> bool:
        """Leave what a part of the version before stands for as it is now, also where the desk took it out.

        Whether it could be left: not so where it was undone, so that it has to be entered anew.
        """
        row = self.previous.row(before)
        if row is not None:
            self.part(where, kind, choices.PartOutcome.UNCHANGED, row)
            return True
        if self.previous.taken_out(before):
            part = self.parts.get(where) or SubmissionPart(submission=self.submission, pointer=where, kind=kind)
            part.outcome, part.object_id, part.table, part.row = choices.PartOutcome.REMOVED.value, "", "", None
            self.parts[where] = part
            return True
        return False

    def left_out(self, steps: Sequence[str], kind: str, places: Iterable[int]) -> None:
        """Say of entries that the version before had at these places, and this one has not, that they stay."""
        used = {(part.table, part.row) for part in self.parts.values() if part.table}
        for place in places:
            before = self.previous.parts.get(pointer(*steps, place))
            if before is not None and (before.table, before.row) not in used:
                self.stays(pointer(*steps, "-", place), kind, before.pointer)

    # References.

    def identify(self, kind: str, text: str) -> str:
        """The id of what a key or an id refers to."""
        return str(self.find(kind, text).public_id)

    def find(self, kind: str, text: str) -> Any:
        """What a key or an id refers to; contents.read() made sure that it is there and public.

        None in a trial for a claim that the desk took out since: that it did is not public.
        """
        own = self.own.get((kind, text))
        if own is not None:
            return own
        key = uuid_of(text)
        found = MODELS[kind]._default_manager.filter(public_id=key).first() if key is not None else None
        if found is None and self.on_trial and kind == "claim":
            return None
        if found is None:
            raise Refused(
                Fault(
                    self.at,
                    "unknown_reference",
                    worded(
                        "'%(text)s' is gone meanwhile; name another %(kind)s.",
                        desk="'%(text)s' is gone meanwhile: ask for changes.",
                        text=text,
                        kind=kind,
                    ),
                )
            )
        self.own[kind, text] = found
        return found

    def said(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Who says it and where it stands."""
        return {
            "asserted_by": self.find("source", entry["asserted_by"]),
            "document": self.find("document", entry["document"]),
        }

    def areas(self, codes: Iterable[str]) -> list[AdminArea]:
        """The areas with these P-codes, in their order."""
        wanted = list(codes)
        found = {area.pcode: area for area in AdminArea.objects.filter(pcode__in=wanted)} if wanted else {}
        return [found[code] for code in wanted if code in found]


def shown(value: Any) -> Any:
    """A value as JSON for people and programs: of a record its id."""
    return str(value.public_id) if isinstance(value, Record) else plain(value)


def _plain(row: Any, name: str) -> Any:
    """A column as JSON: what `before` keeps and undoing reads back."""
    value = getattr(row, row._meta.get_field(name).attname)
    return str(value) if isinstance(value, date | datetime | UUID) else value


def sentence(error: IntegrityError) -> str:
    """What the database refused, in words the sender can act on."""
    return words_for(error) or worded(
        "It contradicts itself or what stands in the record already; compare it with the rest of what you send.",
        desk="It contradicts itself or what stands in the record already: ask for changes, and say what does not fit.",
    )
