"""How an investigation reads. What changes with the clock stands under `now`, outside the stored document."""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import (
    ActorRef,
    AreaRef,
    DocumentRefField,
    Head,
    IncidentRef,
    SourceRef,
    TextOrNull,
    Texts,
    code,
    count,
)


class SupersededEvent(serializers.Serializer[Any]):
    """An event by what tells it apart."""

    kind = code(choices.InvestigationEventKind)
    on = serializers.DateField(allow_null=True)


class Event(serializers.Serializer[Any]):
    """Something that happened to the investigation, or a word about an earlier entry that is wrong."""

    kind = code(choices.InvestigationEventKind)
    on = serializers.DateField(allow_null=True)
    by = SourceRef(allow_null=True)
    reported_by = SourceRef(allow_null=True)
    document = DocumentRefField(allow_null=True)
    note = TextOrNull()
    superseded = serializers.BooleanField(
        source="is_superseded",
        help_text="Another entry says what is right, or that this did not happen: it counts for nothing.",
    )
    supersedes = SupersededEvent(
        allow_null=True,
        help_text="The entry that is wrong. Of the kind `retracted`, this one says that it did not happen.",
    )


class Deadline(serializers.Serializer[Any]):
    """A date by which it must report; an extension is another one.

    The instance is one of rules/timelines.py.
    """

    seq = serializers.IntegerField(min_value=1, max_value=32767)
    due_on = serializers.DateField()
    basis = TextOrNull()
    assumed = serializers.BooleanField(help_text="The date is the desk's reading.")
    set_by = code(choices.InvestigationEventKind, source="stands_by.kind", default=None, allow_null=True)
    set_on = serializers.DateField(source="stands_by.on", default=None, allow_null=True)
    retracted = serializers.BooleanField(
        source="is_retracted", help_text="The event that set it did not happen: it binds nobody."
    )


class ScopedIncident(serializers.Serializer[Any]):
    """A published incident that the mandate covers, overlaps or leaves out."""

    incident = IncidentRef()
    kind = code(choices.InvestigationScope)


class ScopedActor(serializers.Serializer[Any]):
    """An actor that the mandate covers, overlaps or leaves out."""

    actor = ActorRef()
    kind = code(choices.InvestigationScope)


class Recommendation(serializers.Serializer[Any]):
    """What it recommended, in our words."""

    text = Texts()
    addressed_to = TextOrNull()
    document = DocumentRefField(allow_null=True)


class Statement(serializers.Serializer[Any]):
    """Something a source said in public about incidents in the scope, or answered by this inquiry."""

    id = serializers.UUIDField(source="public_id")
    by = SourceRef()
    on = serializers.DateField(allow_null=True)
    kind = code(choices.StatementKind)
    demands = serializers.ListField(child=serializers.CharField())
    about = IncidentRef(many=True, source="public_about")
    document = DocumentRefField(allow_null=True)
    summary = Texts()
    answered = serializers.BooleanField(help_text="Somebody says that this inquiry answers it.")
    answer_asserted_by = SourceRef(allow_null=True)


class Fact(serializers.Serializer[Any]):
    """A count the body reports of its own work, such as testimonies heard."""

    fact = serializers.CharField()
    value = count()


class InvestigationRecord(serializers.Serializer[Any]):
    """An inquiry with its timeline, deadlines, scope and statements, before the clock is read.

    The instance carries `public_scopes` and `public_statements`, set by rules/publication/publishing.py.
    """

    id = serializers.UUIDField(source="public_id")
    type = code(choices.InvestigationType)
    name = Texts(source="names")
    body = SourceRef(allow_null=True)
    independence = code(choices.Independence, allow_null=True)
    independence_note = TextOrNull()
    established_by = SourceRef(allow_null=True)
    mandate = Texts()
    period_from = serializers.DateField(allow_null=True)
    period_to = serializers.DateField(allow_null=True)
    areas = AreaRef(many=True)
    outcome = code(choices.Outcome)
    facts = serializers.SerializerMethodField()
    timeline = Event(many=True, source="events")
    deadlines = Deadline(many=True)
    recommendations = Recommendation(many=True)

    def get_facts(self, investigation: Any) -> list[dict[str, Any]]:
        return [{"fact": fact, "value": value} for fact, value in sorted(investigation.facts.items())]


class PublishedInvestigation(Head, InvestigationRecord):
    """An investigation as the log holds it."""

    facts = Fact(many=True)  # type: ignore[assignment]
    scope = ScopedIncident(many=True)
    actors = ScopedActor(many=True)
    statements = Statement(many=True)


class Now(serializers.Serializer[Any]):
    """How it stands on a day (UTC): overdue from the day after the due date."""

    on = serializers.DateField()
    status = code(choices.InvestigationStatus)
    overdue = serializers.BooleanField()
    due_on = serializers.DateField(allow_null=True)
    days_overdue = count(allow_null=True)
    days_left = count(allow_null=True)
    met_on = serializers.DateField(allow_null=True)
    days_late = count(allow_null=True)


class Investigation(PublishedInvestigation):
    """An investigation, and how it stands today."""

    now = Now()
