"""What two submissions say word for word stays as the other's, where one of them is taken back."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Attribution, Claim, Document, Incident, Source, Submission
from incidents.rules.submissions import moderating, reverting
from tests.contributions import approved, person, sender, tuwaym
from tests.rules.published import document_of, fresh

pytestmark = pytest.mark.django_db


def public(content: Any, by: str) -> Submission:
    return moderating.act(approved(content, sender(by)), Action.PUBLISH, by=person("lead"))


def injured() -> dict[str, Any]:
    """A claim and an attribution on the public incident, by ids, as anybody may send them."""
    said = {"asserted_by": str(Source.objects.get().public_id), "document": str(Document.objects.get().public_id)}
    claim = said | {"measure": "injured", "qualifier": "exact", "value": 12}
    actor = str(Attribution.objects.order_by("pk")[0].actor.public_id)
    attribution = said | {"actor": actor, "role": "ordered"}
    about = str(Incident.objects.get().public_id)
    return {"type": "claims", "about": about, "claims": [claim], "attributions": [attribution]}


def undo(submission: Submission) -> None:
    moderating.act(fresh(submission), Action.UNDO, by=person("lead"), reason="A stolen account")


def shown(incident: Incident) -> tuple[int, int]:
    content = document_of(incident)
    claims = [each for each in content["claims"] if each["measure"] == "injured"]
    return len(claims), len([each for each in content["attributions"] if each["role"] == "ordered"])


def outcomes(submission: Submission) -> set[str]:
    return set(fresh(submission).parts.filter(kind__in=("claim", "attribution")).values_list("outcome", flat=True))


@pytest.fixture
def incident() -> Incident:
    found = public(tuwaym(), "First").incident
    assert found is not None
    return found


def test_what_another_published_as_well_stays_public_as_theirs(incident: Incident) -> None:
    copied, honest = public(injured(), "Infiltrated"), public(injured(), "Honest")
    assert (outcomes(copied), outcomes(honest)) == ({"entered"}, {"unchanged"})
    version = fresh(honest).version
    undo(copied)
    assert shown(incident) == (1, 1)
    assert outcomes(honest) == {"entered"}
    assert (fresh(honest).state, fresh(honest).version) == ("published", version + 1)
    assert (fresh(copied).state, outcomes(copied)) == ("withdrawn", {"unchanged"})
    undo(honest)
    assert shown(incident) == (0, 0)
    assert not Claim.objects.filter(measure="injured").exists()


@pytest.mark.parametrize("first", [0, 1])
def test_what_an_organisation_said_twice_stays_until_both_are_undone(incident: Incident, first: int) -> None:
    both = [public(injured(), "Honest"), public(injured(), "Honest")]
    assert both[0].pk != both[1].pk
    undo(both[first])
    assert shown(incident) == (1, 1)
    assert outcomes(both[1 - first]) == {"entered"}
    undo(both[1 - first])
    assert shown(incident) == (0, 0)
    assert not Claim.objects.filter(measure="injured").exists()


def test_both_undone_together_leave_nothing(incident: Incident) -> None:
    both = [public(injured(), name) for name in ("Infiltrated", "Too")]
    rows = Submission.objects.filter(pk__in=[each.pk for each in both])
    assert reverting.undo_all(rows, by=person("lead"), reason="Stolen accounts").undone == 2
    assert shown(incident) == (0, 0)
    assert not Claim.objects.filter(measure="injured").exists()


def test_what_another_has_approved_only_leaves_the_public_until_that_is_published(incident: Incident) -> None:
    copied, honest = public(injured(), "Infiltrated"), approved(injured(), sender("Honest"))
    undo(copied)
    assert shown(incident) == (0, 0)
    assert Claim.objects.filter(measure="injured").count() == 1
    moderating.act(fresh(honest), Action.PUBLISH, by=person("lead"))
    assert shown(incident) == (1, 1)


@pytest.mark.parametrize("how", ["withdrawn", "rejected"])
def test_what_is_withdrawn_or_rejected_takes_nothing_along_of_another(incident: Incident, how: str) -> None:
    infiltrated = sender("Infiltrated")
    copied, honest = approved(injured(), infiltrated), approved(injured(), sender("Honest"))
    if how == "withdrawn":
        moderating.act(copied, Action.WITHDRAW, by=infiltrated.author, reason="Never mind")
    else:
        moderating.act(copied, Action.REJECT, by=person("moderator"), reason="Not theirs")
    moderating.act(fresh(honest), Action.PUBLISH, by=person("lead"))
    assert shown(incident) == (1, 1)


def test_an_incident_of_which_only_what_another_sent_too_is_left_stays(incident: Incident) -> None:
    first, again = Submission.objects.get(), injured()
    claim = tuwaym()["claims"][0] | {name: again["claims"][0][name] for name in ("asserted_by", "document")}
    public(again | {"claims": [claim], "attributions": []}, "Honest")
    undo(first)
    content = document_of(incident)
    assert [each["value"] for each in content["claims"]] == [31]
    assert content["attributions"] == []
