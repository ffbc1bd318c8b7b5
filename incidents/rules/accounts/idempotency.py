"""Doing a request once however often it is sent: the first answer is kept with what it did, and given again.

What is kept is in the same transaction as the work, so that whoever dies half-way leaves neither.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from incidents.models import IdempotentRequest, Organisation

KEPT_FOR = timedelta(days=7)
DROPPED_AT_ONCE = 100
LONGEST_KEY = 255
EMPTIED = 0  # in place of the status of an answer that tells nothing any more


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer: status, the headers that belong to it, and the body."""

    status: int
    headers: dict[str, str]
    body: str


class InProgress(Exception):
    """The same request is being answered at this moment."""


class OtherRequest(Exception):
    """The key was used for another request."""


class AnswerErased(Exception):
    """It was done, and its answer was emptied since, because what it told was erased: it is not done again."""


def once(organisation: Organisation, key: str, digest: str, work: Callable[[], Answer]) -> tuple[Answer, bool]:
    """The answer of `work`, or the first answer to the same key and digest; whether it is given again.

    `digest` stands for method, address and body. Raises InProgress while another is at it (PostgreSQL; SQLite lets one
    writer in at a time, so that the second waits and is given the first answer), OtherRequest for another digest, and
    AnswerErased where the first answer was emptied.
    What `work` raises leaves nothing behind, so that the request can be sent again.
    """
    with transaction.atomic():
        if not _alone(f"{organisation.pk}:{key}"):
            raise InProgress
        kept = IdempotentRequest.objects.filter(organisation=organisation, key=key).first()
        if kept is not None and kept.created_at > timezone.now() - KEPT_FOR:
            if kept.digest != digest:
                raise OtherRequest
            if kept.status == EMPTIED:
                raise AnswerErased
            return Answer(kept.status, kept.headers, kept.body), True
        answer = work()
        IdempotentRequest.objects.update_or_create(
            organisation=organisation,
            key=key,
            defaults={
                "digest": digest,
                "status": answer.status,
                "headers": answer.headers,
                "body": answer.body,
                "created_at": timezone.now(),
            },
        )
        _drop_old()
        return answer, False


def empty(organisation_id: int, told: str) -> int:
    """Empty the kept answers of an organisation that tell of this; returns how many. Their requests stay done."""
    kept = IdempotentRequest.objects.filter(organisation=organisation_id, body__contains=told)
    return kept.update(status=EMPTIED, headers={}, body="")


def digest_of(method: str, address: str, body: bytes) -> str:
    """What makes two requests the same: method, address with its parameters, and body; SHA-256, hexadecimal."""
    return hashlib.sha256(b"\0".join((method.encode(), address.encode(), body))).hexdigest()


def _alone(name: str) -> bool:
    """Whether nobody else is at this key; the lock goes with the transaction."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7))", [name])
        return bool(cursor.fetchone()[0])


def _drop_old() -> None:
    old = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).order_by("created_at")
    keys = list(old.values_list("pk", flat=True)[:DROPPED_AT_ONCE])
    if keys:
        IdempotentRequest.objects.filter(pk__in=keys).delete()
