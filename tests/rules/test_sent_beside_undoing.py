"""What is sent, changed or rejected about records while they are taken out: nobody is killed, nothing refers to them.

Two threads and real commits on PostgreSQL; on SQLite one writer waits for the other.
"""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.choices import SubmissionState as State
from incidents.models import Claim, Incident, Source, Submission, bulk
from incidents.models.history import DELETED
from incidents.rules.submissions import moderating, submitting, undoing
from incidents.rules.submissions.subjects import UNDONE
from incidents.rules.trail.verification import verify_log
from tests.contributions import approved, person, sender, tuwaym, with_reference
from tests.rules.test_lock_order import Other
from tests.rules.test_undoing import claims_on, publish
from tests.rules.test_unsaying import incident_of

ASKED = {"reason_code": "correction", "reason": "It was another one."}


def request_to_withdraw(incident: Incident) -> dict[str, Any]:
    return {"type": "withdrawal", "about": str(incident.public_id), "withdrawal": ASKED}


def sends_claims(incident: Incident) -> Callable[[], object]:
    by = sender("Another")
    return lambda: submitting.submit(by, claims_on(incident))


def asks_to_withdraw(incident: Incident) -> Callable[[], object]:
    by = sender("Another")
    return lambda: submitting.submit(by, request_to_withdraw(incident))


def sends_in_bulk(incident: Incident) -> Callable[[], object]:
    by = sender("Another")
    return lambda: submitting.submit_many(by, [request_to_withdraw(incident)], atomic=False)


def changes_claims(incident: Incident) -> Callable[[], object]:
    by = sender("Another")
    sent = submitting.submit(by, claims_on(incident))
    return lambda: submitting.revise(sent, by, claims_on(incident, note="Told anew"), version=1)


def once_at(place: tuple[Any, str], does: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do something when a function of a module is called first, before it does its work."""
    module, name = place
    real, done = getattr(module, name), list[bool]()

    def later(*args: Any, **kwargs: Any) -> Any:
        if not done:
            done.append(True)
            does()
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, later)


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("before", ["restore", "unsay"])  # nothing is deleted yet; all is
@pytest.mark.parametrize("does", [sends_claims, asks_to_withdraw, sends_in_bulk, changes_claims])
def test_what_is_sent_about_an_incident_that_is_undone_at_the_moment_waits_and_is_refused(
    does: Callable[[Incident], Callable[[], object]], before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(with_reference("poison"), sender())
    other = Other(does(incident_of(first)))
    waits = before == "unsay" or does in {sends_claims, changes_claims}
    beside = other.start_and_wait_until_it_waits if waits else other.start_and_wait_until_it_ends
    once_at((undoing, before), beside, monkeypatch)
    moderating.act(first, Action.UNDO, by=person("lead"), reason="Made up")
    other.thread.join()
    assert [str(error) for error in other.failed] == ([UNDONE] if waits else [])
    assert not Incident.objects.exists()
    assert not Submission.objects.exclude(incident=None).exists()
    assert verify_log().sound


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_what_is_sent_the_moment_before_the_incident_goes_is_about_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the undoing, of ten thousand perhaps, would break off at its commit."""
    first = publish(with_reference("poison"), sender())
    other = Other(asks_to_withdraw(incident_of(first)))
    deletes = bulk.remember

    def sent_before(model: type[Any], *args: Any, **kwargs: Any) -> None:
        deletes(model, *args, **kwargs)
        if model is Incident and kwargs["kind"] == DELETED:
            other.start_and_wait_until_it_ends()

    monkeypatch.setattr(bulk, "remember", sent_before)
    moderating.act(first, Action.UNDO, by=person("lead"), reason="Made up")
    assert not other.failed
    assert Submission.objects.get(type="withdrawal").incident is None
    assert not Incident.objects.exists()


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_what_names_a_source_is_approved_while_what_brought_that_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its claim would be of a source that is gone at the commit, and the two would wait for each other."""
    content, desk = claims_on(incident_of(publish(tuwaym(), sender()))), person("moderator")
    content["sources"][0]["names"] = {"en": "Observers of the mountain"}
    first = approved(content, sender("Another"))
    source = Source.objects.get(names=content["sources"][0]["names"])
    second = moderating.act(submitting.submit(sender("Third"), content), Action.CLAIM, by=desk)
    for part in second.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=desk, object_id=source.public_id)
    other = Other(lambda: moderating.act(second, Action.APPROVE, by=desk, reason="Two sources"))
    once_at((moderating, "step"), other.start_and_wait_until_it_waits, monkeypatch)
    moderating.act(first, Action.REJECT, by=person("moderator"), reason="Made up")
    other.thread.join()
    assert not other.failed
    assert Submission.objects.get(pk=first.pk).state == State.REJECTED
    assert Submission.objects.get(pk=second.pk).state == State.APPROVED
    assert Claim.objects.filter(asserted_by__names=content["sources"][0]["names"]).exists()
