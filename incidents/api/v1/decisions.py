"""Decisions: what takes two people when it is done to a record itself, as the desk proposes and decides it.

Rules: deciding.py says what may be proposed, and by whom it is confirmed.
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api import filters, pagination
from incidents.api.filters import Filter, FilterSet
from incidents.api.operations import Operation
from incidents.api.pagination import Ordering, Turn
from incidents.api.parameters import Uuid
from incidents.api.problems import BodyError, InvalidBody, NotFound
from incidents.api.renderers import compact
from incidents.api.writing import IDEMPOTENCY_KEY, WritingResource, refusals_as_problems
from incidents.choices import DecisionAction, DecisionState, DecisionStep, KeyScope
from incidents.documents import decisions as answers
from incidents.models import Decision
from incidents.rules import deciding, merging
from incidents.rules.idempotency import Answer
from incidents.rules.publishing import Publishable
from incidents.rules.stepping import Changed
from incidents.rules.transitions import NotNow

REVIEW = frozenset({KeyScope.MODERATION.value})
ORDERINGS = {"proposed": "id"}
# What an action is told besides its record, and which of that it needs.
DETAILS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    DecisionAction.MERGE: (frozenset({"absorbed", "take_from_absorbed"}), frozenset({"absorbed"})),
    DecisionAction.UNDO_MERGE: (frozenset({"absorbed"}), frozenset({"absorbed"})),
    DecisionAction.LOWER_SENSITIVITY: (frozenset({"sensitivity"}), frozenset({"sensitivity"})),
}
MEMBERS = ("absorbed", "take_from_absorbed", "sensitivity")


class DecisionFilter(FilterSet):
    """Which decisions a list shows."""

    state = Filter(filters.codes("State.", choices.DecisionState, "proposed"), "state__in")
    action = Filter(filters.codes("What is proposed.", choices.DecisionAction, "merge"), "action__in")
    kind = Filter(filters.codes("Kind of record.", choices.PublicKind, "incident"), "kind__in")
    object_id = Filter(Uuid("About this record.", example="3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"), "object_id")


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
            "sensitivity. Nothing happens before a lead who neither proposed it nor changed the record confirms it.",
            body=answers.DecisionContent, answer=answers.Decision, status=201, headers=(IDEMPOTENCY_KEY,),
            refusals=(409, 422),
        ),
        "one": Operation(
            id="decisions_get", path="<uuid:id>/", summary="One decision", scopes=REVIEW, answer=answers.Decision,
            conditional=True,
        ),
        "act": Operation(
            id="decisions_act", path="<uuid:id>/actions/", method="post", summary="Confirm or decline it",
            description="409 where the record changed since it was proposed: decline it and propose it anew.",
            scopes=REVIEW, body=answers.DecisionStepContent, answer=answers.Decision, headers=("If-Match",),
            refusals=(409, 412, 428),
        ),
    }  # fmt: skip

    def page(self, request: Request) -> HttpResponse:
        """Decisions, the newest first."""
        values = dict(self.values)
        limit, cursor, counted = (values.pop(name) for name in ("limit", "cursor", "count"))
        ordering = Ordering.of("-proposed", ORDERINGS, "id")
        found = DecisionFilter.narrow(Decision.objects.all(), values)
        turn = Turn("decisions", ordering, pagination.digest(values), limit, cursor, ("id",))
        page = pagination.page(lambda: found, turn)
        rows = Decision.objects.in_bulk([row["id"] for row in page.rows])
        texts = [self.text(rows[row["id"]]) for row in page.rows if row["id"] in rows]
        count = found.count() if counted else None
        return self.listing(page, texts, count=count, Cache_Control="private, no-store")

    def create(self, request: Request) -> HttpResponse:
        """Propose something."""
        asked = self.checked()
        record, details = _record(asked), _details(asked)
        given = {"reason_code": asked["reason_code"]} if "reason_code" in asked else {}

        def work() -> Answer:
            decision = deciding.propose(
                DecisionAction(asked["action"]),
                record,
                by=self.caller.owner,
                reason=asked["reason"],
                details=details,
                **given,
            )
            where = self.absolute(self.address("decisions_get", id=decision.public_id))
            return Answer(201, {"ETag": _etag(decision), "Location": where}, self.text(decision))

        return self.once(work)

    def one(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 -- the name in the address
        """One decision."""
        decision = self.found(id)
        response = self.answer(self.text(decision), Cache_Control="private, no-cache")
        return self.conditional(request, _etag(decision), response)

    def act(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002
        """Confirm or decline what was proposed."""
        version, asked = self.version(), self.checked()
        decision = self.found(id)

        def work() -> Decision:
            if version is not None and decision.version != version:
                raise Changed(decision.version)
            if asked["action"] == DecisionStep.CONFIRM:
                return deciding.confirm(decision, by=self.caller.owner)
            return deciding.decline(decision, by=self.caller.owner, reason=asked.get("reason", ""))

        decided: Decision = refusals_as_problems(work)
        return self.finished(Answer(200, {"ETag": _etag(decided)}, self.text(decided)))

    def found(self, key: UUID) -> Decision:
        """The decision with this id."""
        decision = Decision.objects.filter(public_id=key).first()
        if decision is None:
            raise NotFound
        return decision

    def text(self, decision: Decision) -> str:
        """The decision as JSON."""
        return compact(answers.Decision(decision, context={"why_not": self._why_not}).data)

    def _why_not(self, decision: Decision) -> str:
        if decision.state != DecisionState.PROPOSED:
            return ""
        try:
            return deciding.why_not(decision, self.caller.owner)
        except NotNow as gone:
            return str(gone)


def _record(asked: dict[str, Any]) -> Publishable:
    """The record that a proposal is about; InvalidBody where there is none."""
    found: Publishable | None = (
        deciding.TYPES[asked["kind"]]._default_manager.filter(public_id=asked["object_id"]).first()
    )
    if found is None:
        raise InvalidBody(BodyError("/object_id", "unknown_reference", f"There is no such {asked['kind']}."))
    return found


def _details(asked: dict[str, Any]) -> dict[str, Any]:
    """What the action is told besides; InvalidBody where it lacks something or is told what it does not ask."""
    action = asked["action"]
    allowed, needed = DETAILS.get(action, (frozenset(), frozenset()))
    faults = [
        BodyError(f"/{name}", "invalid", f"'{action}' takes no {name}.")
        for name in MEMBERS
        if name in asked and name not in allowed
    ]
    faults += [
        BodyError(f"/{name}", "required", f"'{action}' needs it.") for name in MEMBERS if name in needed - asked.keys()
    ]
    faults += [
        BodyError(
            f"/take_from_absorbed/{place}", "invalid_choice", f"Choose among {', '.join(sorted(merging.CHOOSABLE))}."
        )
        for place, name in enumerate(asked.get("take_from_absorbed", ()))
        if name not in merging.CHOOSABLE
    ]
    if faults:
        raise InvalidBody(*faults)
    said = {name: asked[name] for name in MEMBERS if name in asked}
    return said | ({"absorbed": str(said["absorbed"])} if "absorbed" in said else {})


def _etag(decision: Decision) -> str:
    return f'"{decision.version}"'
