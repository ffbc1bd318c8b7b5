"""Submissions: what an organisation sends, where it stands, and the steps of its review.

Rules: contents.py and submitting.py take it in, transitions.py says who may do what, moderating.py and reverting.py do
it. An organisation sees its own; whoever reviews, with the scope for it, sees all.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api import filters, pagination
from incidents.api.filters import Filter, FilterSet
from incidents.api.operations import Operation
from incidents.api.pagination import Ordering
from incidents.api.parameters import Text, Uuid
from incidents.api.problems import BodyError, InvalidBody, NotFound, Problem
from incidents.api.renderers import compact
from incidents.api.v1 import results, submission_texts
from incidents.api.writing import DRY_RUN, IDEMPOTENCY_KEY, WritingResource, refusals_as_problems, together
from incidents.choices import KeyScope
from incidents.documents import submission_answers as answers
from incidents.documents.given import MOST_UNKNOWN
from incidents.documents.submissions import ONE_SPELLING, SubmissionContent
from incidents.models import (
    Organisation,
    Submission,
    SubmissionStep,
)
from incidents.models.external import one_spelling
from incidents.rules.accounts.idempotency import Answer
from incidents.rules.refusals import Changed, pointer
from incidents.rules.submissions import moderating, reverting, stepping, submitting
from incidents.rules.submissions.submitting import Trial

READ, WRITE = frozenset({KeyScope.SUBMISSIONS_READ.value}), frozenset({KeyScope.SUBMISSIONS_WRITE.value})
REVIEW = frozenset({KeyScope.MODERATION.value})
NEWEST = Ordering.of("-received", {"received": "id"}, "id")
PAIRS = ("incident__candidates_as_first__second", "incident__candidates_as_second__first")
EXTERNAL = "by-external-id/<slug:scheme>/<path:key>/"


class ExternalKey(Text):
    """A key of the sender's own system, in one spelling."""

    def parse(self, text: str) -> str:
        return one_spelling(super().parse(text))


class SubmissionFilter(FilterSet):
    """What of the own submissions a list shows."""

    state = Filter(filters.codes("State.", choices.SubmissionState, "submitted"), "state__in")
    type = Filter(filters.codes("Kind.", choices.SubmissionType, "incident"), "type__in")
    batch = Filter(Uuid("Those sent in one bulk.", example="3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"), "batch")
    external_scheme = Filter(Text("Scheme of the external reference.", example="partner-db"), "external_scheme")
    external_key = Filter(
        ExternalKey(f"Key of the external reference. {ONE_SPELLING}", example="2025-117"), "external_key"
    )


class Submissions(WritingResource):
    """What an organisation proposes: nothing of it is public before two people decided."""

    resource = "submissions"
    operations = {
        "page": Operation(
            id="submissions_list", path="", summary="List your submissions", scopes=READ, page=True,
            description="Those of your organisation, the newest first; with the scope `moderation`, everybody's.",
            answer=answers.Submission, filterset=SubmissionFilter,
            parameters=pagination.parameters("submissions"),
        ),
        "create": Operation(
            id="submissions_create", path="", method="post", summary="Send a submission", scopes=WRITE,
            description="Nothing is stored unless all of it can be; `errors` names each fault by JSON pointer.",
            body=SubmissionContent, answer=answers.Submission, status=201, also={200: answers.SubmissionTrial},
            parameters=DRY_RUN, headers=(IDEMPOTENCY_KEY,), refusals=(409, 422),
        ),
        "bulk": Operation(
            id="submissions_create_bulk", path="bulk/", method="post", summary="Send up to 500 submissions",
            scopes=WRITE, body=answers.BulkContent, answer=answers.SubmissionBulk,
            parameters=DRY_RUN, headers=(IDEMPOTENCY_KEY,), refusals=(409, 422),
        ),
        "step_many": Operation(
            id="submissions_act_bulk", path="actions/", method="post", summary="Take a step for up to 500 submissions",
            description="Each by itself; the result of each says what became of it.",
            scopes=REVIEW, body=answers.BulkStepContent, answer=answers.StepResults,
            headers=(IDEMPOTENCY_KEY,), refusals=(409, 422),
        ),
        "undo": Operation(
            id="submissions_undo", path="undo/", method="post", summary="Undo a batch, or all of a period",
            description="Up to 10,000 at once, by a lead who neither sent nor approved them, in one transaction. What "
            "cannot be undone is left, and its result says why. A dry run does all of it and takes it back.",
            scopes=REVIEW, body=answers.UndoContent, answer=answers.UndoResults,
            parameters=DRY_RUN, headers=(IDEMPOTENCY_KEY,), refusals=(409, 422),
        ),
        "one": Operation(
            id="submissions_get", path="<uuid:id>/", summary="One of your submissions", scopes=READ,
            answer=answers.Submission, versioned=True,
        ),
        "change": Operation(
            id="submissions_update", path="<uuid:id>/", method="patch", summary="Change a submission", scopes=WRITE,
            description="A JSON merge patch (RFC 7396): null takes a member out, a list is replaced as a whole. "
            "It may be sent as `application/merge-patch+json`.",
            body=SubmissionContent, answer=answers.Submission, also={200: answers.SubmissionTrial}, parameters=DRY_RUN,
            headers=("If-Match", IDEMPOTENCY_KEY), refusals=(409, 412, 422, 428),
        ),
        "act": Operation(
            id="submissions_act", path="<uuid:id>/actions/", method="post", summary="Take a step",
            description="Your own: `withdraw`. With the scope `moderation` and the role for it: the steps of review.",
            scopes=READ, body=answers.StepContent, answer=answers.Submission, headers=("If-Match", IDEMPOTENCY_KEY),
            refusals=(409, 412, 422, 428),
        ),
        "names": Operation(
            id="submissions_name", path="<uuid:id>/names/", method="post", summary="Say whom a name stands for",
            description="Another decision than before is the next version of the submission, as a step is.",
            scopes=REVIEW, body=answers.NameContent, answer=answers.Submission, headers=("If-Match", IDEMPOTENCY_KEY),
            refusals=(409, 412, 422, 428),
        ),
        "by_external_id": Operation(
            id="submissions_get_by_external_id", path=EXTERNAL, summary="Your last submission with an external id",
            description=ONE_SPELLING, scopes=READ, answer=answers.Submission, versioned=True,
        ),
        "send_again": Operation(
            id="submissions_put_by_external_id", path=EXTERNAL, method="put", summary="Send what has an external id",
            description="The open submission with this id is changed; else it is a new one, and where an earlier one "
            "was published, a new version of the incident, inquiry or claims: what changed supersedes what you said "
            f"before, and a claim that is left out is retracted. {ONE_SPELLING}",
            scopes=WRITE, body=SubmissionContent, answer=answers.Submission,
            also={200: answers.SubmissionTrial, 201: answers.Submission},
            parameters=DRY_RUN, headers=(IDEMPOTENCY_KEY,), refusals=(409, 422),
        ),
    }  # fmt: skip

    def page(self, request: Request) -> HttpResponse:
        """The caller's submissions, the newest first."""
        return self.page_of(self.visible(), SubmissionFilter, NEWEST, self.texts, self.whole)

    def create(self, request: Request) -> HttpResponse:
        """Take in one submission, or say what would become of it."""
        content = self.body()
        if self.values["dry_run"]:
            return self._trial(lambda: submitting.trial(self.sender, content))
        return self._sent(lambda: self._taken(submitting.submit(self.sender, content), 201))

    def bulk(self, request: Request) -> HttpResponse:
        """Take in many, each by itself or all or none."""
        body = self.body()
        items, atomic = body.get("items"), body.get("atomic", False)
        unknown = islice(answers.BulkContent().unknown_in(body), MOST_UNKNOWN)
        errors = [BodyError(pointer(*steps), "unknown_field", hint) for steps, hint in unknown]
        if not isinstance(items, list):
            errors.append(BodyError("/items", "required", 'Send a list of submissions: {"items": [...]}.'))
        if not isinstance(atomic, bool):
            errors.append(BodyError("/atomic", "invalid", "Write true or false."))
        if errors or not isinstance(items, list):
            raise InvalidBody(*errors)

        def work() -> Answer:
            return results.bulk(submitting.submit_many(self.sender, items, atomic=atomic))

        if self.values["dry_run"]:
            tried = refusals_as_problems(lambda: submitting.trial_of_many(self.sender, items, atomic=atomic))
            return self.finished(results.bulk(tried))
        return self.once(work)

    def step_many(self, request: Request) -> HttpResponse:
        """The same step for many."""
        asked = self.checked()
        action = choices.SubmissionAction(asked["action"])
        owner = self.caller.owner

        def work() -> Answer:
            done = moderating.act_on_many(asked["ids"], action, by=owner, reason=asked.get("reason", ""))
            return Answer(200, {}, compact({"results": results.became(done)}))

        return self.once(work)

    def undo(self, request: Request) -> HttpResponse:
        """Undo a batch, or all that an organisation sent in a period."""
        asked, owner, dry = self.checked(), self.caller.owner, bool(self.values["dry_run"])

        def work() -> Answer:
            done = reverting.undo_all(_chosen(asked), by=owner, reason=asked["reason"], dry_run=dry)
            body = {
                "undone": done.undone,
                "refused": len(done.results) - done.undone,
                "withdrawn": [
                    *(results.subject(each) for each in done.withdrawn),
                    *({"kind": each.kind, "id": str(each.id)} for each in done.unnamed),
                ],
                "restated": [results.subject(each) for each in done.restated],
                "changed_later": [str(each) for each in done.changed_later],
                "results": results.became(done.results),
            }
            return Answer(200, {}, compact(body))

        return self.finished(refusals_as_problems(work)) if dry else self.once(work)

    def one(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 -- the name in the address
        """One submission; its ETag is for If-Match only, since what became of it goes on without a new version."""
        return self.finished(self._told(self.found(public_id=id)))

    def by_external_id(self, request: Request, scheme: str, key: str) -> HttpResponse:
        """The last one with this external reference."""
        return self.finished(self._told(self.own(external_scheme=scheme, external_key=one_spelling(key))))

    def change(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002
        """Change what was sent."""
        version, patch, sender = self.version(), self.body(), self.sender

        def asked(*, held: bool) -> tuple[Submission, Any]:
            submission = self.own(public_id=id)
            if held:  # a patch is of what is there then, whoever else sends one for any version
                submission = stepping.held(submission, version)
            if version is not None and submission.version != version:  # before what was sent is read through
                raise Problem("precondition-failed", str(Changed(submission.version)))
            unknown = islice(SubmissionContent().unknown_in(patch), MOST_UNKNOWN)
            if errors := [BodyError(pointer(*steps), "unknown_field", hint) for steps, hint in unknown]:
                raise InvalidBody(*errors)
            return submission, merged(submission.content, patch)

        if self.values["dry_run"]:
            submission, content = asked(held=False)
            return self._trial(lambda: submitting.trial_of_revision(submission, sender, content, version=version))

        def work() -> Answer:
            submission, content = asked(held=True)
            return self._told(self.found(pk=submitting.revise(submission, sender, content, version=version).pk))

        return self._sent(work)

    def send_again(self, request: Request, scheme: str, key: str) -> HttpResponse:
        """Send, or send again, what has this external reference."""
        content = self.body()
        if self.values["dry_run"]:
            return self._trial(lambda: submitting.trial_of_put(self.sender, scheme, key, content))

        def work() -> Answer:
            submission, is_new = submitting.put(self.sender, scheme, key, content)
            return self._taken(submission, 201 if is_new else 200)

        return self._sent(work)

    def act(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002
        """Take a step."""
        version, asked = self.version(), self.checked()
        action = choices.SubmissionAction(asked["action"])
        if action in moderating.OTHERWISE:
            detail = f"'{action.value}' is no step of its own; send or change the submission."
            raise InvalidBody(BodyError("/action", "invalid_choice", detail))
        needed = WRITE if action == choices.SubmissionAction.WITHDRAW else REVIEW
        missing = " ".join(sorted(needed - self.caller.scopes))
        if missing:
            raise Problem("forbidden", f"This key lacks the scope {missing}.")
        submission, by, reason = self.found(public_id=id), self.caller.owner, asked.get("reason", "")
        return self.stepped(
            lambda: moderating.act(submission, action, by=by, reason=reason, version=version),
            lambda: self.found(public_id=id),
            self._told,
        )

    def names(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002
        """Decide whom a source or an actor stands for."""
        version, asked, submission = self.version(), self.checked(), self.found(public_id=id)
        part = submission.parts.filter(pointer=asked["pointer"]).first()
        if part is None:
            raise InvalidBody(BodyError("/pointer", "unknown_reference", "The submission has no such part."))
        object_id = asked.get("object_id")
        by = self.caller.owner
        return self.stepped(
            lambda: moderating.resolve(part, by=by, object_id=object_id, version=version),
            lambda: self.found(public_id=id),
            self._told,
        )

    # What the caller may see.

    def visible(self) -> QuerySet[Submission]:
        """Those of the caller's organisation; for whoever reviews with the scope for it, all."""
        if self.caller.reviews:
            return Submission.objects.all()
        return Submission.objects.filter(organisation=self.caller.organisation)

    def found(self, **asked: Any) -> Submission:
        """The one asked for; 404 where there is none that the caller may see."""
        submission = self.whole(self.visible().filter(**asked)).order_by("-pk").first()
        if submission is None:
            raise NotFound
        return submission

    def whole(self, rows: QuerySet[Submission]) -> QuerySet[Submission]:
        """With all that is told of each."""
        latest = SubmissionStep.objects.order_by("-id")[: answers.MOST_STEPS]
        related = rows.select_related("organisation", "incident", "investigation")
        related = related.prefetch_related("parts", Prefetch("steps", latest, to_attr="latest_steps"))
        return related.prefetch_related(*PAIRS) if self.caller.reviews else related

    def own(self, **asked: Any) -> Submission:
        """The same, of the caller's own organisation."""
        return self.found(organisation=self.caller.organisation, **asked)

    # Answers.

    def text(self, submission: Submission) -> str:
        """The submission as JSON."""
        return self.texts([submission])[0]

    def texts(self, submissions: Sequence[Submission]) -> list[str]:
        """Each as JSON."""
        return submission_texts.looked_at(self.caller, submissions)

    def _sent(self, work: Callable[[], Answer]) -> HttpResponse:
        return self.once(lambda: together(work), retold=lambda kept: submission_texts.retold(self.caller, kept))

    def _taken(self, submission: Submission, status: int) -> Answer:
        where = self.absolute(self.address("submissions_get", id=submission.public_id))
        headers = {"ETag": _etag(submission), "Location": where}
        return Answer(status, headers, self.text(self.found(pk=submission.pk)))

    def _told(self, submission: Submission) -> Answer:
        return Answer(200, {"ETag": _etag(submission)}, self.text(submission))

    def _trial(self, work: Callable[[], Trial]) -> HttpResponse:
        trial: Trial = refusals_as_problems(work)
        return self.finished(submission_texts.trial(self.caller, trial))


def _chosen(asked: dict[str, Any]) -> QuerySet[Submission]:
    """The submissions that a request to undo is about; InvalidBody where it names none, or in both ways."""
    period = ("organisation", "sent_from", "sent_before")
    if "batch" in asked:
        both = [
            BodyError(f"/{name}", "invalid", "Name a batch or a period, not both.") for name in period if name in asked
        ]
        if both:
            raise InvalidBody(*both)
        return reverting.of_batch(asked["batch"])
    missing = [name for name in period if name not in asked]
    if missing:
        detail = "Name a batch, or an organisation with sent_from and sent_before."
        raise InvalidBody(*(BodyError(f"/{name}", "required", detail) for name in missing))
    if asked["sent_from"] >= asked["sent_before"]:
        raise InvalidBody(BodyError("/sent_before", "invalid", "It has to be later than sent_from."))
    organisation = Organisation.objects.filter(name=asked["organisation"]).first()
    if organisation is None:
        raise InvalidBody(BodyError("/organisation", "unknown_reference", "There is no organisation of this name."))
    return reverting.of_period(organisation, asked["sent_from"], asked["sent_before"])


def merged(content: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7396) applied."""
    if not isinstance(patch, dict):
        return patch
    result = dict(content) if isinstance(content, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def _etag(submission: Submission) -> str:
    return f'"{submission.version}"'
