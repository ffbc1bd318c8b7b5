"""Submissions and dry runs as their readers get them, the desk or an organisation; submissions.py asks the rules.

What an organisation may be told says rules/submissions/telling.py.
"""

from collections.abc import Sequence
from typing import Any

from incidents.api.renderers import compact
from incidents.documents import submission_answers as answers
from incidents.models import Submission, SubmissionPart
from incidents.rules.accounts.access import Caller
from incidents.rules.accounts.idempotency import Answer
from incidents.rules.desk import looking
from incidents.rules.sameness import duplicates
from incidents.rules.submissions import telling
from incidents.rules.submissions.submitting import Trial


def looked_at(caller: Caller, submissions: Sequence[Submission]) -> list[str]:
    """Each as JSON; that the desk looked at what is confidential in them is written down."""
    looking.read_by(caller.organisation, submissions, desk=caller.reviews)
    return texts(caller, submissions)


def texts(caller: Caller, submissions: Sequence[Submission]) -> list[str]:
    """Each as JSON; what may be told of their parts is asked once for all."""
    context = _context(caller, [part for each in submissions for part in each.parts.all()], submissions)
    for each in submissions:
        differing = telling.differences_of(each, context["scoped"], desk=caller.reviews)
        each.differing = differing  # type: ignore[attr-defined]
        # They come from what is not public as well: an organisation could sound it out by sending guesses.
        each.likely = duplicates.of_submission(each) if caller.reviews else None  # type: ignore[attr-defined]
    return [compact(answers.Submission(each, context=context).data) for each in submissions]


def trial(caller: Caller, tried: Trial) -> Answer:
    """What would become of what is sent; the desk's look at names is written down."""
    if caller.reviews:
        looking.tried(tried.parts)
    context = _context(caller, tried.parts)
    differences = telling.differences(tried.differences, desk=caller.reviews)
    body = {
        "type": tried.type,
        "parts": answers.SubmissionPart(tried.parts, many=True, context=context).data,
        "differences": answers.Difference(differences, many=True, context=context).data,
        "estimates": tried.estimates,
    }
    return Answer(200, {}, compact(body))


def _context(caller: Caller, parts: Sequence[SubmissionPart], submissions: Sequence[Submission] = ()) -> dict[str, Any]:
    if caller.reviews:
        return {"public": set(), "scoped": set(), "own": set(), "desk": True}
    return {
        "public": telling.public_among(parts),
        "scoped": telling.scoped_among(submissions),
        "own": telling.entered_among(parts, caller.organisation),
        "desk": False,
    }
