"""What the desk makes of pairs of possible duplicates besides saying that they are two: a merge, for a second person.

The pairs themselves are duplicates.py's matter, what a proposal is and who confirms it deciding.py's.
"""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from incidents.choices import DecisionAction, DecisionState, DuplicateDecision
from incidents.models import Decision, DuplicateCandidate, Incident
from incidents.rules.desk import deciding
from incidents.rules.sameness import duplicates
from incidents.rules.sameness.duplicates import DecisionError
from incidents.rules.sentences import worded


def propose_merge(
    candidate: DuplicateCandidate,
    *,
    survivor: Incident,
    by: User,
    reason: str,
    take_from_absorbed: Sequence[str] = (),
    version: int | None = None,
) -> Decision:
    """Propose that the survivor, one of the two, absorbs the other; the pair stays open until that is confirmed.

    Raises DecisionError where the pair is decided, Changed unless it is at `version`, and as proposing does.
    """
    with transaction.atomic():
        pair = duplicates.held(candidate, version)
        if pair.decision != DuplicateDecision.OPEN:
            raise DecisionError(
                worded("This pair is decided already; it is proposed again once one of the two changed.")
            )
        kept, other = (pair.first, pair.second) if survivor.pk == pair.first_id else (pair.second, pair.first)
        details = {"absorbed": str(other.public_id), "take_from_absorbed": list(take_from_absorbed)}
        decision = deciding.propose(DecisionAction.MERGE, kept, by=by, reason=reason, details=details)
        pair.version += 1  # it tells of the merge now: who read it before decides on something else
        pair.save(update_fields=["version"])
        return decision


def merges_waiting(pairs: Sequence[DuplicateCandidate]) -> dict[int, str]:
    """{primary key of a pair: id of the merge of the two that waits for a second person}, in one statement."""
    ends = {frozenset({str(each.first.public_id), str(each.second.public_id)}): each.pk for each in pairs}
    ids = [key for pair in pairs for key in (pair.first.public_id, pair.second.public_id)]
    found = Decision.objects.filter(
        action=DecisionAction.MERGE, state=DecisionState.PROPOSED, object_id__among=ids
    ).order_by("pk")
    told = ((frozenset({str(each.object_id), str(each.absorbed)}), each) for each in found)
    return {ends[both]: str(each.public_id) for both, each in told if both in ends}
