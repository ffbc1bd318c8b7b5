"""What was sent several times word for word: where the first is taken back, it stays as the next one's.

A row stands in the record once, entered by the submission that said it first; the parts of others, by the same
organisation or by another, say `unchanged`. Versions of one submission are no others: what went with one is sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from incidents.choices import PartOutcome, SubmissionState
from incidents.models import Submission, SubmissionPart
from incidents.models.gathering import instances
from incidents.rules.submissions.stepping import count_version

SAID = ("Attribution", "Claim", "IncidentAct", "TargetedGroup")
STANDING = (SubmissionState.APPROVED, SubmissionState.PUBLISHED)


@dataclass(slots=True)
class Echoes:
    """Parts of submissions that stand, {table: {row: part}}, of what would be taken back, and whose it was so far.

    `unread` are those that nobody published yet: what they say stays in the record and leaves the public.
    """

    heirs: dict[str, dict[int, SubmissionPart]] = field(default_factory=dict)
    entered: dict[str, dict[int, SubmissionPart]] = field(default_factory=dict)

    @property
    def unread(self) -> dict[str, dict[int, SubmissionPart]]:
        return {
            table: {
                row: part
                for row, part in parts.items()
                if self.heirs[table][row].submission.state != SubmissionState.PUBLISHED
            }
            for table, parts in self.entered.items()
        }


def echoes_of(entered: Mapping[str, dict[int, SubmissionPart]], submissions: Sequence[Submission]) -> Echoes:
    """Take out of what would go, {table: {row: part}}, what other submissions say as well; a published one first."""
    found = Echoes()
    own = {each.pk for each in submissions}
    references = {_reference(each) for each in submissions if each.external_key}
    for table in SAID:
        if not entered.get(table):
            continue
        parts = SubmissionPart.objects.filter(
            table=table, row__among=set(entered[table]), outcome=PartOutcome.UNCHANGED, submission__state__in=STANDING
        ).exclude(submission__among=own)
        heirs = found.heirs.setdefault(table, {})
        for part in parts.select_related("submission__organisation").order_by("-submission__state", "pk"):
            if _reference(part.submission) not in references:
                heirs.setdefault(part.row or 0, part)
        found.entered[table] = {row: entered[table].pop(row) for row in heirs}
    return found


def _reference(submission: Submission) -> tuple[int, str, str]:
    """What the versions of one submission share."""
    return submission.organisation_id, submission.external_scheme, submission.external_key


def lock(echoes: Echoes) -> None:
    """Lock the submissions that what stays is theirs from now on, before any incident is."""
    keys = {part.submission_id for parts in echoes.heirs.values() for part in parts.values()}
    held = {
        each.pk: each
        for each in instances(Submission.objects.select_for_update(no_key=True).filter(pk__among=keys).order_by("pk"))
    }
    for parts in echoes.heirs.values():
        for part in parts.values():
            part.submission = held[part.submission_id]


def hand_on(echoes: Echoes) -> None:
    """Say of what stays that the others entered it, as their next version; what is taken back left it unchanged."""
    heirs = [part for parts in echoes.heirs.values() for part in parts.values()]
    SubmissionPart.objects.filter(pk__among={part.pk for part in heirs}).update(outcome=PartOutcome.ENTERED.value)
    left = {part.pk for parts in echoes.entered.values() for part in parts.values()}
    SubmissionPart.objects.filter(pk__among=left).update(outcome=PartOutcome.UNCHANGED.value)
    for submission in {part.submission_id: part.submission for part in heirs}.values():
        count_version(submission)
