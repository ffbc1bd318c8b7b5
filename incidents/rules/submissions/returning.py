"""What was withdrawn at an organisation's request comes back when that is undone, unless something happened since.

Whoever withdrew it again, for privacy say, did so as two people; one lead does not reverse that. Nor does what was
edited since become public with it. The same is asked when something is published into a record that was withdrawn.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from incidents import choices
from incidents.choices import SubmissionAction as Action
from incidents.documents.upgrades import upgrade
from incidents.models import Incident, Investigation, Publication, Submission, SubmissionStep
from incidents.rules.publication import publishing
from incidents.rules.publication.board import Content, content_of
from incidents.rules.publication.publishing import KINDS
from incidents.rules.publication.recalling import known_as_published
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.rendering import derived_anew
from incidents.rules.sentences import worded
from incidents.rules.submissions.alongside import inquiries_about, stating
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.submissions.unsaying import Unsaid

# What others say of a record: it follows from them.
LINKED = ("relations", "investigations", "totals", "scope", "actors", "statements")
PROPOSE = worded("propose to publish it, which takes two people.")


def bring_back(requests: Sequence[Submission], unsaid: Unsaid, brought: Collection[int], reason: str) -> list[Any]:
    """Publish again what these published requests withdrew, as it was; answers what.

    What was `brought` by other submissions that are undone stays withdrawn (primary keys of incidents). Raises NotNow
    where it was withdrawn again since, where its versions were emptied, and where it reads otherwise now.
    """
    found: list[Any] = []
    for each in requests:
        record = each.incident or each.investigation
        if record is None or (isinstance(record, Incident) and record.pk in brought):
            continue
        before = _before(each, record)
        if isinstance(record, Incident):
            left = unsaid.out_of(before, record)
            if left != before:
                before = derived_anew(left, known_as_published([before])[before["id"]])
        try:
            now = publishing.preview(record)
        except PublishingError as refusal:
            raise NotNow(worded("%(record)s stays withdrawn: %(why)s", record=record, why=refusal.args[0])) from refusal
        since = _rows(record)[0].published_at
        if not _same(now, before) or stating(record, inquiries_about(record), since).exists():
            told = "%(record)s was changed since it was withdrawn, so it stays withdrawn: %(advice)s"
            raise NotNow(worded(told, record=record, advice=PROPOSE))
        found.append(record)
    if found:
        publishing.publish(found, reason_code=choices.ReasonCode.RETRACTION, reason=reason)
    return found


def refuse_withdrawn(submission: Submission, record: Incident | Investigation) -> None:
    """Raise NotNow where publishing this would make public again what two people withdrew since it was approved.

    What they withdrew for privacy stays withdrawn whenever that was.
    """
    last = _rows(record).first()
    if last is None or last.operation != choices.Operation.WITHDRAW:
        return
    approved = _at(submission, Action.APPROVE)
    private = last.reason_code == choices.ReasonCode.PRIVACY
    if private or approved is None or last.published_at > approved:
        kind = KINDS[type(record)]
        raise NotNow(
            worded(
                "The %(kind)s was withdrawn for %(why)s: propose to publish the %(kind)s itself, which takes two.",
                desk="What it became was withdrawn (%(why)s): propose to publish that itself, which takes two.",
                kind=kind,
                why=_why(last),
            )
        )


def _before(request: Submission, record: Incident | Investigation) -> Content:
    """How the record read before the request withdrew it."""
    withdrawn = _at(request, Action.PUBLISH)
    rows = _rows(record)
    last = rows.first()
    own = rows.filter(published_at__lte=withdrawn).first() if withdrawn is not None else None
    if last is None or own is None or own.operation != choices.Operation.WITHDRAW:
        raise NotNow(worded("%(record)s was not withdrawn by this: %(advice)s", record=record, advice=PROPOSE))
    if own.seq != last.seq:
        raise NotNow(
            worded(
                "%(record)s was withdrawn again for %(why)s, so it stays withdrawn: %(advice)s",
                desk="%(record)s was withdrawn again (%(why)s), so it stays withdrawn: %(advice)s",
                record=record,
                why=_why(last),
                advice=PROPOSE,
            )
        )
    standing = rows.filter(seq__lt=own.seq).values_list("body__document", "schema_version").first()
    if standing is None or standing[0] is None:
        told = "What %(record)s said was emptied, so it stays withdrawn: %(advice)s"
        raise NotNow(worded(told, record=record, advice=PROPOSE))
    return upgrade(KINDS[type(record)], content_of(standing[0]), standing[1])


def _rows(record: Incident | Investigation) -> Any:
    """The rows of the log for a record, the last first."""
    return Publication.objects.filter(kind=KINDS[type(record)], object_id=record.public_id).order_by("-seq")


def _at(submission: Submission, action: Action) -> datetime | None:
    steps = SubmissionStep.objects.filter(submission=submission, action=action.value).order_by("-pk")
    return steps.values_list("at", flat=True).first()


def _why(row: Publication) -> str:
    reason = choices.ReasonCode(row.reason_code)
    long = f"{row.published_at.day} {row.published_at:%B %Y}"
    return worded(
        "%(word)s on %(long)s",
        desk="%(reason)s, %(day)s",
        word=reason.label.lower(),
        long=long,
        reason=reason,
        day=f"{row.published_at:%Y-%m-%d}",
    )


def _same(now: Content, before: Content) -> bool:
    """Whether a record says what it said, and has no new link with another; what others said of it may be gone."""
    own = [{name: value for name, value in each.items() if name not in LINKED} for each in (now, before)]
    names = [name for name in ("relations", "investigations", "scope", "statements") if name in now]
    return own[0] == own[1] and all(each in before[name] for name in names for each in now[name])
