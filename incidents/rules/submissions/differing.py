"""What a new version changes of claims: for the desk by the record, for the organisation by what is public.

Entering it compares with the record (entering_claims.py); a claim that the desk retracted, deleted or superseded and
did not publish would be missing there. Whose a difference is says its member `to`; telling.py asks that.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from incidents.models import Submission, SubmissionPart
from incidents.rules.refusals import pointer
from incidents.rules.submissions.contents import CLAIMS, INCIDENT, Content
from incidents.rules.submissions.entering import foresee
from incidents.rules.submissions.entering_claims import LEFT_OUT, claim_columns, figures_of
from incidents.rules.submissions.foreseeing import beside_public
from incidents.rules.trail.differences import plain

Difference = dict[str, Any]


def tried(submission: Submission, content: Content, parts: Iterable[SubmissionPart]) -> tuple[Any, list[Difference]]:
    """Enter it on trial: the record that it is about, and what it changes, for both.

    Call it in a transaction that is taken back. Raises Refused as enter() does.
    """
    told = of_claims(submission, content, parts)
    record, differences = foresee(submission, content)
    return record, for_both(differences, told)


def of_claims(submission: Submission, content: Content, parts: Iterable[SubmissionPart]) -> list[Difference]:
    """What the organisation is told of claims that a new version replaces or leaves out."""
    if content["type"] not in {INCIDENT, CLAIMS} or not submission.external_scheme or submission.incident is None:
        return []
    return [
        {"pointer": where, "previous": plain(previous), "record": None, "sent": plain(sent)}
        for where, previous, sent in _changed(submission, content, parts)
    ]


def _changed(
    submission: Submission, content: Content, parts: Iterable[SubmissionPart]
) -> Iterator[tuple[str, Difference, Difference]]:
    """Each with its pointer, what the version before said and what this one says."""
    found = beside_public(submission, content, parts)
    places = found.places
    for index, place in sorted(places.replacing.items()):
        sent = claim_columns(content["claims"][index])
        yield pointer("claims", index), figures_of(places.said[place]), figures_of(sent)
    for place in places.left_out:
        if places.rows[place] in found.left_out:
            yield pointer("claims", "-", place), figures_of(places.said[place]), {"retraction_reason": LEFT_OUT}


def for_both(differences: Sequence[Difference], told: Sequence[Difference]) -> list[Difference]:
    """What entering found, and what the organisation is told of claims, which are for both where they say the same."""
    claims = [each for each in differences if _is_of_a_claim(each)]
    others = [each for each in differences if not _is_of_a_claim(each)]
    found = {_said(each): each for each in claims}
    shared = {_said(each) for each in told}
    return [
        *others,
        *(found.get(_said(each)) or each | {"to": "organisation"} for each in told),
        *(each | {"to": "desk"} for each in claims if _said(each) not in shared),
    ]


def _is_of_a_claim(difference: Difference) -> bool:
    where: str = difference["pointer"]
    return where.startswith(pointer("claims") + "/")


def _said(difference: Difference) -> str:
    """What an organisation reads of it, to compare it by."""
    return repr([difference["pointer"], *(sorted(difference[name].items()) for name in ("previous", "sent"))])
