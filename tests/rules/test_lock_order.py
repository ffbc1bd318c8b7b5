"""Who locks what first: the log's head, then rows, whoever publishes, merges, undoes or protects.

Two threads and real commits on PostgreSQL; in another order one of the two would be killed as a deadlock.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse

from incidents.admin import records
from incidents.choices import DecisionAction
from incidents.choices import SubmissionAction as Action
from incidents.models import Decision, Incident, Merge, Publication, Submission
from incidents.rules.desk import deciding
from incidents.rules.publication.protecting import foresee, protect
from incidents.rules.publication.publishing import publish
from incidents.rules.sameness import duplicates
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.authorship import authors
from incidents.rules.submissions.forgetting import erase
from incidents.rules.submissions.undoing import take_out
from incidents.rules.trail import editing
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.admin.forms import filled
from tests.contributions import approved, person, sender, tuwaym
from tests.rules.published import document_of, fresh

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
SECONDS = 20


class Other:
    """A second thread that does one thing, and keeps what it died of."""

    def __init__(self, does: Callable[[], object]) -> None:
        self.does = does
        self.failed: list[BaseException] = []
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        try:
            self.does()
        except Exception as error:  # noqa: BLE001 - whatever a thread dies of is looked at
            self.failed.append(error)
        finally:
            connection.close()

    def start_and_wait_until_it_waits(self) -> None:
        """Start it, and return once the server says that it waits for a lock of ours."""
        self.thread.start()
        for _ in range(SECONDS * 20):
            with connection.cursor() as cursor:
                cursor.execute(WAITS)
                if cursor.fetchone() == (1,):
                    return
            self.thread.join(0.05)
        raise AssertionError("the other thread never waited, so the test proves nothing")

    def start_and_wait_until_it_ends(self) -> None:
        """Start it, and return once it is done: nothing that we hold keeps it waiting."""
        self.thread.start()
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()


def pair() -> tuple[Incident, Incident]:
    kept, gone = factories.IncidentFactory(), factories.IncidentFactory()
    publish([kept, gone])
    return fresh(kept), fresh(gone)


def merging(kept: Incident, gone: Incident) -> Callable[[], object]:
    return lambda: merge(kept, gone, reason="The same killing, told twice.")


def unmerging(kept: Incident, gone: Incident) -> Callable[[], object]:
    row, _ = merge(kept, gone, reason="The same killing, told twice.")
    return lambda: undo_merge(Merge.objects.get(pk=row.pk), reason="They are two.")


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("does", [merging, unmerging])
def test_saving_a_page_that_protects_and_a_merge_wait_for_each_other(
    does: Callable[..., Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = pair()
    other = Other(does(kept, gone))

    def protect_late(obj: Any) -> bool:
        # The page's row is locked by now; the merge comes in between.
        other.start_and_wait_until_it_waits()
        return protect(obj)

    monkeypatch.setattr(records, "protect", protect_late)
    desk = Client()
    desk.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    page = reverse("admin:incidents_incident_change", args=[kept.pk])
    assert desk.post(page, filled(desk, page) | {"sensitivity": "high"}).status_code == 302
    other.thread.join()
    assert not other.failed
    assert fresh(kept).sensitivity == "high"
    assert Publication.objects.filter(reason_code="privacy").exists()
    assert Merge.objects.count() == 1
    assert verify_log().sound


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("foreseen", [True, False])
def test_without_the_log_first_one_of_the_two_would_be_killed(foreseen: bool) -> None:
    kept, gone = pair()
    other = Other(merging(kept, gone))
    died: list[BaseException] = []
    try:
        with transaction.atomic():
            kept.sensitivity = "high"
            if foreseen:
                foresee(kept)
            editing.check(kept, kept.version)
            editing.save(kept)
            other.start_and_wait_until_it_waits()
            assert protect(kept)
    except OperationalError as error:
        died.append(error)
    other.thread.join()
    deadlocks = [error for error in (*died, *other.failed) if "deadlock" in str(error)]
    assert len(deadlocks) == (0 if foreseen else 1)


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_two_merges_of_one_incident_at_once_make_one() -> None:
    kept, gone = pair()
    both = [Other(merging(fresh(kept), fresh(gone))) for _ in range(2)]
    for each in both:
        each.thread.start()
    for each in both:
        each.thread.join()
    refused = [str(error) for each in both for error in each.failed]
    assert len(refused) == 1
    assert "merged already" in refused[0]
    assert Merge.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("first_stays", [True, False])
def test_a_merge_is_confirmed_while_somebody_finds_the_pair_to_be_two(
    first_stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at a pair locks its incidents in the order in which they were entered, whichever of them stays."""
    both = pair()
    kept, gone = both if first_stays else reversed(both)
    found = factories.DuplicateCandidateFactory(first=both[0], second=both[1])
    asked = {"absorbed": str(gone.public_id)}
    proposed = deciding.propose(DecisionAction.MERGE, kept, by=person("moderator"), reason="One.", details=asked)
    other = Other(lambda: duplicates.not_duplicates(found, note="Two villages of one name."))
    merges = deciding._other_changed

    def looked_late(decision: Decision) -> bool:
        # The survivor is locked by now; somebody looks at the two in between.
        other.start_and_wait_until_it_waits()
        return merges(decision)

    monkeypatch.setattr(deciding, "_other_changed", looked_late)
    deciding.confirm(proposed, by=person("lead"))
    other.thread.join()
    assert [str(error) for error in other.failed] == ["The two were merged; undo the merge first."]
    assert fresh(gone).merged_into == kept


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_what_somebody_is_saving_is_published_with_it_or_waits_for_another_person() -> None:
    """Else it would be in no document and count as published, so that its author could confirm it alone."""
    incident, lead = fresh(factories.ClaimFactory().incident), person("lead")
    publish([incident])
    about = {"type": "claims", "about": str(incident.public_id), "incident": None, "external_reference": None}
    submission = approved(tuwaym(**about, attributions=None, actors=None), sender())
    other = Other(lambda: moderating.act(submission, Action.PUBLISH, by=person("lead")))
    with transaction.atomic():
        held = editing.check(fresh(incident), fresh(incident).version)
        held.title, held._history_user = {"en": "Told anew"}, lead
        editing.save(held, ["title"])
        other.start_and_wait_until_it_waits()
    other.thread.join()
    assert not other.failed
    assert document_of(incident)["title"] == {"en": "Told anew"}
    assert lead.pk not in authors(fresh(incident))


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_who_sends_about_a_record_that_the_desk_holds_waits_for_nobody() -> None:
    """Foreign keys are looked up at the commit, while the audit chain is held, for which the desk waits."""
    incident, sending = fresh(factories.IncidentFactory()), sender()
    publish([incident])
    asked = {"reason_code": "correction", "reason": "It was another one."}
    content = {"type": "withdrawal", "about": str(incident.public_id), "withdrawal": asked}
    other = Other(lambda: submitting.submit(sending, content))
    with transaction.atomic():
        held = editing.check(fresh(incident), fresh(incident).version)
        other.thread.start()
        other.thread.join(SECONDS)
        assert not other.thread.is_alive()
        held.title = {"en": "Told anew"}
        editing.save(held, ["title"])
    assert not other.failed
    assert Submission.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_of_two_that_are_put_under_one_reference_at_once_the_second_changes_the_first() -> None:
    sending, made = sender(), []
    content = tuwaym(external_reference=None)
    other = Other(lambda: made.append(submitting.put(sending, "ours", "1", content | {"note": "Told again."})))
    with transaction.atomic():
        made.append(submitting.put(sending, "ours", "1", content))
        other.start_and_wait_until_it_waits()
    other.thread.join()
    assert not other.failed
    assert [new for _, new in made] == [True, False]
    assert [each.note for each in Submission.objects.all()] == ["Told again."]


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_what_was_rejected_of_an_incident_is_erased_once_somebody_has_undone_something_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    incident = approved(tuwaym())
    moderating.act(incident, Action.PUBLISH, by=person("lead"))
    about = {"type": "correction", "about": str(fresh(incident).incident.public_id)}
    sent = [about | {"correction": {"changes": {"title": {"en": each}}, "reason": "Typo"}} for each in ("No", "Yes")]
    rejected, undone = (approved(each, sender(f"Of {number}")) for number, each in enumerate(sent))
    moderating.act(rejected, Action.REJECT, by=person("moderator"), reason="Made up")
    moderating.act(undone, Action.PUBLISH, by=person("lead"))
    other = Other(lambda: erase(fresh(rejected), reason="It named a witness."))

    def late(*args: Any, **kwargs: Any) -> Any:
        # What is undone is locked by now, and what else was sent of the incident is not.
        other.start_and_wait_until_it_waits()
        return take_out(*args, **kwargs)

    monkeypatch.setattr("incidents.rules.submissions.undoing.take_out", late)
    moderating.act(fresh(undone), Action.UNDO, by=person("lead"), reason="Made up")
    other.thread.join()
    assert other.failed == []
    assert (fresh(rejected).content, fresh(undone).state) == ({}, "withdrawn")
