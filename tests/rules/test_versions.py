"""A new version of a published incident: claims that stay, claims that are replaced, claims that are left out."""

import json
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Attribution, Claim, Document, PublicIncident, Source, Submission
from incidents.rules.publication import publishing
from incidents.rules.submissions import moderating
from tests.contributions import person, publish_version, sender, tuwaym

pytestmark = pytest.mark.django_db


def claim(value: int, **said: Any) -> dict[str, Any]:
    return {
        "asserted_by": "seen",
        "document": "article",
        "measure": "killed",
        "qualifier": "exact",
        "value": value,
    } | said


def content(*claims: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The killings of Tuwaym with these claims, in an article and a later report."""
    sent = tuwaym(attributions=None, actors=None, claims=list(claims), **changed)
    sent["documents"].append(
        {
            "key": "report",
            "publisher": "seen",
            "type": "ngo_release",
            "title": {"en": "Report"},
            "published_on": "2025-03-20",
        }
    )
    return sent


def standing() -> dict[int, str]:
    """What became of the claims by their values: the newest of each value."""
    found = {}
    for each in Claim.objects.order_by("pk"):
        superseded = each.superseded_by.first()
        found[each.value or 0] = (
            f"by {superseded.value}" if superseded else "retracted" if each.retracted_at else "stands"
        )
    return found


def best() -> Any:
    (row,) = [each for each in document()["estimates"] if each["status"] == "all" and each["measure"] == "killed"]
    return row["low"], row["best"], row["high"]


def document() -> Any:
    return json.loads(PublicIncident.objects.get().document)


def outcomes(submission: Submission) -> dict[str, str]:
    return dict(submission.parts.values_list("pointer", "outcome"))


def test_it_works() -> None:
    """Of two claims on one matter the changed one is superseded, and the one that is sent again stays."""
    by = sender()
    publish_version(content(claim(31), claim(35, document="report")), by)
    again = publish_version(content(claim(32), claim(35, document="report")), by)
    assert standing() == {31: "by 32", 32: "stands", 35: "stands"}
    assert outcomes(again)["/claims/1"] == "unchanged"
    used = {each["value"]: each["used"][0]["reason"] for each in document()["claims"]}
    assert used[31] == "superseded"
    assert used[35] != "superseded"


def test_the_order_and_the_keys_of_what_is_sent_again_do_not_matter() -> None:
    by = sender()
    publish_version(content(claim(31, key="a"), claim(35, document="report", key="b")), by)
    changed = content(claim(35, document="newer", key="x"), claim(31, document="older", key="y"))
    changed["documents"][0]["key"], changed["documents"][1]["key"] = "older", "newer"
    changed["incident"]["acts"][0]["document"] = "older"
    publish_version(changed, by)
    assert standing() == {31: "stands", 35: "stands"}
    assert Claim.objects.count() == 2


def test_a_claim_replaces_the_one_at_its_place_then_in_its_document_then_the_first_that_is_left() -> None:
    by = sender()
    before = [
        claim(1, locator="p. 1"),
        claim(2, locator="p. 2"),
        claim(3, document="report"),
        claim(4, status="police"),
    ]
    publish_version(content(*before), by)
    after = [
        claim(30, document="report", locator="p. 7"),  # its document
        claim(20, locator="p. 2"),  # its place
        claim(10, locator="p. 9"),  # what is left
        claim(40, status="military"),  # another matter
    ]
    publish_version(content(*after), by)
    assert standing() == {
        **dict(zip((1, 2, 3, 4), ("by 10", "by 20", "by 30", "retracted"), strict=True)),
        **dict.fromkeys((10, 20, 30, 40), "stands"),
    }


def test_a_claim_that_is_left_out_is_retracted_by_its_sender_and_its_part_says_so() -> None:
    by = sender()
    publish_version(content(claim(31), claim(5, measure="injured")), by)
    again = publish_version(content(claim(31)), by)
    assert standing() == {31: "stands", 5: "retracted"}
    (gone,) = [each for each in document()["claims"] if each["measure"] == "injured"]
    assert gone["retracted_by"] == "source"
    assert "Left out of a later version" in gone["retraction_reason"]
    assert {each["measure"] for each in document()["estimates"]} == {"killed"}
    part = again.parts.get(pointer="/claims/-/1")
    assert (part.outcome, part.object_id) == ("changed", gone["id"])


def test_a_claim_that_is_left_out_comes_back_when_the_version_is_undone_or_as_a_new_one_when_it_is_sent() -> None:
    by = sender()
    publish_version(content(claim(31), claim(5, measure="injured")), by)
    second = publish_version(content(claim(31)), by)
    third = publish_version(content(claim(31), claim(5, measure="injured")), by)
    old, new = Claim.objects.filter(value=5).order_by("pk")
    assert (old.retracted_at is None, new.retracted_at) == (False, None)
    moderating.act(third, Action.UNDO, by=person("lead"), reason="Sent by mistake")
    moderating.act(second, Action.UNDO, by=person("lead"), reason="Sent by mistake")
    assert standing() == {31: "stands", 5: "stands"}
    assert Claim.objects.count() == 2


def test_a_figure_that_goes_back_is_a_new_claim() -> None:
    by = sender()
    for value in (31, 32, 31):
        publish_version(content(claim(value)), by)
    assert [each.supersedes and each.supersedes.value for each in Claim.objects.order_by("pk")] == [None, 31, 32]
    assert best() == (31, 31, 31)


def test_what_the_desk_made_of_a_claim_stays_where_the_organisation_says_what_it_said() -> None:
    by = sender()
    publish_version(content(claim(31), claim(35, document="report"), claim(36, locator="p. 3")), by)
    Claim.objects.filter(value=31).update(locator="third paragraph", credibility="2")
    Claim.objects.get(value=36).delete()
    for _ in range(2):
        again = publish_version(content(claim(31), claim(35, document="report"), claim(36, locator="p. 3")), by)
        assert Claim.objects.count() == 2
        assert Claim.objects.get(value=31).locator == "third paragraph"
        assert [outcomes(again)[f"/claims/{index}"] for index in range(3)] == ["unchanged", "unchanged", "removed"]


def test_what_others_entered_stays_when_it_is_left_out() -> None:
    by = sender()
    first = publish_version(content(claim(31)), by)
    assert first.incident is not None
    source, article = Source.objects.get(), Document.objects.get(title={"en": "Killings on the coast"})
    said = {"asserted_by": source, "document": article, "measure": "injured", "qualifier": "exact", "value": 5}
    Claim.objects.create(incident=first.incident, origin="submitted", **said)
    publishing.publish([first.incident], reason_code="new_information", reason="Entered by the desk")
    publish_version(content(claim(31), claim(5, measure="injured")), by)
    last = publish_version(content(claim(31)), by)
    assert standing() == {31: "stands", 5: "stands"}
    assert outcomes(last)["/claims/-/1"] == "unchanged"


def test_a_claim_that_names_what_it_supersedes_replaces_that() -> None:
    by = sender()
    publish_version(content(claim(31), claim(35)), by)
    second = Claim.objects.get(value=35)
    publish_version(content(claim(32, supersedes=str(second.public_id).upper()), claim(31)), by)
    assert standing() == {31: "stands", 35: "by 32", 32: "stands"}


def test_witnesses_and_documents_without_a_word_are_the_same_when_they_are_sent_again() -> None:
    by = sender()

    def told(*values: int) -> dict[str, Any]:
        sent = content(
            *(
                claim(value, asserted_by=key, document=f"of-{key}")
                for key, value in zip(("first", "second"), values, strict=True)
            )
        )
        sent["sources"] += [{"key": key, "kind": "witness", "names": {}} for key in ("first", "second")]
        sent["documents"] += [
            {"key": f"of-{key}", "publisher": key, "type": "testimony"} for key in ("first", "second")
        ]
        return sent

    publish_version(told(30, 40), by)
    again = publish_version(told(30, 41), by)
    assert (Source.objects.filter(kind="witness").count(), Document.objects.filter(type="testimony").count()) == (2, 2)
    assert standing() == {30: "stands", 40: "by 41", 41: "stands"}
    assert (outcomes(again)["/sources/1"], outcomes(again)["/documents/2"]) == ("unchanged", "unchanged")


def test_what_relays_a_claim_that_changed_is_replaced_with_it() -> None:
    by = sender()
    for value in (31, 33):
        publish_version(content(claim(value, key="first"), claim(value, document="report", relays="first")), by)
    relays = {each.pk: each.relays for each in Claim.objects.exclude(relays=None).order_by("pk")}
    assert [each.value for each in relays.values() if each] == [31, 33]
    assert Claim.objects.filter(superseded_by__isnull=False).count() == 2


def test_an_attribution_that_is_sent_again_keeps_its_claim() -> None:
    by = sender()
    publish_version(tuwaym(), by)
    publish_version(tuwaym(), by)
    assert Attribution.objects.get().claim == Claim.objects.get()
