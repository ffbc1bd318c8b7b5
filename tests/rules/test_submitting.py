"""What organisations send is checked, kept as sent, and reaches the public only through two people."""

from typing import Any

import pytest

from incidents import choices
from incidents.choices import SubmissionAction as Action
from incidents.models import (
    Actor,
    Claim,
    Incident,
    Organisation,
    Publication,
    PublicIncident,
    Source,
    Submission,
    SubmissionPart,
)
from incidents.models.folding import fold
from incidents.rules.legible import is_written
from incidents.rules.refusals import Changed, Refused
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.transitions import NotAllowed, NotNow
from tests.contributions import approved, person, sender, tuwaym, with_reference

pytestmark = pytest.mark.django_db


def published(content: Any) -> Submission:
    submission = approved(content)
    return moderating.act(submission, Action.PUBLISH, by=person("lead"), reason="New report")


def faults(content: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        submitting.submit(sender(), content)
    return {fault.pointer: fault.code for fault in refused.value.faults}


def test_it_works() -> None:
    submission = published(tuwaym())
    assert submission.state == "published"
    assert submission.incident is not None
    document = PublicIncident.objects.get(public_id=submission.incident.public_id)
    assert '"best":31' in document.document
    assert [step.action for step in submission.steps.all()] == ["submit", "claim", "approve", "publish"]


def test_nothing_of_a_submission_is_in_the_record_before_it_is_approved() -> None:
    submitting.submit(sender(), tuwaym())
    assert not Incident.objects.exists()
    assert not Source.objects.exists()
    assert not Publication.objects.exists()


def test_an_approved_submission_stands_in_the_record_and_is_not_public() -> None:
    submission = approved(tuwaym())
    assert submission.incident == Incident.objects.get()
    claim = Claim.objects.get()
    assert (claim.origin, claim.value, claim.cells.count()) == ("submitted", 31, 2)
    assert not Publication.objects.exists()


def test_what_is_published_is_what_the_trial_showed() -> None:
    trial = submitting.trial(sender(), tuwaym())
    assert [row["best"] for row in trial.estimates if row["status"] == "civilian"] == [31]
    assert not Submission.objects.exists()
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("changed", "where", "code"),
    [
        ({"colour": "red"}, "/colour", "unknown_field"),
        ({"incident": None}, "/incident", "required"),
        ({"claims": [{"qualifier": "exact"}]}, "/claims/0/asserted_by", "required"),
        ({"withdrawal": {"reason_code": "privacy", "reason": "x"}}, "/withdrawal", "not_allowed"),
    ],
)
def test_each_fault_is_named_by_its_pointer(changed: dict[str, Any], where: str, code: str) -> None:
    assert faults(tuwaym(**changed))[where] == code


def test_a_reference_to_nothing_is_refused() -> None:
    content = tuwaym()
    content["claims"][0]["document"] = "articel"
    assert faults(content) == {"/claims/0/document": "unknown_reference"}


def test_an_unpublished_source_is_as_unknown_as_none() -> None:
    hidden = Source.objects.create(kind="local_monitor", names={"en": "Hidden"})
    content = tuwaym()
    content["claims"][0]["asserted_by"] = str(hidden.public_id)
    assert faults(content) == {"/claims/0/asserted_by": "unknown_reference"}


def test_what_the_record_cannot_hold_is_refused_at_the_door() -> None:
    content = tuwaym()
    content["claims"][0]["low"] = 4
    assert faults(content) == {"/claims/0/low": "not_allowed"}
    content = tuwaym()
    content["incident"]["dates"]["end_latest"] = "2025-03-01"
    assert faults(content) == {"/incident/dates/end_latest": "contradiction"}
    content["claims"] = [content["claims"][0] | {"cells": [{"sex": "female", "value": 3}] * 2}]
    del content["incident"]["dates"]["end_latest"]
    assert faults(content) == {"/claims/0/cells/1": "not_possible"}, "what the database alone sees"


@pytest.mark.parametrize(
    "sign",
    ["\u202e", "\u2067", "\x1b", "\u200b", "\u2060", "\ufeff", "\u3164", "\U000e0041"],
    ids=["override", "isolate", "escape", "no width", "word joiner", "byte order mark", "filler", "tag"],
)
def test_signs_that_nobody_sees_are_refused_wherever_they_stand(sign: str) -> None:
    content = tuwaym(note=f"From our{sign} press review.")
    content["sources"][0]["names"]["en"] += sign
    content["claims"][0]["quote"] = f"{sign}31"
    where = {"/note", "/sources/0/names/en", "/claims/0/quote"}
    assert faults(content) == dict.fromkeys(where, "control_character")


def test_what_arabic_needs_is_taken() -> None:
    """A right-to-left mark and a non-joiner are letters of a text, and so is a line's end."""
    content = tuwaym(note="\u200fقتل 31 مدنياً.\nمن بينهم نساء.\u200c")
    assert submitting.submit(sender(), content).note == content["note"]


@pytest.mark.parametrize("sign", ["\u180b", "\U000e0100", "\ufe00", "\u034f"])
def test_a_selector_of_a_form_that_a_letter_has_not_is_refused(sign: str) -> None:
    """A name with it looks like one without, and is found as that."""
    written = sign.join("مراقبو الساحل")
    content = tuwaym()
    content["sources"][0]["names"] = {"ar": written}
    assert faults(content)["/sources/0/names/ar"] == "control_character"
    assert fold(written) == fold("مراقبو الساحل")


@pytest.mark.parametrize("text", ["ᠠ\u180bᠡ", "葛\U000e0100城", "31 ☎\ufe0f", "می\u200cشود"])
def test_a_selector_or_a_joiner_that_changes_a_sign_is_taken(text: str) -> None:
    assert submitting.submit(sender(), tuwaym(note=text)).note == text


def test_a_space_without_width_parts_words_in_burmese_and_khmer() -> None:
    content = tuwaym(note="မြန်မာ\u200bနိုင်ငံ ភ្នំ\u200bពេញ")
    assert submitting.submit(sender(), content).note == content["note"]


@pytest.mark.parametrize("blank", ["\u2800", "\u034f", "\ufe0f", "\u200c"])
def test_a_text_of_blanks_says_nothing(blank: str) -> None:
    content = tuwaym()
    content["incident"]["title"] = {"en": blank}
    refused = {"/incident/title/en": "control_character"} if blank == "\u034f" else {}
    assert faults(content) == {"/incident/title": "required", **refused}
    assert not is_written(f" {blank}\n")
    assert is_written(f"{blank}ق")


def test_cells_do_not_add_up_to_more_than_their_claim_says() -> None:
    content = tuwaym()
    content["claims"][0]["cells"] = [{"age_group": "child", "value": 20}, {"age_group": "adult", "value": 12}]
    assert faults(content) == {"/claims/0/cells": "contradiction"}
    content["claims"][0]["cells"][1]["cut"] = 2
    assert submitting.submit(sender(), content).state == "submitted"
    content = with_reference("open", claims=content["claims"])
    content["claims"][0] |= {"qualifier": "at_least"}
    del content["claims"][0]["cells"][1]["cut"]
    assert submitting.submit(sender(), content).state == "submitted"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/report",
        "javascript:alert(1)",
        "example.org",
        "https://user:secret@example.org/x",
        "https://user@example.org/",
        "https://@example.org/",
        "https://example.org:99999/x",
        "https://example.org:0/x",
    ],
)
def test_an_address_is_one_of_the_web(url: str) -> None:
    content = tuwaym()
    content["documents"][0]["url"] = url
    assert faults(content) == {"/documents/0/url": "invalid"}


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://[::1/x", "Write a web address"),
        ("https://user:secret@example.org/x", "leave out what is before the @"),
        ("https://example.org:99999/x", "a number from 1 to 65535"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_once(url: str, sentence: str) -> None:
    content = tuwaym()
    content["documents"][0]["url"] = url
    with pytest.raises(Refused, match=sentence) as refused:
        submitting.submit(sender(), content)
    assert len(refused.value.faults) == 1


def test_what_nobody_could_find_again_is_refused_and_a_witness_needs_no_name() -> None:
    for names in ({}, {"en": "---"}):
        content = tuwaym()
        content["sources"][0]["names"] = content["incident"]["title"] = names
        assert faults(content) == {"/sources/0/names": "required", "/incident/title": "required"}
    content["incident"]["title"] = {"en": "Killing"}
    content["sources"][0] = {"key": "seen", "kind": "witness", "names": {}}
    assert submitting.submit(sender(), content).parts.get(kind="source").outcome == "kept_as_written"


def test_what_the_database_refuses_is_said_without_its_words() -> None:
    content = tuwaym()
    content["claims"][0]["cells"] = [{"value": 1}, {"value": 2}]
    with pytest.raises(Refused, match="count the same part"):
        submitting.submit(sender(), content)


def test_a_rejected_submission_leaves_the_record_as_it_was() -> None:
    submission = approved(tuwaym())
    moderator = submission.first_reviewer
    moderating.act(submission, Action.REJECT, by=moderator, reason="It is another village")
    assert not Incident.objects.exists()
    assert not Claim.objects.exists()
    assert not Source.objects.exists()
    outcomes = set(submission.parts.values_list("outcome", flat=True))
    assert outcomes <= {choices.PartOutcome.REMOVED, choices.PartOutcome.KEPT_AS_WRITTEN}


def test_a_similar_name_waits_for_a_decision_which_is_remembered() -> None:
    known = Source.objects.create(kind="local_monitor", names={"en": "Civil Peace Group Seen"})
    by, moderator = sender(), person("moderator")
    submission = submitting.submit(by, tuwaym())
    part = submission.parts.get(kind="source")
    assert (part.outcome, part.proposals[0]["id"]) == ("waiting", str(known.public_id))
    moderating.act(submission, Action.CLAIM, by=moderator)
    with pytest.raises(NotNow, match="Civil Peace Group"):
        moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")
    moderating.resolve(part, by=moderator, object_id=known.public_id)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")
    assert Source.objects.get() == known
    later = submitting.submit(by, with_reference("2"))
    assert later.parts.get(kind="source").outcome == "matched"
    assert submitting.submit(sender("Another"), with_reference("3")).parts.get(kind="source").outcome == "waiting"


@pytest.mark.parametrize(
    ("known", "proposed"),
    [
        ("Civil Peace Group Seen", True),
        ("Seen, Civil Peace Group", True),
        ("Civil Peace Group - Seen, Latakia office", True),
        ("Group", False),
        ("UN Independent International Commission of Inquiry", False),
        ("Presidency of Syria", False),
    ],
)
def test_a_name_is_proposed_where_its_words_are_alike(known: str, proposed: bool) -> None:
    Source.objects.create(kind="local_monitor", names={"en": known})
    part = submitting.submit(sender(), tuwaym()).parts.get(kind="source")
    assert (part.outcome == "waiting") is proposed, part.proposals


def test_a_category_is_never_proposed_for_a_group() -> None:
    Actor.objects.create(type="nonstate_armed", identification="named_group", names={"en": "Foreign fighters unnamed"})
    submission = submitting.submit(sender(), tuwaym())
    assert submission.parts.get(kind="actor").outcome == "kept_as_written"


def test_a_published_incident_sent_again_becomes_a_new_version_of_the_same() -> None:
    first = published(tuwaym())
    content = tuwaym()
    content["claims"][0]["value"] = 33
    content["claims"][0]["as_of"] = "2025-03-10"
    by = submitting.Sender(first.organisation, first.author)
    again, is_new = submitting.put(by, "partner", "tuwaym-1", content)
    assert is_new
    moderator = person("moderator")
    moderating.act(again, Action.CLAIM, by=moderator)
    again = moderating.act(again, Action.APPROVE, by=moderator, reason="A later count")
    assert again.incident == first.incident
    old, new = Claim.objects.order_by("pk")
    assert (old.value, new.value, new.supersedes) == (31, 33, old)
    moderating.act(again, Action.PUBLISH, by=person("lead"))
    document = PublicIncident.objects.get()
    assert '"best":33' in document.document
    assert SubmissionPart.objects.filter(submission=again, outcome="unchanged").count() >= 3


def test_an_open_submission_is_changed_in_place_and_its_reference_is_taken() -> None:
    by = sender()
    first = submitting.submit(by, tuwaym())
    with pytest.raises(Refused, match="open"):
        submitting.submit(by, tuwaym())
    again, is_new = submitting.put(by, "partner", "tuwaym-1", tuwaym(note="Mended"))
    assert (again.pk, is_new, again.version, again.note) == (first.pk, False, 2, "Mended")
    with pytest.raises(Changed):
        submitting.revise(first, by, tuwaym(), version=1)


def test_a_bulk_takes_each_by_itself_or_all_or_none() -> None:
    by = sender()
    bad = with_reference("bad", incident=None)
    results = submitting.submit_many(by, [with_reference("a"), bad, with_reference("b")], atomic=False)
    assert [isinstance(each, Refused) for each in results] == [False, True, False]
    assert Submission.objects.values("batch").distinct().count() == 1
    with pytest.raises(Refused) as refused:
        submitting.submit_many(by, [with_reference("c"), bad], atomic=True)
    assert refused.value.faults[0].pointer == "/items/1/incident"
    assert Submission.objects.count() == 2


def test_another_organisation_cannot_withdraw_it() -> None:
    submission = submitting.submit(sender(), tuwaym())
    with pytest.raises(NotAllowed, match="Seen"):
        moderating.act(submission, Action.WITHDRAW, by=sender("Another").author, reason="x")
    assert Organisation.objects.count() == 2


def retracted_by(by: submitting.Sender) -> str:
    """Who is said to have retracted the published claim of Tuwaym once this organisation's correction is approved."""
    claim = Claim.objects.get()
    assert claim.incident.submissions.exists()
    retraction = {"claim": str(claim.public_id), "reason": "Counted twice"}
    correction = {
        "type": "correction",
        "about": str(claim.incident.public_id),
        "correction": {"retractions": [retraction], "reason": "Counted twice"},
    }
    submission, moderator = submitting.submit(by, correction), person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="They are right")
    claim.refresh_from_db()
    assert claim.retracted_at is not None
    return claim.retracted_by


def test_a_retraction_is_the_sources_own_where_who_sent_the_claim_or_is_its_source_retracts_it() -> None:
    published(tuwaym())
    assert retracted_by(sender()) == "source"
    Claim.objects.update(retracted_at=None, retracted_by="", retraction_reason="")
    by = sender("Seen's own")
    Organisation.objects.filter(pk=by.organisation.pk).update(source=Source.objects.get())
    by.organisation.refresh_from_db()
    assert retracted_by(by) == "source"


def test_what_another_organisation_retracts_is_retracted_by_the_desk() -> None:
    published(tuwaym())
    assert retracted_by(sender("Another")) == "desk"


@pytest.mark.parametrize("code", ["rename", "dependency", "ruleset", "schema"])
def test_a_withdrawal_has_a_reason_that_people_give(code: str) -> None:
    first = published(tuwaym())
    assert first.incident is not None
    withdrawal = {"reason_code": code, "reason": "Doubts"}
    content = {"type": "withdrawal", "about": str(first.incident.public_id), "withdrawal": withdrawal}
    with pytest.raises(Refused, match="given by the rules; write one of new_information") as refused:
        submitting.submit(sender("Another"), content)
    assert [fault.pointer for fault in refused.value.faults] == ["/withdrawal/reason_code"]
    content["withdrawal"] = withdrawal | {"reason_code": "privacy"}
    assert submitting.submit(sender("Another"), content).state == "submitted"


@pytest.mark.parametrize("link", ["supersedes", "relays", "inferred_from"])
def test_claims_that_lead_back_to_themselves_are_refused(link: str) -> None:
    """Undoing one of them would never end."""
    content = tuwaym()
    first = content["claims"][0]
    names = ("one", "two", "three")
    content["claims"] = [
        {**first, "key": name, "value": 31 + place, "cells": [], link: following}
        for place, (name, following) in enumerate(zip(names, ("two", "three", "two"), strict=True))
    ]
    content.pop("attributions")
    with pytest.raises(Refused) as refused:
        submitting.submit(sender(), content)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(f"/claims/2/{link}", "contradiction")]
    content["claims"][2].pop(link)
    assert submitting.submit(sender(), content).pk
    content["claims"] = [{**first, "key": "one", link: "one"}]
    with pytest.raises(Refused, match="lead back to itself"):
        submitting.submit(sender(), content)
