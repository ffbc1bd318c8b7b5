"""The desk reads what organisations sent, decides on names and takes the steps of review; two people publish."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Decision, Incident, PublicIncident, Submission
from incidents.rules.submissions import submitting
from tests.admin.test_languages import arabic_labels
from tests.contributions import approved, publish_version, sender, tuwaym, with_reference
from tests.factories import AdminAreaFactory, AreaNameFactory, ClaimFactory, IncidentFactory, SourceFactory
from tests.keys import somebody

pytestmark = pytest.mark.django_db


def at_the_desk(role: str) -> Client:
    client = Client()
    client.force_login(somebody(role))
    return client


def take(client: Client, action: str, rows: list[Any], model: str = "submission", **answers: str) -> Any:
    where = reverse(f"admin:incidents_{model}_changelist")
    given = {"action": action, "_selected_action": [row.pk for row in rows], **({"asked": "1"} if answers else {})}
    return client.post(where, given | answers, follow=True)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_it_works() -> None:
    submission = submitting.submit(sender(), tuwaym())
    text = words(at_the_desk("moderator").get(reverse("admin:incidents_submission_change", args=[submission.pk])))
    assert "Killing of villagers of Tuwaym" in text
    assert "Civil Peace Group - Seen" in text


def test_its_lines_say_once_what_stands_in_their_columns_in_the_readers_language() -> None:
    submission, moderator = submitting.submit(sender(), tuwaym()), at_the_desk("moderator")
    page = reverse("admin:incidents_submission_change", args=[submission.pk])
    text = words(moderator.get(page, headers={"Accept-Language": "ar"}))
    assert "/sources/0" in text
    assert str(submission.parts.all()[0]) not in text
    assert str(submission.steps.all()[0]) not in text


def test_pointers_and_names_keep_their_direction_and_kinds_have_names_in_arabic() -> None:
    submission, moderator = submitting.submit(sender(), tuwaym()), at_the_desk("moderator")
    arabic = {"Accept-Language": "ar"}
    page = moderator.get(reverse("admin:incidents_submission_change", args=[submission.pk]), headers=arabic)
    rows = moderator.get(reverse("admin:incidents_submissionpart_changelist"), {"kind": "source"}, headers=arabic)
    assert [part.kind for part in rows.context["cl"].result_list] == ["source"]
    for text in (words(page), words(rows)):
        assert "\u2068/sources/0\u2069" in text
        assert "\u2068Civil Peace Group - Seen\u2069" in text
        assert "مصدر" in text
        assert " source " not in text


def test_its_page_offers_the_steps_that_whoever_reads_it_may_take_now() -> None:
    submission = submitting.submit(sender(), tuwaym())
    page, moderator = reverse("admin:incidents_submission_change", args=[submission.pk]), at_the_desk("moderator")

    def offered(client: Client) -> list[str]:
        return re.findall(r'name="action" value="(\w+)"', client.get(page).content.decode())

    assert offered(moderator) == ["claim", "reject"]
    assert "Reason" in words(take(moderator, "claim", [submission]))
    take(moderator, "claim", [submission], reason="")
    assert offered(moderator) == ["release", "request_changes", "approve", "reject"]
    take(moderator, "approve", [submission], reason="Two sources")
    assert "publish" not in offered(moderator)
    assert "publish" in offered(at_the_desk("lead"))


def test_its_steps_tell_the_state_before_in_words() -> None:
    submission, moderator = submitting.submit(sender(), tuwaym()), at_the_desk("moderator")
    take(moderator, "claim", [submission], reason="")
    step = submission.steps.get(from_state="submitted")
    pages = [
        reverse("admin:incidents_submission_change", args=[submission.pk]),
        reverse("admin:incidents_submissionstep_changelist"),
        reverse("admin:incidents_submissionstep_change", args=[step.pk]),
    ]
    for page in pages:
        texts = re.findall(
            r">\s*([^<>]+?)\s*<", moderator.get(page, headers={"Accept-Language": "en"}).content.decode()
        )
        assert "submitted" not in texts
        assert "Submitted" in texts


def test_two_people_bring_it_to_the_public() -> None:
    submission = submitting.submit(sender(), tuwaym())
    moderator, lead = at_the_desk("moderator"), at_the_desk("lead")
    assert "Reason" in words(take(moderator, "claim", [submission]))
    take(moderator, "claim", [submission], reason="")
    refused = take(moderator, "approve", [submission], reason="")
    assert "required" in words(refused)
    take(moderator, "approve", [submission], reason="Two sources")
    assert "This takes another role" in words(take(moderator, "publish", [submission], reason="New"))
    take(lead, "publish", [submission], reason="New")
    submission.refresh_from_db()
    assert (submission.state, PublicIncident.objects.count()) == ("published", 1)


def test_a_step_is_not_taken_on_what_was_changed_since_the_page_was_read() -> None:
    by = sender()
    submission, moderator = submitting.submit(by, tuwaym()), at_the_desk("moderator")
    page = take(moderator, "claim", [submission]).content.decode()
    assert f'name="version_{submission.pk}" value="1"' in page
    submitting.revise(submission, by, tuwaym(note="Another"), version=1)
    answer = take(moderator, "claim", [submission], reason="", **{f"version_{submission.pk}": "1"})
    assert "changed meanwhile (version 2)" in words(answer)
    submission.refresh_from_db()
    assert submission.state == "submitted"


def test_a_name_is_decided_among_the_proposals() -> None:
    known = SourceFactory(names={"en": "Civil Peace Group Seen"}, kind="local_monitor")
    submission = submitting.submit(sender(), tuwaym())
    moderator = at_the_desk("moderator")
    take(moderator, "claim", [submission], reason="")
    part = submission.parts.get(kind="source")
    assert "Civil Peace Group Seen" in words(take(moderator, "match", [part], "submissionpart"))
    take(moderator, "match", [part], "submissionpart", object_id=str(known.public_id))
    part.refresh_from_db()
    assert (part.outcome, part.object_id) == ("matched", str(known.public_id))


def test_a_decision_is_declined_with_a_reason() -> None:
    incident = IncidentFactory()
    moderator = at_the_desk("moderator")
    where = reverse("admin:incidents_incident_publish", args=[incident.pk])
    moderator.post(where, {"reason_code": "new_information", "reason": "Seen."})
    decision = Decision.objects.get()
    lead = at_the_desk("lead")
    assert "Seen." in words(lead.get(reverse("admin:incidents_decision_changelist")))
    take(lead, "decline", [decision], "decision", reason="One source only")
    decision.refresh_from_db()
    assert (decision.state, decision.decision_reason) == ("declined", "One source only")


def test_a_contributor_does_not_reach_the_desk() -> None:
    answer = at_the_desk("contributor").get(reverse("admin:incidents_submission_changelist"))
    assert answer.status_code == 302
    assert Submission.objects.count() == 0


def test_the_page_says_which_incidents_it_may_be_and_why() -> None:
    incident = IncidentFactory(
        title={"en": "Killing of villagers of Tuwaym"},
        place_text="Tuwaym",
        start_earliest=date(2025, 3, 7),
        end_latest=date(2025, 3, 7),
        geo_precision="settlement_unmatched",
    )
    ClaimFactory(incident=incident, value=31)
    submission = submitting.submit(sender(), tuwaym())
    page = at_the_desk("moderator").get(reverse("admin:incidents_submission_change", args=[submission.pk]))
    assert reverse("admin:incidents_incident_change", args=[incident.pk]) in page.content.decode()
    assert "titles alike to 100 per cent" in words(page)


def test_the_page_says_what_a_new_version_changes_in_the_record() -> None:
    by = sender()
    publish_version(tuwaym(), by)
    Incident.objects.update(title={"en": "The desk's title"})
    content = tuwaym(claims=[], attributions=None, actors=None)
    content["incident"] |= {"title": {"en": "Their title"}, "civilian_targeting": True}
    submission, _ = submitting.put(by, "partner", "tuwaym-1", content)
    page = at_the_desk("moderator").get(reverse("admin:incidents_submission_change", args=[submission.pk]))
    table = words(page).split("In the record")[1].split("Incidents that it may be")[0]
    assert (
        "Incident › Title /incident/title Arabic: قتل أهالي قرية توايم; English: Killing of villagers of Tuwaym "
        "English: The desk&#x27;s title" in table
    )
    assert "English: Their title" in table
    assert "/incident/civilian_targeting - - Yes" in table
    assert re.search("/claims/-/0 .*Measure: Killed; .*Status: Civilian; ", table)
    assert "Left out of a later version" in table


def test_what_a_new_version_changes_is_told_in_the_readers_language() -> None:
    by = sender()
    publish_version(tuwaym(), by)
    content = tuwaym(claims=[], attributions=None, actors=None)
    content["incident"] |= {"kind": "armed_event", "civilian_targeting": True}
    content["incident"]["place"]["precision"] = "country"
    submission, _ = submitting.put(by, "partner", "tuwaym-1", content)
    arabic_labels()
    address = reverse("admin:incidents_submission_change", args=[submission.pk])
    page = at_the_desk("moderator").get(address, headers={"Accept-Language": "ar"}).content.decode()
    (table,) = [each for each in re.findall(r"<table>.*?</table>", page, flags=re.DOTALL) if "/incident/kind" in each]
    told = re.sub(r"<code.*?</code>|<[^>]+>", " ", table)
    for written in ("31, nine of them children and four women", "Left out of a later version by those who sent it."):
        told = told.replace(written, "")
    assert "نعم" in told
    assert re.findall("[A-Za-z_]{2,}", told) == []


def test_the_page_says_which_areas_a_place_may_be() -> None:
    AreaNameFactory(area=AdminAreaFactory(pcode="SY0602", country="SYR", names={"ar": "جبلة"}), name="Jableh")
    content = tuwaym()
    content["incident"]["place"] = {"country": "SYR", "text": "Jableh", "precision": "settlement_unmatched"}
    submission = submitting.submit(sender(), content)
    page = reverse("admin:incidents_submission_change", args=[submission.pk])
    text = words(at_the_desk("moderator").get(page, headers={"Accept-Language": "ar"}))
    assert "\u2068جبلة\u2069 (SY0602, " in text


def test_before_it_is_published_the_page_says_what_it_is_what_it_may_be_and_who_reads_the_reason() -> None:
    first = publish_version(tuwaym(), by := sender())
    third = approved(with_reference("third"), by)
    lead = at_the_desk("lead")
    text = words(take(lead, "publish", [third]))
    assert "Anybody may read it: it stands in the public log for good." in text
    assert "What will be public: Killing of villagers of Tuwaym" in text
    assert text.count("It may be the same, and nobody has decided: Killing of villagers of Tuwaym (") == 1
    page = take(lead, "publish", [third]).content.decode()
    for key, name in ((third.incident_id, "preview"), (first.incident_id, "change")):
        assert reverse(f"admin:incidents_incident_{name}", args=[key]) in page
    assert "In one sentence that the organisation reads." in words(take(lead, "send_back", [third]))
