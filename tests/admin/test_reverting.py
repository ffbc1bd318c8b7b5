"""A lead chooses a period or a batch, sees what would be undone, says why, and reads what became of each."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Organisation, PublicIncident, Submission
from incidents.rules.publication.publishing import publish as publish_record
from incidents.rules.submissions import moderating, submitting
from tests.admin.test_languages import ARABIC, arabic_labels, messages, parts
from tests.admin.test_submissions import at_the_desk, words
from tests.contributions import sender, tuwaym, with_reference
from tests.factories import SourceFactory
from tests.keys import somebody
from tests.rules.test_undoing import claims_on, publish

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:incidents_submission_undo")


def period(organisation: Organisation, **changed: str) -> dict[str, str]:
    """A choice as a browser sends it: the last hour of an organisation."""
    start = timezone.now() - timedelta(hours=1)
    return {"organisation": str(organisation.pk), "sent_from": f"{start:%Y-%m-%dT%H:%M:%S}", **changed}


def repeated(page: Any) -> dict[str, str]:
    """The hidden fields of the form that undoes."""
    form = re.search(r'id="undo-form".*?</form>', page.content.decode(), re.DOTALL)
    assert form is not None
    return {
        name: value
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0])
        if name != "csrfmiddlewaretoken"
    }


def undo(client: Client, choice: dict[str, str], reason: str = "The account was not theirs") -> Any:
    """Look at the preview and answer it."""
    return client.post(PAGE, repeated(client.post(PAGE, choice)) | {"reason": reason})


def test_it_works() -> None:
    by, lead = sender(), at_the_desk("lead")
    submission = publish(tuwaym(), by)
    assert "What is to be undone" in words(lead.get(PAGE))
    preview = words(lead.post(PAGE, period(by.organisation)))
    assert "Published 1 Can be undone 1 Cannot be undone 0" in preview
    assert "Withdrawn from the public, since nobody else speaks of it: 1 Killing of villagers of Tuwaym" in preview
    with_it = "Withdrawn with it, since nothing public names it any more: 2"
    assert f"{with_it} Killings on the coast Civil Peace Group - Seen" in preview
    assert PublicIncident.objects.count() == 1
    answer = words(undo(lead, period(by.organisation)))
    assert "Undone: 1 submission." in answer
    assert re.search(r"Seen: A new incident.* Withdrawn", answer)
    submission.refresh_from_db()
    assert (submission.state, submission.steps.last().reason) == ("withdrawn", "The account was not theirs")  # type: ignore[union-attr]
    assert not PublicIncident.objects.exists()


def test_the_preview_names_what_an_earlier_undoing_left_behind_though_its_row_is_gone() -> None:
    left = SourceFactory(names={"en": "Invented Bureau"})
    publish_record([left])
    left.delete()
    by, lead = sender(), at_the_desk("lead")
    submitting.submit(by, tuwaym())
    preview = lead.post(PAGE, period(by.organisation))
    assert "since nothing public names it any more: 1 Invented Bureau" in words(preview)
    assert "<li><bdi>Invented Bureau</bdi></li>" in preview.content.decode()


def test_the_preview_tells_what_stays_public_without_what_is_undone_and_what_cannot_be_undone() -> None:
    by, user = sender(), somebody("lead")
    lead = Client()
    lead.force_login(user)
    others = publish(tuwaym(), sender("Another"))
    assert others.incident is not None
    publish(claims_on(others.incident), by)
    approved = submitting.submit(by, with_reference("2"))
    moderating.act(approved, Action.CLAIM, by=user)
    for part in approved.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=user, object_id=None)
    moderating.act(approved, Action.APPROVE, by=user, reason="ok")
    preview = words(lead.post(PAGE, period(by.organisation)))
    assert "Approved, awaiting a second person 1 Published 1 Can be undone 1 Cannot be undone 1" in preview
    assert "Published again without what they said: 1 Killing of villagers" in preview
    assert "Withdrawn from the public" not in preview
    assert "A second person does this" in preview
    answer = words(undo(lead, period(by.organisation)))
    assert "Undone: 1 submission." in answer
    assert "A second person does this" in answer
    approved.refresh_from_db()
    assert approved.state == "approved"


def test_a_batch_is_undone_from_the_page_of_one_of_it() -> None:
    by, lead = sender(), at_the_desk("lead")
    sent = submitting.submit_many(by, [with_reference(key) for key in "ab"], atomic=True)
    first = sent[0]
    assert isinstance(first, Submission)
    link = f"{PAGE}?batch={first.batch}"
    assert link in lead.get(reverse("admin:incidents_submission_change", args=[first.pk])).content.decode()
    assert f'value="{first.batch}"' in lead.get(link).content.decode()
    assert "Undone: 2 submissions." in words(undo(lead, {"batch": str(first.batch)}))


def test_it_is_not_undone_without_a_reason() -> None:
    by, lead = sender(), at_the_desk("lead")
    submitting.submit(by, tuwaym())
    assert "This field is required" in words(undo(lead, period(by.organisation), reason=" "))
    assert Submission.objects.get().state == "submitted"


def test_what_changed_since_the_preview_is_looked_at_again() -> None:
    by, lead = sender(), at_the_desk("lead")
    submission = submitting.submit(by, tuwaym())
    given = repeated(lead.post(PAGE, period(by.organisation))) | {"reason": "Poisoned"}
    submitting.revise(submission, by, tuwaym(note="Another"), version=1)
    answer = lead.post(PAGE, given)
    assert "Something of it changed meanwhile" in words(answer)
    assert Submission.objects.get().state == "submitted"
    lead.post(PAGE, repeated(answer) | {"reason": "Poisoned"})
    assert Submission.objects.get().state == "withdrawn"


def test_what_came_in_after_the_preview_is_left() -> None:
    by, lead = sender(), at_the_desk("lead")
    submitting.submit(by, tuwaym())
    given = repeated(lead.post(PAGE, period(by.organisation, sent_before="2125-01-01T00:00"))) | {"reason": "Poisoned"}
    later = submitting.submit(by, with_reference("later"))
    assert "Undone: 1 submission." in words(lead.post(PAGE, given))
    later.refresh_from_db()
    assert later.state == "submitted"


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({}, "Choose an organisation and from when on, or a batch."),
        ({"sent_from": "2025-01-01T00:00"}, "Choose an organisation and from when on, or a batch."),
        ({"batch": "no"}, "Enter a valid UUID."),
        ({"sent_from": "yesterday"}, "Enter a valid date/time."),
        ({"batch": "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f", "sent_from": "2025-01-01T00:00"}, "not both"),
    ],
    ids=str,
)
def test_what_is_to_be_undone_is_named_in_one_way(choice: dict[str, str], said: str) -> None:
    answer = at_the_desk("lead").post(PAGE, choice)
    assert (answer.status_code, answer.context.get("tried")) == (200, None)
    assert said in words(answer)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    choice = period(sender().organisation, sent_before="2020-01-01T00:00")
    assert "The period ends before it begins." in words(at_the_desk("lead").post(PAGE, choice))


@pytest.mark.parametrize("role", ["moderator", "administrator"])
def test_only_whoever_decides_as_the_second_person_reaches_the_page(role: str) -> None:
    by, client = sender(), at_the_desk(role)
    submitting.submit(by, tuwaym())
    allowed = role == "administrator"
    assert client.get(PAGE).status_code == (200 if allowed else 403)
    assert client.post(PAGE, period(by.organisation)).status_code == (200 if allowed else 403)
    listed = client.get(reverse("admin:incidents_submission_changelist")).content.decode()
    assert (PAGE in listed) is allowed


def test_a_preview_needs_a_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(somebody("lead"))
    assert client.post(PAGE, {}).status_code == 403


@pytest.mark.once
def test_preview_and_result_take_as_many_queries_for_twelve_as_for_three() -> None:
    by, lead = sender(), at_the_desk("lead")
    lead.post(PAGE, period(by.organisation))

    def queries(number: int, start: int) -> tuple[int, int]:
        began = timezone.now()
        for index in range(number):
            publish(with_reference(str(start + index)), by)
        choice = period(by.organisation, sent_from=began.isoformat())
        with CaptureQueriesContext(connection) as looking:
            page = lead.post(PAGE, choice)
        with CaptureQueriesContext(connection) as undoing:
            answer = lead.post(PAGE, repeated(page) | {"reason": "Poisoned"})
        assert len(answer.context["results"]) == number
        return len(looking), len(undoing)

    few = queries(3, 0)
    many = queries(12, 10)
    assert many[0] <= few[0] + 3, "deletions and tallies go in groups, whose number may grow by a few"
    assert many[1] <= few[1] + 3


@pytest.mark.once
def test_in_arabic_the_page_holds_no_english_of_ours() -> None:
    by, lead = sender(), at_the_desk("lead")
    arabic_labels()
    publish(tuwaym(), by)
    ours = {message.strip(" :.") for message in messages("ar") if re.search("[A-Za-z]{3}", message)} - {"SHA-256"}
    preview = lead.post(PAGE, period(by.organisation), **ARABIC)  # type: ignore[arg-type]
    done = lead.post(PAGE, repeated(preview) | {"reason": "Poisoned"}, **ARABIC)  # type: ignore[arg-type]
    for page in (lead.get(PAGE, **ARABIC), preview, done):  # type: ignore[arg-type]
        assert 'lang="ar" dir="rtl"' in page.content.decode()
        assert parts(page) & ours == set()
    assert not Incident.objects.exists()
