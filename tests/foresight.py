"""What tests of foreseen estimates share: publishing what is sent, and what a desk edits meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from incidents.choices import SubmissionAction as Action
from incidents.models import Actor, Claim, ClaimCell, Incident, PublicIncident, Source
from incidents.rules.publication.board import content_of
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.submitting import Sender
from tests import factories
from tests.contributions import person


def published(content: Any, by: Sender) -> Incident:
    submission, moderator = submitting.submit(by, content), person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    for part in submission.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=moderator, object_id=None)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="Two sources")
    done = moderating.act(submission, Action.PUBLISH, by=person("lead"), reason="New report")
    assert done.incident is not None
    return done.incident


def estimates_of(incident: Incident) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = content_of(PublicIncident.objects.get(public_id=incident.public_id).document)[
        "estimates"
    ]
    return rows


def figures(rows: Any) -> list[dict[str, Any]]:
    """Everything but the ids of the claims that set best: what is sent has none yet."""
    return [{name: value for name, value in row.items() if name != "set_by"} for row in rows]


# Edits of a claim, of its source or of what hangs on it that nobody publishes.


def value(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(value=444)


def retracted(claim: Claim) -> None:
    now = datetime(2025, 4, 1, tzinfo=UTC)
    Claim.objects.filter(pk=claim.pk).update(retracted_at=now, retracted_by="desk")


def hidden(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(public=False)


def matter(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(status="all", credibility="5", scope="wider", interim=True)


def cells(claim: Claim) -> None:
    ClaimCell.objects.filter(claim=claim).delete()
    factories.ClaimCellFactory(claim=claim, age_group="", status="unknown", value=17)


def asserter(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(asserted_by=factories.SourceFactory())


def reliability(claim: Claim) -> None:
    Source.objects.filter(pk=claim.asserted_by_id).update(reliability="A")


def affiliation(claim: Claim) -> None:
    Source.objects.filter(pk=claim.asserted_by_id).update(affiliated_with=factories.ActorFactory())


def names(claim: Claim) -> None:
    Source.objects.filter(pk=claim.asserted_by_id).update(names={"en": "Observers of Latakia (hidden)"})
    Actor.objects.update(names={"en": "Hidden fighters"})


def similar(claim: Claim) -> None:
    for number in range(6):
        factories.SourceFactory(names={"en": f"Observers of Latakia {number}"})


def override(claim: Claim) -> None:
    factories.EstimateOverrideFactory(incident=claim.incident)


def deleted(claim: Claim) -> None:
    claim.attributions.all().delete()
    claim.delete()


def attribution(claim: Claim) -> None:
    factories.AttributionFactory(incident=claim.incident, extent="whole", position="accepts")


def another(claim: Claim) -> None:
    factories.ClaimFactory(incident=claim.incident, document=claim.document, value=9_999)


def twin(claim: Claim) -> None:
    """What is sent stands there already, and is not public."""
    factories.ClaimFactory(incident=claim.incident, document=claim.document, value=40, as_of=None, credibility="")


def several(*edits: Callable[[Claim], None]) -> Callable[[Claim], None]:
    """Edits that stand side by side: what one of them tells, none of the others takes back."""

    def edit(claim: Claim) -> None:
        for each in edits:
            each(claim)

    return edit


# Where the claim itself goes, or stands under another source, nothing of what else was edited would be read.
EDITS = {
    "what it says": several(value, matter, cells),
    "who says it": several(reliability, affiliation, names, similar),
    "what stands beside it": several(override, attribution, another, twin),
    "that it is retracted": retracted,
    "that it is hidden": hidden,
    "another source": asserter,
    "that it is gone": deleted,
}
