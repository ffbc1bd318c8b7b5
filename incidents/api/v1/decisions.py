"""Decisions: what takes two people when it is done to a record itself, as the desk proposes and decides it.

Rules: deciding.py says what may be proposed, and by whom it is confirmed.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api import filters, pagination
from incidents.api.filters import Filter, FilterSet
from incidents.api.operations import Operation
from incidents.api.pagination import Ordering
from incidents.api.parameters import Uuid
from incidents.api.problems import BodyError, InvalidBody, NotFound
from incidents.api.renderers import compact
from incidents.api.writing import IDEMPOTENCY_KEY, WritingResource
from incidents.choices import DecisionAction, DecisionStep, KeyScope
from incidents.documents import decisions as answers
from incidents.models import Decision, Incident
from incidents.rules.accounts.idempotency import Answer
from incidents.rules.desk import deciding
from incidents.rules.desk.left import record_or_left
from incidents.rules.publication.publishing import Publishable
from incidents.rules.refusals import Changed
from incidents.rules.sameness import merging

REVIEW = frozenset({KeyScope.MODERATION.value})
NEWEST = Ordering.of("-proposed", {"proposed": "id"}, "id")
# What an action may be told besides its record, which of that it needs, and about which kinds of record it is.
MEMBERS = ("absorbed", "take_from_absorbed", "sensitivity", "reason_code")
ALLOWED: dict[str, frozenset[str]] = {
    DecisionAction.PUBLISH: frozenset({"reason_code"}),
    DecisionAction.WITHDRAW: frozenset({"reason_code"}),
    DecisionAction.MERGE: frozenset({"absorbed", "take_from_absorbed"}),
    DecisionAction.UNDO_MERGE: frozenset({"absorbed"}),
    DecisionAction.LOWER_SENSITIVITY: frozenset({"sensitivity"}),
}
NEEDED = {
    DecisionAction.MERGE: frozenset({"absorbed"}),
    DecisionAction.UNDO_MERGE: frozenset({"absorbed"}),
    DecisionAction.LOWER_SENSITIVITY: frozenset({"sensitivity"}),
}
KINDS: dict[str, tuple[str, ...]] = {
    DecisionAction.MERGE: ("incident",),
    DecisionAction.UNDO_MERGE: ("incident",),
    DecisionAction.LOWER_SENSITIVITY: ("incident",),
    DecisionAction.REDACT: ("incident", "investigation"),
}


class About(Filter):
    """Decisions about a record, of an incident also those by which another absorbs it."""

    def condition(self, value: Any) -> Any:
        return Q(object_id=value) | Q(details__absorbed=str(value))


class DecisionFilter(FilterSet):
    """Which decisions a list shows."""

    state = Filter(filters.codes("State.", choices.DecisionState, "proposed"), "state__in")
    action = Filter(filters.codes("What is proposed.", choices.DecisionAction, "merge"), "action__in")
    kind = Filter(filters.codes("Kind of record.", choices.PublicKind, "incident"), "kind__in")
    object_id = About(
        Uuid("About this record, also as the incident absorbed.", example="3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f")
    )


class Decisions(WritingResource):
    """What is proposed to be done to the record, and what a second person made of it."""

    resource = "decisions"
    operations = {
        "page": Operation(
            id="decisions_list", path="", summary="List decisions", scopes=REVIEW, page=True,
            description="The newest first; `state=proposed` are those that await a second person.",
            answer=answers.Decision, filterset=DecisionFilter, parameters=pagination.parameters("decisions"),
        ),
        "create": Operation(
            id="decisions_propose", path="", method="post", summary="Propose what takes two people", scopes=REVIEW,
            description="To publish, withdraw or redact a record, to merge two incidents, to undo that, or to lower a "
            "sensitivity. Nothing happens before a lead who neither proposed it nor changed the record confirms it. "
            "What was published of a record that is gone, undone or deleted, is emptied by 'withdraw' with 'privacy'.",
            body=answers.DecisionContent, answer=answers.DecisionRead, status=201, headers=(IDEMPOTENCY_KEY,),
            versioned=True, refusals=(409, 422),
        ),
        "one": Operation(
            id="decisions_get", path="<uuid:id>/", summary="One decision", scopes=REVIEW,
            answer=answers.DecisionRead, versioned=True,
        ),
        "act": Operation(
            id="decisions_act", path="<uuid:id>/actions/", method="post", summary="Confirm or decline it",
            description="409 where the record changed since it was proposed, or who proposed it could not any more: "
            "decline it and propose it anew.",
            scopes=REVIEW, body=answers.DecisionStepContent, answer=answers.DecisionRead,
            headers=("If-Match", IDEMPOTENCY_KEY), versioned=True, refusals=(409, 412, 422, 428),
        ),
    }  # fmt: skip

    def page(self, request: Request) -> HttpResponse:
        """Decisions, the newest first."""
        return self.page_of(Decision.objects.all(), DecisionFilter, NEWEST, texts)

    def create(self, request: Request) -> HttpResponse:
        """Propose something."""
        asked = self.checked()
        _check(asked)

        def work() -> Answer:
            record, details = _record(asked), _details(asked)
            decision = deciding.propose(
                DecisionAction(asked["action"]),
                record,
                by=self.caller.owner,
                reason=asked["reason"],
                reason_code=asked.get("reason_code"),
                details=details,
            )
            where = self.absolute(self.address("decisions_get", id=decision.public_id))
            return Answer(201, {"ETag": _etag(decision), "Location": where}, self.text(decision))

        return self.once(work)

    def one(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 -- the name in the address
        """One decision; its ETag is for If-Match only, since what it says of the reader hangs on more than it."""
        return self.finished(self.told(self.found(id)))

    def act(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002
        """Confirm or decline what was proposed."""
        version, asked = self.version(), self.checked()
        if asked["action"] == DecisionStep.CONFIRM and asked.get("reason"):
            raise InvalidBody(BodyError("/reason", "invalid", "'confirm' takes no reason; the proposal's stands."))
        decision = self.found(id)

        def work() -> None:
            if version is not None and decision.version != version:
                raise Changed(decision.version)
            if asked["action"] == DecisionStep.CONFIRM:
                deciding.confirm(decision, by=self.caller.owner)
            else:
                deciding.decline(decision, by=self.caller.owner, reason=asked.get("reason", ""))

        return self.stepped(work, lambda: self.found(id), self.told)

    def found(self, key: UUID) -> Decision:
        """The decision with this id."""
        decision = Decision.objects.filter(public_id=key).first()
        if decision is None:
            raise NotFound
        return decision

    def told(self, decision: Decision) -> Answer:
        """The decision as an answer."""
        return Answer(200, {"ETag": _etag(decision)}, self.text(decision))

    def text(self, decision: Decision) -> str:
        """The decision as JSON, with what it says of the caller."""

        def why_not(one: Decision) -> str:
            return deciding.why_not_now(one, self.caller.owner)

        return compact(answers.DecisionRead(decision, context={"why_not": why_not}).data)


def _check(asked: dict[str, Any]) -> None:
    """Raises InvalidBody where the action lacks something, is told what it does not ask, or is for other records."""
    action = asked["action"]
    allowed, needed = ALLOWED.get(action, frozenset()), NEEDED.get(action, frozenset())
    faults = []
    if asked["kind"] not in KINDS.get(action, choices.PublicKind.values):
        detail = f"'{action}' is for records of the kind {' or '.join(KINDS[action])}."
        faults.append(BodyError("/kind", "invalid_choice", detail))
    for name in MEMBERS:
        if name in asked and name not in allowed:
            faults.append(BodyError(f"/{name}", "invalid", f"'{action}' takes no {name}."))
        elif name in needed and name not in asked:
            faults.append(BodyError(f"/{name}", "required", f"'{action}' needs it."))
    if asked.get("reason_code", choices.GIVEN_BY_PEOPLE[0]) not in choices.GIVEN_BY_PEOPLE:
        detail = f"Write one that people give: {', '.join(choices.GIVEN_BY_PEOPLE)}."
        faults.append(BodyError("/reason_code", "invalid_choice", detail))
    choice = f"Choose among {', '.join(sorted(merging.CHOOSABLE))}."
    faults += [
        BodyError(f"/take_from_absorbed/{place}", "invalid_choice", choice)
        for place, name in enumerate(asked.get("take_from_absorbed", ()))
        if name not in merging.CHOOSABLE
    ]
    if faults:
        raise InvalidBody(*faults)


def _record(asked: dict[str, Any]) -> Publishable:
    """The record that a proposal is about, or what is left of it in the log; InvalidBody where there is neither."""
    found = record_or_left(asked["kind"], asked["object_id"])
    if found is None:
        raise InvalidBody(BodyError("/object_id", "unknown_reference", f"There is no such {asked['kind']}."))
    return found


def _details(asked: dict[str, Any]) -> dict[str, Any]:
    """What the action is told besides; InvalidBody where the other incident is none."""
    said: dict[str, Any] = {name: asked[name] for name in ("take_from_absorbed", "sensitivity") if name in asked}
    if "absorbed" not in asked:
        return said
    if not Incident.objects.filter(public_id=asked["absorbed"]).exists():
        raise InvalidBody(BodyError("/absorbed", "unknown_reference", "There is no such incident."))
    return said | {"absorbed": str(asked["absorbed"])}


def _etag(decision: Decision) -> str:
    return f'"{decision.version}"'


def texts(decisions: Sequence[Decision]) -> list[str]:
    """Each as JSON, as a list tells it."""
    return [compact(answers.Decision(each).data) for each in decisions]
