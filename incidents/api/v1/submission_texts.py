"""Submissions and dry runs as their readers get them, the desk or an organisation; submissions.py asks the rules.

What an organisation may be told says rules/submissions/telling.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from incidents.api.renderers import compact
from incidents.choices import PublicKind
from incidents.documents import submission_answers as answers
from incidents.models import Investigation, Submission, SubmissionPart
from incidents.rules.accounts.access import Caller
from incidents.rules.accounts.idempotency import Answer
from incidents.rules.desk import looking
from incidents.rules.sameness import duplicates
from incidents.rules.submissions import telling
from incidents.rules.submissions.submitting import Trial
from incidents.rules.submissions.whereabouts import standing_of


def looked_at(caller: Caller, submissions: Sequence[Submission]) -> list[str]:
    """Each as JSON; that the desk looked at what is confidential in them is written down."""
    looking.read_by(caller.organisation, submissions, desk=caller.reviews)
    return texts(caller, submissions)


def texts(caller: Caller, submissions: Sequence[Submission]) -> list[str]:
    """Each as JSON; what may be told of their parts is asked once for all."""
    context = _context(caller, [part for each in submissions for part in each.parts.all()], submissions)
    standing = standing_of(each.subject for each in submissions)
    for each in submissions:
        each.standing = standing[each.subject["id"]] if each.subject else None  # type: ignore[attr-defined]
        differing = telling.differences_of(each, context["scoped"], desk=caller.reviews)
        each.differing = differing  # type: ignore[attr-defined]
        # They come from what is not public as well: an organisation could sound it out by sending guesses.
        each.likely = duplicates.of_submission(each) if caller.reviews else None  # type: ignore[attr-defined]
    return [compact(answers.Submission(each, context=context).data) for each in submissions]


def trial(caller: Caller, tried: Trial) -> Answer:
    """What would become of what is sent; the desk's look at names is written down."""
    if caller.reviews:
        looking.proposed(tried.parts)
    context = _context(caller, tried.parts)
    differences = telling.differences(tried.differences, desk=caller.reviews)
    standing = standing_of([tried.subject]).values()
    body = {
        "type": tried.type,
        "subject": next((answers.SubmissionSubject(each).data for each in standing), None),
        "parts": answers.SubmissionPart(tried.parts, many=True, context=context).data,
        "differences": answers.Difference(differences, many=True, context=context).data,
        "estimates": tried.estimates,
    }
    return Answer(200, {}, compact(body))


def retold(caller: Caller, kept: Answer) -> Answer:
    """An answer about one submission that was kept, as far as what it names is public when it is given again.

    It was kept before anything of the submission was entered: what a part stood for was public then.
    """
    body = json.loads(kept.body)
    submission, parts = _as_told(body)
    if caller.reviews:
        looking.proposed(parts, of=body["id"])
        return kept
    context = _context(caller, parts, [submission])
    differences = telling.differences_of(submission, context["scoped"], desk=False)
    body["parts"] = answers.SubmissionPart(parts, many=True, context=context).data
    body["differences"] = answers.Difference(differences, many=True, context=context).data
    return replace(kept, body=compact(body))


def _as_told(body: Mapping[str, Any]) -> tuple[Submission, list[SubmissionPart]]:
    """What an answer said of a submission and its parts, as rows that stand nowhere."""
    submission = Submission(state=body["state"], content=body["content"], differences=body["differences"])
    subject = body["subject"] or {}
    if subject.get("kind") == PublicKind.INVESTIGATION:
        submission.investigation = Investigation(public_id=UUID(subject["id"]))
    parts = [
        SubmissionPart(
            pk=place,
            submission=submission,
            pointer=part["pointer"],
            kind=part["kind"],
            as_written=part["as_written"] or "",
            outcome=part["outcome"],
            object_id=part["object_id"] or "",
            proposals=[each | {"public": True} for each in part["proposals"]],
        )
        for place, part in enumerate(body["parts"])
    ]
    return submission, parts


def _context(caller: Caller, parts: Sequence[SubmissionPart], submissions: Sequence[Submission] = ()) -> dict[str, Any]:
    public = telling.public_among(parts)
    if caller.reviews:
        return {"public": public, "scoped": set(), "own": set(), "named": {}, "desk": True}
    return {
        "public": public,
        "scoped": telling.scoped_among(submissions),
        "own": telling.entered_among(parts, caller.organisation),
        "named": telling.names_among(parts),
        "desk": False,
    }
