"""How a submission reads for those who sent it: its state, the reasons, and what became of each part.

The instance is a row of models/moderation.py; what is not public of others is left out (context `public`: the ids that
are, `scoped`: the entries of scopes, as (submission, pointer), that are, `own`: the rows, as (table, row), that the
reader's organisation entered, `named`: what proposals are called in public, by id, `desk`: whether a moderator reads).
"""

from typing import Any

from django.utils.translation import override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents import choices, models
from incidents.documents.fields import ExternalReference, TextOrNull, code, count
from incidents.documents.given import LONG, SHORT, Id, Strict
from incidents.documents.incidents import Estimate
from incidents.documents.reasons import english, said
from incidents.documents.submissions import SubmissionContent

MOST_STEPS = 100
PLACE, SCOPE = "place", "scope"
WHOLE = frozenset({"incident", "investigation"})
# What is published under an id of its own.
WITH_ID = WHOLE | {"source", "actor", "document", "claim"}


class Proposal(serializers.Serializer[Any]):
    """A published record that may be meant, and how alike the names are, of 100."""

    id = serializers.CharField(help_text="A public id, or the P-code of an area.")
    name = serializers.CharField()
    score = serializers.IntegerField(min_value=0, max_value=100)


class SubmissionPart(serializers.Serializer[Any]):
    """One thing you sent, by JSON pointer, and what became of it."""

    pointer = serializers.CharField()
    kind = serializers.CharField()
    as_written = TextOrNull()
    outcome = serializers.SerializerMethodField()
    object_id = serializers.SerializerMethodField(help_text="The record it stands for, where that is yours or public.")
    public = serializers.SerializerMethodField(
        help_text="Whether that is published under this id now: not before publication, nor without the consent that"
        " its document needs. Null where there is no id, and of an attribution, which is a part of its"
        " incident's document."
    )
    proposals = serializers.SerializerMethodField()

    def get_outcome(self, part: Any) -> str:
        met = part.outcome in {choices.PartOutcome.UNCHANGED, choices.PartOutcome.CHANGED}
        if part.kind == SCOPE and met and not self._is_known(part):
            # As where it is new: no document names an inquiry into a highly sensitive incident.
            undone = part.submission.state == choices.SubmissionState.WITHDRAWN
            return str(choices.PartOutcome.REMOVED if undone else choices.PartOutcome.ENTERED)
        sent = part.pk is not None and bool(part.submission.content)  # of what was erased no difference is kept
        if part.kind in WHOLE and met and not self.context["desk"] and sent:
            outcome = choices.PartOutcome.CHANGED if self._is_told_to_differ(part) else choices.PartOutcome.UNCHANGED
            return str(outcome if self._is_known(part) else choices.PartOutcome.KEPT_AS_WRITTEN)
        # That something unpublished bears the same name, or says the same, is nobody's to know.
        waiting = part.outcome == choices.PartOutcome.WAITING and not self.get_proposals(part)
        matched = part.outcome == choices.PartOutcome.MATCHED and self.get_object_id(part) is None
        unchanged = part.outcome == choices.PartOutcome.UNCHANGED and not self._is_known(part)
        return choices.PartOutcome.KEPT_AS_WRITTEN.value if waiting or matched or unchanged else str(part.outcome)

    def _is_told_to_differ(self, part: Any) -> bool:
        """Whether it says otherwise than before; that the desk says so already is nobody's to know by guessing it."""
        said = (each for each in part.submission.differences if each.get("to", "organisation") == "organisation")
        below = (each["pointer"] for each in said if f"{each['pointer']}/".startswith(f"{part.pointer}/"))
        apart = tuple(f"{part.pointer}/{name}" for name in (SCOPE, "sensitivity"))  # parts of their own
        return any(not where.startswith(apart) for where in below)

    def get_object_id(self, part: Any) -> str | None:
        known = part.outcome == choices.PartOutcome.ENTERED or self._is_known(part)
        return part.object_id or None if known else None

    def get_public(self, part: Any) -> bool | None:
        told = self.get_object_id(part)
        return None if told is None or part.kind not in WITH_ID else told in self.context["public"]

    def _is_known(self, part: Any) -> bool:
        """Whether the reader may know of the row: the desk, whose own it is, or anybody where it is public.

        Attributions, and what has no id, such as acts and events, are public with the record that they are parts of;
        not so scopes.
        """
        if part.pk is None and part.row is None and not part.object_id:
            return True  # in a dry run: what another part of the same submission is about
        shown = self.context["desk"] or (part.table, part.row) in self.context["own"]
        if part.kind == SCOPE:
            return shown or (part.submission_id, part.pointer) in self.context["scoped"]
        if shown or part.object_id in self.context["public"]:
            return True
        within = not part.object_id or part.kind == "attribution"
        return bool(within and part.submission.state == choices.SubmissionState.PUBLISHED)

    def get_proposals(self, part: Any) -> list[dict[str, Any]]:
        named = {each["id"]: self._name(part, each) for each in part.proposals}
        return [
            {"id": each["id"], "name": name, "score": each["score"]}
            for each in part.proposals
            if (name := named[each["id"]]) is not None
        ]

    def _name(self, part: Any, proposed: Any) -> str | None:
        """What may be told of the name of what is proposed: all to the desk, else what is public when it is told."""
        if self.context["desk"] or (part.kind == PLACE and proposed["public"]):
            return str(proposed["name"])
        return self.context["named"].get(proposed["id"]) if proposed["public"] else None


class SubmissionStep(serializers.Serializer[Any]):
    """A step it took, when, and why."""

    action = code(choices.SubmissionAction)
    state = code(choices.SubmissionState, source="to_state")
    reason = TextOrNull()
    at = serializers.DateTimeField()


class Subject(serializers.Serializer[Any]):
    """An incident, an investigation, or what came with one."""

    kind = code(choices.PublicKind)
    id = serializers.UUIDField()


class SubmissionSubject(Subject):
    """What a submission is about, or became, and how that stands in public now, whatever the submission's own state."""

    standing = code(choices.SubjectStanding)
    survivor = serializers.UUIDField(
        allow_null=True, help_text="The public incident that it was merged into; null where it was not."
    )


class Reason(serializers.Serializer[Any]):
    """A part of the score: place, dates, figures, text, actors, acts, shared; or what speaks against, below 0."""

    part = serializers.CharField()
    points = serializers.IntegerField(min_value=-1000, max_value=1000)
    words = serializers.SerializerMethodField(help_text="The reason, such as: same day; Killed: 31 and 31.")

    def get_words(self, reason: Any) -> str:
        with override("en"):
            return said(reason, english)


class PossibleDuplicate(serializers.Serializer[Any]):
    """An incident of the working record that it may be, with a score of 500 to 1000 and what that is made of.

    `decision` is what the desk decided about the two.
    """

    id = serializers.UUIDField()
    score = count()
    decision = code(choices.DuplicateDecision)
    reasons = Reason(many=True)


class Difference(serializers.Serializer[Any]):
    """A member of a correction or a new version that says otherwise than what your version before said.

    Of claims the figures: one that supersedes another stands at its own pointer, one that is left out below `/claims/-`
    with the reason of its retraction as `sent`.
    """

    pointer = serializers.CharField()
    previous = serializers.JSONField(
        help_text="What your version before said; null where nothing, or where it was erased."
    )
    record = serializers.SerializerMethodField(
        help_text="What the record said when it was sent, taken for review or approved; null: only the desk is told."
    )
    sent = serializers.JSONField(help_text="What this one says instead.")

    @extend_schema_field({})
    def get_record(self, difference: Any) -> Any:
        # What the desk changed and did not publish yet is nobody's to learn by sending another version.
        return difference["record"] if self.context["desk"] else None


class Submission(serializers.Serializer[Any]):
    """Something you sent, where it stands, and what became of each part."""

    id = serializers.UUIDField(source="public_id")
    version = count()
    type = code(choices.SubmissionType)
    state = code(choices.SubmissionState)
    organisation = serializers.CharField(source="organisation.name")
    external_reference = ExternalReference(allow_null=True)
    batch = serializers.UUIDField(allow_null=True)
    subject = SubmissionSubject(
        allow_null=True, source="standing", help_text="The incident or investigation that it is about, or became."
    )
    note = TextOrNull()
    content = serializers.DictField(help_text="What you sent; empty where it was erased.")
    parts = SubmissionPart(many=True)
    possible_duplicates = PossibleDuplicate(
        many=True,
        allow_null=True,
        source="likely",
        help_text="Incidents that it may be, found when it was sent or since; null: only those who review are told.",
    )
    differences = Difference(many=True, source="differing", help_text="What it changes of what stands in the record.")
    steps = SubmissionStep(
        many=True,
        source="latest_steps",
        help_text=f"The last {MOST_STEPS} in order; each made a version, so `version` counts all.",
    )
    received_at = serializers.DateTimeField(source="created_at")
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> Any:
        told = super().to_representation(instance)
        told["steps"].reverse()  # the latest were read first
        return told


class SubmissionTrial(serializers.Serializer[Any]):
    """What would become of it: nothing was stored."""

    type = code(choices.SubmissionType)
    subject = SubmissionSubject(
        allow_null=True,
        help_text="What it would be about: what `about` names, or what you sent before under its external reference.",
    )
    parts = SubmissionPart(
        many=True,
        help_text="Of names and places whom they may stand for; of all else what becomes of it once it is approved, as "
        "far as your version before and what is public tell. What would be made has no id yet.",
    )
    differences = Difference(many=True, help_text="What it would change of what stands in the record.")
    estimates = Estimate(
        many=True,
        help_text="What would be derived for the incident from its public claims and what you send, without what is "
        "not public, as how reliable the desk holds a source to be. Claims that you send have no id in `set_by` yet.",
    )


class ItemProblem(serializers.Serializer[Any]):
    """One member of an item that cannot be taken."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class BulkResult(serializers.Serializer[Any]):
    """What became of one item, by its place in what was sent."""

    index = count()
    id = serializers.UUIDField(allow_null=True, help_text="Of the submission; null where the item was refused.")
    state = code(choices.SubmissionState, allow_null=True)
    errors = ItemProblem(many=True)  # type: ignore[assignment]
    estimates = Estimate(
        many=True,
        allow_null=True,
        help_text="In a dry run, what would be derived if this one were sent alone; else null.",
    )


class SubmissionBulk(serializers.Serializer[Any]):
    """What became of each item; those taken are one batch."""

    batch = serializers.UUIDField(allow_null=True)
    taken = count()
    refused = count()
    results = BulkResult(many=True)


class BulkContent(Strict):
    """Up to 500 submissions, with 5,000 entries in lists (sources, names, claims, cells and the like) in all.

    `atomic`: all or none, else each by itself.
    """

    atomic = serializers.BooleanField(required=False)
    items: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=SubmissionContent(), min_length=1, max_length=500
    )


class StepContent(Strict):
    """A step to take, with its reason where the step needs one."""

    action = code(choices.SubmissionAction)
    reason = serializers.CharField(
        max_length=LONG,
        required=False,
        allow_blank=True,
        help_text="Of `publish` and `undo` it stands in the public log for good, and has 2,000 characters at most; of "
        "other steps the organisation that sent it reads it.",
    )


class BulkStepContent(StepContent):
    """The same step for many."""

    ids = serializers.ListField(child=Id(), min_length=1, max_length=500)


class StepResult(serializers.Serializer[Any]):
    """What became of one submission: its state now, or why nothing was done."""

    id = serializers.UUIDField()
    state = code(choices.SubmissionState, allow_null=True)
    problem = TextOrNull()


class StepResults(serializers.Serializer[Any]):
    """What became of each, in the order asked."""

    results = StepResult(many=True)


class UndoContent(Strict):
    """What is undone: a batch, or all that an organisation sent or changed from `sent_from` to before `sent_before`."""

    batch = Id(required=False, help_text="Those sent in one bulk.")
    organisation = serializers.CharField(
        max_length=SHORT, required=False, help_text="Its name, as submissions have it."
    )
    sent_from = serializers.DateTimeField(required=False)
    sent_before = serializers.DateTimeField(required=False)
    reason = serializers.CharField(max_length=LONG)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A batch that is none would be undone without a word, as if nothing of it had been left to undo."""
        alone = attrs.keys() <= {"batch", "reason"}
        if "batch" in attrs and alone and not models.Submission.objects.filter(batch=attrs["batch"]).exists():
            said = "There is no batch with this id: it stands as batch in the answer to bulk/."
            raise serializers.ValidationError({"batch": said}, code="unknown_reference")
        return attrs


class UndoResults(serializers.Serializer[Any]):
    """What became of each submission, oldest first, and of the public records that they spoke of."""

    undone = count()
    refused = count()
    withdrawn = Subject(
        many=True,
        help_text="What nobody else says anything of in public, and sources and documents that nothing public names"
        " any more: withdrawn.",
    )
    restated = Subject(many=True, help_text="What others speak of too: it reads as before, without what they said.")
    changed_later = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Those sent or changed in the period that the organisation changed after it as well: all of it is"
        " undone.",
    )
    results = StepResult(many=True)


class NameContent(Strict):
    """Whom a source or an actor of the submission stands for; without `object_id`, it becomes a new record."""

    pointer = serializers.CharField(max_length=SHORT)
    object_id = Id(required=False, allow_null=True)
