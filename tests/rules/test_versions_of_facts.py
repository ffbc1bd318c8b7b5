"""A new version of an incident writes what its sender says otherwise than before: what the desk changed stays."""

import json
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import (
    AdminArea,
    Attribution,
    Incident,
    IncidentAct,
    Publication,
    PublicIncident,
    Submission,
    SubmissionPart,
)
from incidents.rules.refusals import Refused
from incidents.rules.submissions import moderating, submitting
from tests.contributions import approve_version, country, person, publish_version, sender, tuwaym

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def facts(**changed: Any) -> dict[str, Any]:
    content = tuwaym()
    content["incident"] |= changed
    return content


def place(**changed: Any) -> dict[str, Any]:
    return {"country": "SYR", "text": "Tuwaym", "precision": "adm1"} | changed


def edited(**columns: Any) -> None:
    Incident.objects.update(**columns)


def differences(submission: Submission) -> dict[str, tuple[Any, Any, Any]]:
    stored = Submission.objects.get(pk=submission.pk).differences
    return {each["pointer"]: (each["previous"], each["record"], each["sent"]) for each in stored}


def test_it_works() -> None:
    by = sender()
    publish_version(facts(), by)
    edited(title={"en": "The desk's title"}, latitude=35.5, longitude=36.0)
    again = publish_version(facts(civilian_targeting=True), by)
    incident = Incident.objects.get()
    assert (incident.title, incident.latitude, incident.longitude) == ({"en": "The desk's title"}, 35.5, 36.0)
    assert incident.civilian_targeting is True
    assert differences(again) == {"/incident/civilian_targeting": (None, None, True)}
    document = json.loads(PublicIncident.objects.get().document)
    assert document["title"] == {"en": "The desk's title"}


def test_a_published_correction_stays_when_the_version_before_it_is_sent_again() -> None:
    by = sender()
    first = publish_version(facts(), by)
    assert first.incident is not None
    correction = {
        "type": "correction",
        "about": str(first.incident.public_id),
        "correction": {"changes": {"title": {"en": "Corrected"}, "summary": {"en": "Told anew"}}, "reason": "Typo"},
    }
    submission = submitting.submit(sender("Another"), correction)
    assert differences(submission)["/correction/changes/title"] == (
        None,
        facts()["incident"]["title"],
        {"en": "Corrected"},
    )
    moderator = person("moderator")
    for who, action in ((moderator, Action.CLAIM), (moderator, Action.APPROVE), (person("lead"), Action.PUBLISH)):
        moderating.act(submission, action, by=who, reason="ok")
    again = publish_version(facts(), by)
    incident = Incident.objects.get()
    assert (incident.title, incident.summary) == ({"en": "Corrected"}, {"en": "Told anew"})
    assert again.parts.get(pointer="/incident").outcome == "unchanged"
    assert differences(again) == {}


def test_where_both_changed_it_is_a_proposal_that_the_desk_sees_before_it_approves() -> None:
    by = sender()
    publish_version(facts(), by)
    again, _ = submitting.put(by, "partner", "tuwaym-1", facts(title={"en": "Theirs"}))
    assert differences(again)["/incident/title"][1] == facts()["incident"]["title"]
    edited(title={"en": "The desk's"})
    moderator = person("moderator")
    moderating.act(again, Action.CLAIM, by=moderator)
    said = (facts()["incident"]["title"], {"en": "The desk's"}, {"en": "Theirs"})
    assert differences(again) == {"/incident/title": said}
    assert Incident.objects.get().title == {"en": "The desk's"}
    approved = moderating.act(again, Action.APPROVE, by=moderator, reason="They are right")
    assert Incident.objects.get().title == {"en": "Theirs"}
    assert differences(approved) == {"/incident/title": said}
    assert approved.parts.get(pointer="/incident").before == {"title": [{"en": "The desk's"}, {"en": "Theirs"}]}


def test_what_is_left_out_goes_back_to_nothing_and_a_sensitivity_stays() -> None:
    by = sender()
    publish_version(facts(summary={"en": "Seven houses"}, site_type="mass_grave", sensitivity="moderate"), by)
    edited(site_type="")
    publish_version(facts(), by)
    incident = Incident.objects.get()
    assert (incident.summary, incident.site_type, incident.sensitivity) == ({}, "", "moderate")


def test_an_interval_and_a_point_are_changed_as_a_whole() -> None:
    by = sender()
    publish_version(facts(place=place(point={"lat": 35.0, "lon": 36.0})), by)
    edited(
        latitude=35.5, longitude=36.5, geo_precision="exact", place_text="Tuwaym, by the desk", date_precision="week"
    )
    publish_version(facts(place=place(point={"lat": 35.0, "lon": 36.1})), by)
    incident = Incident.objects.get()
    assert (incident.latitude, incident.longitude, incident.geo_precision) == (35.0, 36.1, "adm1")
    assert (incident.place_text, incident.date_precision) == ("Tuwaym, by the desk", "week")


def test_areas_are_written_where_they_are_said_otherwise() -> None:
    by = sender()
    areas = {
        code: AdminArea.objects.create(pcode=code, level=1, country="SYR", parent=country(), names={"en": code})
        for code in ("SY05", "SY06", "SY07")
    }
    first = publish_version(facts(place=place(areas=["SY05"])), by)
    assert first.incident is not None
    first.incident.areas.set([areas["SY06"]])
    publish_version(facts(place=place(areas=["SY05"])), by)
    assert [area.pcode for area in first.incident.areas.all()] == ["SY06"]
    again = publish_version(facts(place=place(areas=["SY07", "SY05"])), by)
    assert differences(again) == {"/incident/place/areas": (["SY05"], ["SY06"], ["SY05", "SY07"])}
    moderating.act(again, Action.UNDO, by=person("lead"), reason="No")
    assert [area.pcode for area in first.incident.areas.all()] == ["SY06"]


def test_a_sensitivity_that_the_desk_raised_is_no_reason_to_refuse_the_one_that_was_sent_before() -> None:
    by = sender()
    publish_version(facts(sensitivity="low"), by)
    edited(sensitivity="moderate")
    publish_version(facts(sensitivity="low", civilian_targeting=True), by)
    assert Incident.objects.get().sensitivity == "moderate"
    publish_version(facts(sensitivity="moderate"), by)
    with pytest.raises(Refused, match="lower sensitivity"):
        submitting.put(by, "partner", "tuwaym-1", facts(sensitivity="low"))


def test_a_sensitivity_that_a_version_raises_holds_from_the_approval_on() -> None:
    by = sender()
    publish_version(facts(), by)
    approved = approve_version(facts(sensitivity="moderate", title={"en": "Not public yet"}), by)
    document = json.loads(PublicIncident.objects.get().document)
    assert Incident.objects.get().published_sensitivity == "moderate"
    assert document["title"] == facts()["incident"]["title"]
    assert approved.parts.get(pointer="/incident/sensitivity").outcome == "changed"
    assert Publication.objects.filter(kind="incident").order_by("-seq")[0].reason_code == "privacy"


def test_an_act_that_the_desk_took_out_stays_out_and_one_that_is_left_out_stays_in() -> None:
    by = sender()
    act = {"act": "massacre", "asserted_by": "seen", "document": "article"}
    publish_version(facts(acts=[act, act | {"act": "looting"}]), by)
    IncidentAct.objects.get(act="massacre").delete()
    again = publish_version(facts(acts=[act]), by)
    assert [each.act for each in IncidentAct.objects.all()] == ["looting"]
    outcomes = dict(again.parts.filter(kind="act").values_list("pointer", "outcome"))
    assert outcomes == {"/incident/acts/0": "removed", "/incident/acts/-/1": "unchanged"}


def test_an_act_that_was_undone_is_entered_when_it_is_sent_again() -> None:
    by = sender()
    first = publish_version(facts(), by)
    second = publish_version(facts(), by)
    SubmissionPart.objects.filter(submission=first, kind="act").update(outcome="removed")
    IncidentAct.objects.all().delete()
    assert second.parts.get(kind="act").outcome == "unchanged"
    third = publish_version(facts(), by)
    assert (third.parts.get(kind="act").outcome, IncidentAct.objects.count()) == ("entered", 1)


def test_the_standard_of_proof_of_an_act_is_changed_and_given_back() -> None:
    by = sender()
    publish_version(facts(), by)
    act = facts()["incident"]["acts"][0] | {"standard_of_proof": "reasonable_grounds"}
    again = publish_version(facts(acts=[act]), by)
    assert IncidentAct.objects.get().standard_of_proof == "reasonable_grounds"
    moderating.act(again, Action.UNDO, by=person("lead"), reason="No")
    assert IncidentAct.objects.get().standard_of_proof == "none_stated"


def test_an_attribution_that_the_desk_changed_is_not_entered_again() -> None:
    by = sender()
    publish_version(facts(), by)
    Attribution.objects.update(extent="whole")
    again = publish_version(facts(), by)
    assert Attribution.objects.get().extent == "whole"
    assert again.parts.get(kind="attribution").outcome == "unchanged"


def test_a_version_before_whose_shape_is_not_taken_any_more_is_compared_with_nothing() -> None:
    by = sender()
    first = publish_version(facts(), by)
    Submission.objects.filter(pk=first.pk).update(content={**first.content, "colour": "red"})
    edited(title={"en": "The desk's"})
    again = approve_version(facts(), by)
    assert Incident.objects.get().title == facts()["incident"]["title"]
    assert differences(again)["/incident/title"] == (None, {"en": "The desk's"}, facts()["incident"]["title"])
