"""What operations that write have in common: the body, the version that is changed, dry runs, and doing things once.

The refusals of the rules become problems here; which there are is said in problems.py.
"""

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse

from incidents.api import pagination
from incidents.api.authentication import caller_of
from incidents.api.base import Resource
from incidents.api.filters import FilterSet
from incidents.api.pagination import AnyModel, Ordering, Turn
from incidents.api.parameters import Boolean, Parameter
from incidents.api.problems import BodyError, InvalidBody, Problem
from incidents.rules.accounts import idempotency
from incidents.rules.accounts.access import Caller
from incidents.rules.accounts.idempotency import Answer, AnswerErased, InProgress, OtherRequest
from incidents.rules.delivery.webhooks import WebhookError
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.refusals import Changed, Elsewhere, Refused, first, flattened
from incidents.rules.sameness.duplicates import DecisionError, NeedsNote
from incidents.rules.submissions.newcomers import Resembles
from incidents.rules.submissions.submitting import Sender
from incidents.rules.submissions.transitions import NeedsReason, NotAllowed, NotNow
from incidents.rules.trail.editing import Stale

T = TypeVar("T")
IDEMPOTENCY_KEY = "Idempotency-Key"
PRINTABLE = re.compile(r"[\x21-\x7e]{1,255}")
VERSION_EXAMPLE = 'If-Match: "3"'
VERSION = re.compile(r'"(\d{1,9})"')
DRY_RUN: dict[str, Parameter] = {
    "dry_run": Boolean("Say what would become of it, and store nothing.", default="false", example="true"),
}


class WritingResource(Resource):
    """A resource whose operations take a body, for callers with a key."""

    @property
    def caller(self) -> Caller:
        """Who comes in; the operation's scopes made sure that somebody does."""
        caller = caller_of(self.request)
        if caller is None:
            raise Problem("unauthorized", "This needs a key.")
        return caller

    @property
    def sender(self) -> Sender:
        """The caller as one who sends submissions."""
        return Sender(self.caller.organisation, self.caller.owner, self.caller.key)

    def body(self) -> dict[str, Any]:
        """The body, which is one object; what is in it is checked by whoever takes it."""
        if "Transfer-Encoding" in self.request.headers and not self.request.META.get("CONTENT_LENGTH"):
            # The server did not end the stream (config/bodies.py): it would be read as empty.
            raise Problem("length-required", "Send the body with a Content-Length; it is not read in chunks here.")
        if not self.request.META.get("CONTENT_LENGTH", "").strip("0"):
            raise InvalidBody(BodyError("", "not_an_object", "The body is empty: send one JSON object."))
        value = self.request.data
        if not isinstance(value, dict):
            raise InvalidBody(BodyError("", "not_an_object", "Send one JSON object."))
        return value

    def checked(self) -> dict[str, Any]:
        """The body with typed values, as the operation's serializer has them."""
        operation = self.operation
        serializer = operation.body(data=self.body()) if operation and operation.body else None
        if serializer is None:
            return {}
        if not serializer.is_valid():
            raise InvalidBody(*(_error(fault) for fault in first(flattened(serializer.errors))))
        return dict(serializer.validated_data)

    def version(self) -> int | None:
        """The version that If-Match names, None for any (a star); 428 without one."""
        given = self.request.headers.get("If-Match", "").strip()
        if not given:
            raise Problem(
                "precondition-required", 'Send If-Match with the ETag of what you read, such as If-Match: "3".'
            )
        if given == "*":
            return None
        # RFC 9110 lets no weak ETag match here. Ours is one wherever the answer was compressed, here or by a proxy, and
        # what it names is a version, not bytes.
        match = VERSION.fullmatch(given.removeprefix("W/"))
        if match is None and "," in given:
            detail = f"If-Match names several; send the one that you read: {VERSION_EXAMPLE}."
            raise Problem("precondition-failed", detail)
        if match is None:
            raise Problem("precondition-failed", f"If-Match names no version of this; it is written {VERSION_EXAMPLE}.")
        return int(match[1])

    def page_of(
        self,
        rows: QuerySet[AnyModel],
        filters: type[FilterSet],
        ordering: Ordering,
        texts: Callable[[list[AnyModel]], list[str]],
        whole: Callable[[QuerySet[AnyModel]], QuerySet[AnyModel]] = lambda stored: stored,
    ) -> HttpResponse:
        """A page of those of these rows that the filters let through, which nobody keeps for others.

        `texts` has them as JSON, each read with what `whole` adds to a query of them.
        """
        values = dict(self.values)
        limit, cursor, counted = (values.pop(name) for name in ("limit", "cursor", "count"))
        found = filters.narrow(rows, values)
        turn = Turn(self.resource, ordering, pagination.digest(values), limit, cursor, ("id",))
        page = pagination.page(lambda: found, turn)
        stored = whole(found.model._default_manager.all()).in_bulk([row["id"] for row in page.rows])
        shown = [stored[row["id"]] for row in page.rows if row["id"] in stored]
        count = found.count() if counted else None
        return self.listing(page, texts(shown), count=count, Cache_Control="private, no-store")

    def once(
        self,
        work: Callable[[], Answer],
        told: Callable[[Answer], Answer] | None = None,
        retold: Callable[[Answer], Answer] = lambda kept: kept,
    ) -> HttpResponse:
        """Do it once: with an Idempotency-Key, the same request is given the first answer again.

        `told` completes an answer with what is not kept with it, such as a secret. `retold` takes out of a kept one
        what may not be told any more.
        """
        key = self.request.headers.get(IDEMPOTENCY_KEY)
        if key is None:
            answer = refusals_as_problems(work)
            return self.finished(told(answer) if told else answer)
        if not PRINTABLE.fullmatch(key):
            raise Problem("bad-request", f"{IDEMPOTENCY_KEY} has 1 to 255 printable characters, such as a UUID.")
        text = json.dumps(self.request.data, sort_keys=True, separators=(",", ":"))
        seen = self.request.headers.get("If-Match", "")  # of another version it is another change
        # The desk reads more in an answer than an organisation does, and each of it answers for what they do: there
        # whoever asks is part of what is asked. Of an organisation another key may repeat what one began.
        desk = self.caller.reviews
        who = str(self.caller.owner.pk) if desk else "organisation"
        asked = f"{text}\0{seen}\0{who}".encode()
        digest = idempotency.digest_of(str(self.request.method), self.request.get_full_path(), asked)
        organisation = self.caller.organisation
        try:
            answer, again = idempotency.once(organisation, key, digest, lambda: refusals_as_problems(work))
        except Problem as refused:
            if isinstance(refused.__cause__, Resembles):
                refused.__cause__.keep()  # what the rules had kept went with all that was done here
            raise
        except InProgress as refused:
            detail = "The same request is being answered; send it again in a moment."
            raise Problem("in-progress", detail, headers={"Retry-After": "1"}) from refused
        except OtherRequest as refused:
            by = ", or by somebody else of the desk" if desk else ""
            detail = f"This {IDEMPOTENCY_KEY} was used for another request{by}; choose a new one."
            raise Problem("other-request", detail) from refused
        except AnswerErased as refused:
            detail = (
                "This request was done, and what it told was erased since: it is not done again. To send it anew, "
                f"choose a new {IDEMPOTENCY_KEY}."
            )
            raise Problem("conflict", detail) from refused
        if again:
            answer = retold(answer)
        response = self.finished(told(answer) if told else answer)
        if again:
            response["Idempotency-Replayed"] = "true"
        return response

    def stepped(
        self, work: Callable[[], Any], left: Callable[[], AnyModel], told: Callable[[AnyModel], Answer]
    ) -> HttpResponse:
        """Take a step once, and answer with what it was about as it left it: somebody else may change that at once.

        `left` reads that while nobody else can; `told` makes the answer of it once all is done, of which nothing is
        kept: to the same request again is told how it is then.
        """
        rows: list[AnyModel] = []

        def step() -> None:
            work()
            rows.append(left())

        def done() -> Answer:
            together(step)
            return Answer(200, {}, "")

        return self.once(done, told=lambda _: told(rows.pop() if rows else left()))

    def finished(self, answer: Answer) -> HttpResponse:
        """The answer as a response that nobody keeps for others."""
        response = self.answer(answer.body, Cache_Control="private, no-store")
        response.status_code = answer.status
        for name, value in answer.headers.items():
            response[name] = value
        return response


def together(work: Callable[[], T]) -> T:
    """The result of `work`, all of it in one transaction: nobody changes what it reads after it wrote."""
    try:
        with transaction.atomic():
            return work()
    except Resembles as refused:
        refused.keep()  # what the rules had kept went with all that was done here
        raise


def refusals_as_problems(work: Callable[[], Any]) -> Any:
    """The result of `work`; what the rules refuse is raised as the problem it is."""
    try:
        return work()
    except Elsewhere as refused:
        raise Problem("conflict", refused.faults[0].detail) from refused
    except Refused as refused:
        raise InvalidBody(*(_error(fault) for fault in refused.faults)) from refused
    except (NeedsReason, NeedsNote) as refused:
        raise InvalidBody(BodyError("/reason", "required", str(refused))) from refused
    except WebhookError as refused:
        if not refused.pointer:  # nothing that was sent is wrong: the webhook is not in a state for it
            raise Problem("conflict", str(refused)) from refused
        raise InvalidBody(BodyError(refused.pointer, refused.code, str(refused))) from refused
    except NotAllowed as refused:
        raise Problem("forbidden", str(refused)) from refused
    except (Changed, Stale) as refused:
        raise Problem("precondition-failed", str(refused)) from refused
    except (NotNow, PublishingError, DecisionError) as refused:
        raise Problem("conflict", str(refused)) from refused


def _error(fault: Any) -> BodyError:
    return BodyError(fault.pointer, fault.code, fault.detail)
