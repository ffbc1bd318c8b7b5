"""Names that came into the record while a submission waited: two organisations name the same new source on one day.

When it was sent nothing resembled its names; entered as they are, one source would be two, and counted as two that are
independent. Whoever approves the second is asked, as if it had been sent after the first was entered.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from incidents.choices import PartOutcome
from incidents.models import Actor, Source, Submission, SubmissionPart, SubmissionStep
from incidents.models.base import name_of
from incidents.rules.publication.board import TABLES
from incidents.rules.publication.publishing import KINDS
from incidents.rules.sentences import worded
from incidents.rules.submissions.authorship import SENDING
from incidents.rules.submissions.contents import Content
from incidents.rules.submissions.recognising import CATEGORY, NAMELESS, Register
from incidents.rules.submissions.resembling import Known, Names, likest
from incidents.rules.submissions.stepping import count_version, held
from incidents.rules.submissions.transitions import NotNow

Proposals = list[dict[str, Any]]


class Resembles(NotNow):
    """Names wait for a decision that did not when it was sent; keep() says so of them once nothing else is done."""

    def __init__(self, submission: Submission, found: Mapping[int, Proposals]) -> None:
        names = SubmissionPart.objects.filter(pk__in=found).order_by("pk").values_list("as_written", flat=True)
        told = "Decide first whom these names stand for, since somebody entered the like meanwhile: %(names)s."
        super().__init__(worded(told, names=names))
        self.submission, self.found = submission, found

    def keep(self) -> None:
        """Have these names wait, as the next version of the submission."""
        with transaction.atomic():
            stored = held(self.submission, None)
            for part in SubmissionPart.objects.filter(pk__in=self.found, outcome=PartOutcome.KEPT_AS_WRITTEN):
                part.outcome, part.proposals = PartOutcome.WAITING.value, self.found[part.pk]
                part.save(update_fields=["outcome", "proposals"])
            count_version(stored)


def ask_about_newcomers(submission: Submission, content: Content) -> None:
    """Raises Resembles where somebody else's source or actor that came since bears a name like one that is kept.

    Call it with the log's head locked: nobody else enters a name meanwhile.
    """
    kept = submission.parts.filter(kind__in=("source", "actor"), outcome=PartOutcome.KEPT_AS_WRITTEN)
    parts = list(kept.order_by("pk"))
    if not parts:
        return
    sent = SubmissionStep.objects.filter(submission=submission, action__in=SENDING).order_by("-pk")[:1]
    since = sent.values_list("at", flat=True).first() or submission.created_at
    register = Register(submission.organisation)
    came = {"source": _came(Source, submission, since), "actor": _came(Actor, submission, since)}
    found = {}
    for part in parts:
        _, section, index = part.pointer.split("/")
        entry = content[section][int(index)]
        if not came[part.kind] or entry.get("kind") in NAMELESS or register.decided(part.kind, entry):
            continue
        category = entry.get("identification") == CATEGORY
        alike = Names([each for each in came[part.kind] if each.category == category])
        asked = {each["id"] for each in part.proposals}
        new = [(score, each) for score, each in alike.of(entry["names"].values()) if str(each.public_id) not in asked]
        if new:
            found[part.pk] = [
                {"id": str(each.public_id), "name": each.label, "score": round(score), "public": each.public}
                for score, each in sorted(new, key=likest)
            ]
    if found:
        raise Resembles(submission, found)


def _came(model: type[Source] | type[Actor], submission: Submission, since: datetime) -> Sequence[Known]:
    """The names of what was made or renamed since, but by this organisation itself."""
    own = SubmissionPart.objects.filter(
        table=model.__name__, outcome=PartOutcome.ENTERED, submission__organisation=submission.organisation
    )
    rows: Any = model._default_manager.filter(updated_at__gte=since).exclude(pk__in=own.values("row"))
    rows = rows.exclude(kind__in=NAMELESS) if model is Source else rows.prefetch_related("aliases")
    public = set(TABLES[KINDS[model]]._default_manager.values_list("public_id", flat=True).filter(
        public_id__in=[each.public_id for each in rows]
    ))  # fmt: skip
    return list(_known(rows, public))


def _known(rows: Any, public: set[Any]) -> Iterator[Known]:
    for each in rows:
        aliases = [alias.name for alias in each.aliases.all()] if isinstance(each, Actor) else []
        category = isinstance(each, Actor) and each.identification == CATEGORY
        for name in {*each.names.values(), *aliases}:
            there = each.public_id in public
            yield Known.by(name, each.public_id, name_of(each.names), public=there, category=category)
