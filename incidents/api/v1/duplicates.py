"""Pairs of incidents that may be one, as whoever reviews reads and decides them.

Rules: duplicates.py finds and remembers them, pairing.py proposes their merge; decisions.py here confirms it.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api import filters, pagination
from incidents.api.filters import Filter, FilterSet
from incidents.api.operations import Operation
from incidents.api.pagination import Ordering
from incidents.api.parameters import Boolean, Uuid
from incidents.api.problems import BodyError, InvalidBody, NotFound
from incidents.api.renderers import compact
from incidents.api.writing import IDEMPOTENCY_KEY, WritingResource
from incidents.choices import DuplicateStep, KeyScope
from incidents.documents import duplicates as answers
from incidents.models import DuplicateCandidate, Incident, PublicIncident
from incidents.rules.accounts.idempotency import Answer
from incidents.rules.desk import looking, pairing
from incidents.rules.sameness import duplicates, merging

REVIEW = frozenset({KeyScope.MODERATION.value})
LIKELIEST = Ordering.of("-score", {"score": "score"}, "id")
OF_MERGES = ("survivor", "take_from_absorbed")


class Waiting(Filter):
    """Pairs that somebody should decide, or all the others."""

    def condition(self, value: Any) -> Any:
        waiting = Q(pk__in=duplicates.waiting().values("pk"))
        return waiting if value else ~waiting


class OfIncident(Filter):
    """Pairs of an incident with whatever other one."""

    def condition(self, value: Any) -> Any:
        return Q(first__public_id=value) | Q(second__public_id=value)


class DuplicateFilter(FilterSet):
    """Which pairs a list shows."""

    waiting = Waiting(Boolean("Only those to be decided: open, and of two incidents that both stand.", example="true"))
    decision = Filter(filters.codes("What was decided.", choices.DuplicateDecision, "open"), "decision__in")
    incident = OfIncident(Uuid("Pairs of this incident.", example="3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"))


class Duplicates(WritingResource):
    """Incidents that may be one and the same: found by comparing all, decided by people."""

    resource = "duplicates"
    operations = {
        "page": Operation(
            id="duplicates_list", path="", summary="List pairs of possible duplicates", scopes=REVIEW, page=True,
            description="The likeliest first; `waiting=true` are those that somebody should decide.",
            answer=answers.DuplicatePair, filterset=DuplicateFilter, parameters=pagination.parameters("duplicates"),
        ),
        "one": Operation(
            id="duplicates_get", path="<uuid:id>/", summary="One pair", scopes=REVIEW, answer=answers.DuplicatePair,
            versioned=True,
        ),
        "act": Operation(
            id="duplicates_act", path="<uuid:id>/actions/", method="post", summary="Decide a pair",
            description="That they are two, which is remembered until one of them changes; or that they are one, which "
            "proposes a merge: `merge` names it, and a second person confirms it at /decisions/. 412 where the pair or "
            "one of the two incidents changed since it was read.",
            scopes=REVIEW, body=answers.DuplicateStepContent, answer=answers.DuplicatePair, versioned=True,
            headers=("If-Match", IDEMPOTENCY_KEY), refusals=(409, 412, 422, 428),
        ),
    }  # fmt: skip

    def page(self, request: Request) -> HttpResponse:
        """Pairs, the likeliest first."""
        return self.page_of(DuplicateCandidate.objects.all(), DuplicateFilter, LIKELIEST, _listed, whole)

    def one(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 -- the name in the address
        """One pair; its ETag is for If-Match only, since a merge may be proposed of it meanwhile."""
        return self.finished(self.told(self.found(id)))

    def act(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002
        """Say that they are two, or propose to merge them."""
        version, asked = self.version(), self.checked()
        pair = self.found(id)
        survivor, by = _survivor(pair, asked), self.caller.owner

        def work() -> None:
            if survivor is None:
                duplicates.not_duplicates(pair, note=asked["reason"], by=by, version=version)
                return
            pairing.propose_merge(
                pair,
                survivor=survivor,
                by=by,
                reason=asked["reason"],
                take_from_absorbed=asked.get("take_from_absorbed", []),
                version=version,
            )

        return self.stepped(work, lambda: self.found(id), self.told)

    def found(self, key: UUID) -> DuplicateCandidate:
        """The pair with this id."""
        pair = whole(DuplicateCandidate.objects.filter(public_id=key)).first()
        if pair is None:
            raise NotFound
        return pair

    def told(self, pair: DuplicateCandidate) -> Answer:
        """The pair as an answer; who looks at what is confidential in it is written down."""
        looking.looked_at(pair)
        return Answer(200, {"ETag": f'"{pair.seen_version}"'}, texts([pair])[0])


def whole(pairs: QuerySet[DuplicateCandidate]) -> QuerySet[DuplicateCandidate]:
    """With all that is told of each."""
    return pairs.select_related("first__merged_into", "second__merged_into")


def texts(pairs: Sequence[DuplicateCandidate]) -> list[str]:
    """Each as JSON; what else is told of them is asked once for all."""
    ids = {each.public_id for pair in pairs for each in (pair.first, pair.second)}
    public = PublicIncident.objects.filter(public_id__among=ids).values_list("public_id", flat=True)
    context = {"public": set(public), "merges": pairing.merges_waiting(pairs)}
    return [compact(answers.DuplicatePair(pair, context=context).data) for pair in pairs]


def _listed(pairs: Sequence[DuplicateCandidate]) -> list[str]:
    """Each as JSON; who looks at what is confidential in them is written down."""
    looking.listed(DuplicateCandidate, pairs)
    return texts(pairs)


def _survivor(pair: DuplicateCandidate, asked: dict[str, Any]) -> Incident | None:
    """The incident that a merge keeps; None where the two are told apart. Raises InvalidBody for what is unfit."""
    if asked["action"] == DuplicateStep.NOT_DUPLICATES:
        faults = [
            BodyError(f"/{name}", "invalid", "'not_duplicates' takes none.") for name in OF_MERGES if name in asked
        ]
        if faults:
            raise InvalidBody(*faults)
        return None
    choice = f"Choose among {', '.join(sorted(merging.CHOOSABLE))}."
    faults = [
        BodyError(f"/take_from_absorbed/{place}", "invalid_choice", choice)
        for place, name in enumerate(asked.get("take_from_absorbed", ()))
        if name not in merging.CHOOSABLE
    ]
    both = {each.public_id: each for each in (pair.first, pair.second)}
    survivor = both.get(asked["survivor"]) if "survivor" in asked else None
    if survivor is None:
        detail = f"Name the one that stays: {' or '.join(map(str, both))}."
        faults.append(BodyError("/survivor", "unknown_reference" if "survivor" in asked else "required", detail))
    if faults:
        raise InvalidBody(*faults)
    return survivor
