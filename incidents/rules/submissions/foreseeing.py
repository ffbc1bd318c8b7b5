"""The estimates that publishing a submission would derive: from what is public, what is sent, and what its organisation
sent before.

The working record is never asked for a claim: an edit that nobody published would show in the figure. What only the
desk knows is left out, as how reliable it holds a source to be.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from incidents import choices
from incidents.models import Submission, SubmissionPart
from incidents.rules.figures.counting import derive
from incidents.rules.figures.facts import OVERRIDE, ClaimFacts, Estimate
from incidents.rules.figures.sifting import LATER_CLAIM, NARROWER_COVERED, Group
from incidents.rules.publication.document_facts import facts_of
from incidents.rules.publication.publishing import published_document
from incidents.rules.publication.rendering import is_discreet
from incidents.rules.submissions.contents import CORRECTION, INVESTIGATION, WITHDRAWAL, Content
from incidents.rules.submissions.foreseeing_claims import (
    UNNAMED,
    Beside,
    Known,
    beside,
    own_claims,
    retracted,
    voices_of,
    with_sent,
)

# Reasons that rest on which of a source's words is its last: where it or its days are not public, nobody else can tell.
BY_SOURCE = frozenset({LATER_CLAIM, NARROWER_COVERED})


def foreseen(submission: Submission, content: Content, parts: Iterable[SubmissionPart]) -> list[dict[str, Any]]:
    """The estimates as JSON values; none where the incident would have no public document.

    `parts` say whom the submission's sources stand for. What nothing sent touches reads as it is published.
    """
    if content["type"] in {WITHDRAWAL, INVESTIGATION} or _level(content) == choices.Sensitivity.SEVERE:
        return []
    public = _document(submission, content)
    known = _published(public, submission) if public else []
    if content["type"] == CORRECTION:
        told = _corrected(known, content, submission)
    else:
        told = with_sent(submission, content, parts, known if public else None)
    before, after = _by_group(each.facts for each in known if each.traced), _by_group(told)
    touched = {group for group in {**before, **after} if before.get(group) != after.get(group)}
    said = [row for row in public.get("estimates", []) if row["ruleset"] == OVERRIDE or _group(row) not in touched]
    derived = [_row(each) for group in touched for each in after.get(group, ())]
    return sorted([*map(_in_order, said), *derived], key=_order)


def beside_public(submission: Submission, content: Content, parts: Iterable[SubmissionPart]) -> Beside:
    """How claims that are sent stand to those of the incident as it is published."""
    public = _document(submission, content)
    return beside(submission, content, parts, _published(public, submission) if public else None)


def _document(submission: Submission, content: Content) -> Content:
    """The incident that it is about as it is published; empty where it is not."""
    about = content.get("about") or (submission.incident and submission.incident.public_id)
    return (published_document(choices.PublicKind.INCIDENT.value, about) if about else None) or {}


def _level(content: Content) -> str | None:
    facts = content.get("incident") or content.get("correction", {}).get("changes", {})
    level: str | None = facts.get("sensitivity")
    return level


def _published(content: Content, submission: Submission) -> list[Known]:
    """A published incident's claims, with what the submission's organisation knows of those that it entered.

    Not traced are those that only the desk can compare with their source's later ones.
    """
    claims = content["claims"]
    voices = voices_of(claim["asserted_by"]["id"] for claim in claims if claim["asserted_by"]["id"])
    own = own_claims(submission, [claim["id"] for claim in claims])
    discreet = is_discreet(content)
    found: list[Known] = []
    hidden: set[str] = set()
    for claim in claims:
        by, entered = claim["asserted_by"], own.get(claim["id"])
        reasons = {use["reason"] for use in claim["used"]}
        if (discreet or not by["id"]) and reasons and reasons <= BY_SOURCE:
            hidden.add(claim["id"])
        private: dict[str, Any] = {"asserted_by": ""}
        if by["kind"] != UNNAMED and by["id"]:
            voice = voices.get(by["id"])
            private = {
                "asserted_by": voice.id if voice else by["id"],
                "affiliated": voice is not None and voice.affiliated,
            }
        elif by["kind"] != UNNAMED and entered:
            private = {"asserted_by": entered.voice}
        if discreet and entered:
            private |= {"as_of": entered.as_of, "document_date": entered.document_date}
        source = by["id"] or (entered.source if entered else "")
        found.append(Known(facts_of(claim, **private), source, entered))
    # Of an organisation's own claims it can tell itself which of them is the last.
    later = {use.claim for use in derive(each.facts for each in found).uses if use.reason in BY_SOURCE}
    return [replace(each, traced=each.facts.id not in hidden - later) for each in found]


def _corrected(known: Sequence[Known], content: Content, submission: Submission) -> list[ClaimFacts]:
    """The claims without those that are retracted: by their source where the organisation entered them or is it."""
    gone = {str(entry["claim"]) for entry in content["correction"].get("retractions", [])}
    source = submission.organisation.source
    told = []
    for each in known:
        if not each.traced:
            continue
        theirs = each.own is not None or (source is not None and each.source == str(source.public_id))
        by = choices.RetractedBy.SOURCE if theirs else choices.RetractedBy.DESK
        told.append(retracted(each.facts, by.value) if each.facts.id in gone else each.facts)
    return told


# The figures


def _by_group(claims: Iterable[ClaimFacts]) -> dict[Group, list[Estimate]]:
    found: dict[Group, list[Estimate]] = defaultdict(list)
    for each in derive(claims).estimates:
        found[each.measure, each.unit, each.basis].append(each)
    return found


def _group(row: Mapping[str, Any]) -> Group:
    return row["measure"], row["unit"], row["basis"]


def _row(estimate: Estimate) -> dict[str, Any]:
    """An estimate as it would be published; what is sent has no id yet."""
    named = [key for key in estimate.set_by if not key.startswith("/")]
    return asdict(estimate) | {"set_by": named, "override": None}


def _in_order(row: Mapping[str, Any]) -> dict[str, Any]:
    """A published estimate with its members in the order of derived ones: stored documents sort them by name."""
    return {name: row.get(name) for name in (*Estimate.__dataclass_fields__, "override")}


def _order(row: Mapping[str, Any]) -> tuple[bool, str, str, str, bool, str]:
    """As documents have them: derived ones, then the desk's own; all before its parts."""
    everybody = row["status"] == choices.PersonStatus.ALL
    return row["ruleset"] == OVERRIDE, *_group(row), not everybody, row["status"]
