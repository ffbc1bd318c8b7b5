"""A moderator compares two incidents and proposes that they are one, or that a merge was none; a lead confirms it."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.admin.proposing import merge_address
from incidents.models import Decision, Incident, Merge, Publication, PublicIncident
from incidents.rules.desk import deciding
from incidents.rules.publication.publishing import publish, published_document
from incidents.rules.sameness.merging import merge
from tests.admin.forms import filled
from tests.admin.rows import add_children
from tests.admin.test_languages import ARABIC, arabic_labels, messages, parts
from tests.admin.test_submissions import at_the_desk, take, words
from tests.factories import AdminAreaFactory, ClaimFactory, DuplicateCandidateFactory, IncidentFactory, UserFactory
from tests.rules.published import fresh
from tests.rules.test_merging import REASON, two
from tests.rules.test_undo_merge import everything_hangs_on_them

pytestmark = pytest.mark.django_db


def merge_page(incident: Incident) -> str:
    return reverse("admin:incidents_incident_merge", args=[incident.pk])


def undo_page(row: Merge) -> str:
    return reverse("admin:incidents_merge_undo", args=[row.pk])


def propose(client: Client, kept: Incident, gone: Incident, **changed: str) -> Any:
    """What the page shows, sent back with a reason."""
    address = merge_address(kept, gone)
    return client.post(address, filled(client, address) | {"with": str(gone.pk), "reason": REASON, **changed})


def confirm(client: Client) -> Any:
    return take(client, "confirm", list(Decision.objects.filter(state="proposed")), "decision")


def test_it_works() -> None:
    kept, gone = two()
    moderator, lead = at_the_desk("moderator"), at_the_desk("lead")
    assert (
        merge_page(kept) in moderator.get(reverse("admin:incidents_incident_change", args=[kept.pk])).content.decode()
    )
    answer = propose(moderator, kept, gone)
    assert (answer.status_code, answer["Location"]) == (302, merge_address(kept, gone))
    assert "This takes another role: Lead, Administrator." in words(moderator.get(merge_address(kept, gone)))
    assert fresh(gone).merged_into is None
    text = words(lead.get(merge_address(kept, gone)))
    assert f"Awaits a second person: Merge {Decision.objects.get().proposed_by}" in text
    confirm(lead)
    assert fresh(gone).merged_into == kept
    assert PublicIncident.objects.get().public_id == kept.public_id
    assert Publication.objects.filter(object_id=gone.public_id).latest("seq").reason == REASON


def test_both_stand_side_by_side_with_what_differs_what_moves_and_what_both_publish() -> None:
    kept, gone = everything_hangs_on_them()
    gone.place_text, gone.sensitivity = "A village near Jableh", "moderate"
    gone.save()
    text = words(at_the_desk("moderator").get(merge_address(kept, gone)))
    assert "A village near Jableh" in text
    assert "The stricter one holds for both." in text
    assert "They come with the country." in text
    assert re.search(r"Kind Goes over Is there already Claims 1 0 Attributions 1 0", text)
    assert "External references 1 1" in text
    assert "whoever asks for the other one is led to it" in text
    assert "In what their public documents differ" in text
    assert text.count("Public now") == 2


def test_the_value_of_each_field_that_differs_is_chosen_and_a_gap_is_filled() -> None:
    kept, gone = (
        IncidentFactory(place_text="", grade="ungraded"),
        IncidentFactory(place_text="Tuwaym", grade="confirmed"),
    )
    moderator = at_the_desk("moderator")
    given = filled(moderator, merge_address(kept, gone))
    assert (given["place_text"], given["grade"]) == ("absorbed", "survivor")
    propose(moderator, kept, gone, title="absorbed")
    assert set(Decision.objects.get().details["take_from_absorbed"]) == {"title", "place_text"}
    confirm(at_the_desk("lead"))
    kept = fresh(kept)
    assert (kept.title, kept.place_text, kept.grade) == (gone.title, "Tuwaym", "ungraded")


def test_the_other_one_may_survive() -> None:
    one, other = two()
    moderator = at_the_desk("moderator")
    assert merge_address(other, one) in moderator.get(merge_address(one, other)).content.decode().replace("&amp;", "&")
    propose(moderator, other, one)
    confirm(at_the_desk("lead"))
    assert fresh(one).merged_into == other


def test_the_second_person_sees_the_values_and_the_survivor_that_were_proposed() -> None:
    kept, gone = two()
    propose(at_the_desk("moderator"), kept, gone, title="absorbed")
    lead = at_the_desk("lead")
    page = lead.get(merge_address(kept, gone))
    assert filled(lead, merge_address(kept, gone))["title"] == "absorbed"
    assert re.search(
        r'<input type="radio" name="title" value="absorbed"[^>]* disabled[^>]* checked', page.content.decode()
    )
    assert "Propose a merge</" not in page.content.decode().split('id="merge-form"')[1]
    assert lead.get(merge_address(gone, kept))["Location"] == merge_address(kept, gone)


def test_a_merge_is_not_proposed_without_a_reason_or_a_choice() -> None:
    kept, gone = two()
    moderator = at_the_desk("moderator")
    assert "Write the reason" in words(propose(moderator, kept, gone, reason=" "))
    assert propose(moderator, kept, gone, title="").context["form"].errors.keys() == {"title"}
    assert propose(moderator, kept, gone, title="neither").context["form"].errors.keys() == {"title"}
    assert not Decision.objects.exists()


def test_what_would_not_be_valid_is_refused_when_it_is_proposed() -> None:
    kept, gone = (IncidentFactory(start_earliest=date(2025, 3, day), end_latest=date(2025, 3, day)) for day in (7, 9))
    answer = propose(at_the_desk("moderator"), kept, gone, start_earliest="absorbed", end_latest="survivor")
    assert "The merged incident would not be valid: An incident does not end before it starts." in words(answer)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("taken", [{"latitude": "absorbed"}, {"geo_precision": "absorbed", "longitude": "absorbed"}])
def test_half_of_one_place_and_half_of_another_is_nowhere(taken: dict[str, str]) -> None:
    """Somebody's latitude with somebody else's longitude is a point that nobody stated."""
    kept = IncidentFactory(latitude=35.1, longitude=36.2, geo_precision="near")
    gone = IncidentFactory(latitude=34.9, longitude=35.9, geo_precision="exact")
    answer = propose(at_the_desk("moderator"), kept, gone, **taken)
    assert "together they say where it was" in words(answer)
    assert not Decision.objects.exists()
    whole = dict.fromkeys(("latitude", "longitude", "geo_precision"), "absorbed")
    propose(at_the_desk("moderator"), kept, gone, **whole)
    assert Decision.objects.exists()


def test_a_point_that_the_survivor_lacks_is_proposed_with_how_exact_it_is() -> None:
    kept = IncidentFactory(geo_precision="settlement_unmatched")
    gone = IncidentFactory(latitude=34.9, longitude=35.9, geo_precision="near")
    values = filled(at_the_desk("moderator"), merge_address(kept, gone))
    assert {values[name] for name in ("latitude", "longitude", "geo_precision")} == {"absorbed"}


def test_the_other_incident_is_chosen_among_those_that_may_be_the_same_or_picked() -> None:
    pair = DuplicateCandidateFactory()
    other, moderator = IncidentFactory(), at_the_desk("moderator")
    page = moderator.get(merge_page(pair.second))
    assert merge_address(pair.second, pair.first) in page.content.decode()
    assert "same settlement: tuwaym" in words(page)
    assert "admin-autocomplete" in page.content.decode()
    assert moderator.get(merge_page(pair.second), {"with": other.pk}).context["other"] == other
    for wrong in (str(pair.second.pk), "0", "x", ""):
        assert moderator.get(merge_page(pair.second), {"with": wrong}).context["form"].errors.keys() == {"with"}


def test_what_was_merged_already_is_not_merged_again() -> None:
    kept, gone = two()
    merge(kept, gone, reason=REASON)
    moderator = at_the_desk("moderator")
    change = moderator.get(reverse("admin:incidents_incident_change", args=[gone.pk])).content.decode()
    assert merge_page(gone) not in change
    assert "It was merged already" in words(moderator.get(merge_page(gone), follow=True))
    assert moderator.get(merge_page(kept), {"with": gone.pk}).context["form"].errors.keys() == {"with"}


def test_who_may_not_change_incidents_proposes_nothing() -> None:
    kept, gone = two()
    reader = Client()
    reader.force_login(UserFactory(is_staff=True, permissions=["view_incident", "view_merge"]))
    assert (
        merge_page(kept) not in reader.get(reverse("admin:incidents_incident_change", args=[kept.pk])).content.decode()
    )
    assert reader.get(merge_address(kept, gone)).status_code == 403
    assert reader.post(merge_address(kept, gone), {"with": gone.pk, "reason": REASON}).status_code == 403
    row, _ = merge(kept, gone, reason=REASON)
    assert undo_page(row) not in reader.get(reverse("admin:incidents_merge_change", args=[row.pk])).content.decode()
    assert reader.get(undo_page(row)).status_code == 403
    assert reader.post(undo_page(row), {"reason": "Two."}).status_code == 403
    assert not Decision.objects.exists()


def test_more_rows_on_both_take_no_query_more() -> None:
    kept, gone = two()
    moderator = at_the_desk("moderator")

    def queries() -> int:
        moderator.get(merge_address(kept, gone))
        with CaptureQueriesContext(connection) as captured:
            assert moderator.get(merge_address(kept, gone)).status_code == 200
        return len(captured)

    for each in (kept, gone):
        add_children(each, 1)
        each.areas.add(AdminAreaFactory())
    publish([kept, gone])
    few = queries()
    for each in (kept, gone):
        add_children(each, 5)
        each.areas.add(*AdminAreaFactory.create_batch(5))
    publish([kept, gone])
    assert queries() <= few


def test_a_merge_is_undone_by_two_people_from_its_page() -> None:
    kept, gone = two()
    row, _ = merge(kept, gone, reason=REASON)
    moderator, lead = at_the_desk("moderator"), at_the_desk("lead")
    page = reverse("admin:incidents_merge_change", args=[row.pk])
    assert "Goes back, as far as it is there still Claims: 1" in words(moderator.get(undo_page(row)))
    assert undo_page(row) in moderator.get(page).content.decode()
    assert "Write the reason" in words(moderator.post(undo_page(row), {"reason": " "}))
    assert moderator.post(undo_page(row), {"reason": "Two villages of one name."}).status_code == 302
    assert published_document("incident", gone.public_id) is None
    assert "Awaits a second person: Undo a merge" in words(lead.get(undo_page(row)))
    confirm(moderator)
    assert fresh(row).undone_at is None
    confirm(lead)
    assert published_document("incident", gone.public_id) is not None
    assert Publication.objects.latest("seq").reason == "The merge was undone: Two villages of one name."
    row = fresh(row)
    assert (row.undone_by, row.undo_reason) == (Decision.objects.get().decided_by, "Two villages of one name.")
    assert undo_page(row) not in moderator.get(page).content.decode()


def test_two_that_changed_since_the_page_was_opened_are_looked_at_anew() -> None:
    kept, gone = two()
    moderator = at_the_desk("moderator")
    opened = filled(moderator, merge_address(kept, gone))
    ClaimFactory(incident=gone, value=77)
    given = {"with": str(gone.pk), "reason": REASON}
    assert "changed since you opened this page" in words(moderator.post(merge_address(kept, gone), opened | given))
    assert not Decision.objects.exists()
    assert propose(moderator, kept, gone).status_code == 302
    Decision.objects.all().delete()
    row, _ = merge(kept, gone, reason=REASON)
    opened = filled(moderator, undo_page(row))
    ClaimFactory(incident=kept, value=78)
    answer = moderator.post(undo_page(row), opened | {"reason": "Two villages of one name."})
    assert "changed since you opened this page" in words(answer)
    assert not Decision.objects.exists()


def test_what_is_left_as_changed_since_is_named_before_it_is_proposed() -> None:
    kept, gone = two()
    row, _ = merge(kept, gone, reason=REASON, take_from_absorbed=("place_text",))
    moderator = at_the_desk("moderator")
    assert "left as it is" not in words(moderator.get(undo_page(row)))
    kept = fresh(kept)
    kept.place_text = "Corrected since"
    kept.save()
    assert "Changed since the merge, and left as it is Place as written" in words(moderator.get(undo_page(row)))


def test_what_cannot_be_undone_is_refused_with_the_sentence_of_the_rule() -> None:
    kept, gone = two()
    row, _ = merge(kept, gone, reason=REASON)
    later, _ = merge(fresh(kept), IncidentFactory(), reason=REASON)
    moderator = at_the_desk("moderator")
    page = moderator.get(undo_page(row))
    assert "undo that one first" in words(page)
    assert 'id="undo-form"' not in page.content.decode()
    assert "undo that one first" in words(moderator.post(undo_page(row), {"reason": "Two."}))
    assert not Decision.objects.exists()
    assert 'id="undo-form"' in moderator.get(undo_page(later)).content.decode()


def test_what_only_undoing_finds_leaves_the_proposal_open() -> None:
    kept, gone = two()
    row, _ = merge(kept, gone, reason=REASON)
    claims = list(fresh(kept).claims.order_by("pk"))
    ClaimFactory(incident=kept, supersedes=claims[1], relays=claims[0])
    at_the_desk("moderator").post(undo_page(row), {"reason": "Two."})
    assert "builds on claims of both incidents" in words(confirm(at_the_desk("lead")))
    assert Decision.objects.get().state == "proposed"


def test_the_page_of_a_merge_tells_in_words_what_was_taken_and_moved() -> None:
    kept, gone = two()
    claims = {str(key) for key in gone.claims.values_list("public_id", flat=True)}
    row, _ = merge(kept, gone, reason=REASON, take_from_absorbed=("place_text",))
    page = reverse("admin:incidents_merge_change", args=[row.pk])
    text = words(at_the_desk("moderator").get(page, headers={"Accept-Language": "en"}))
    assert "Place as written" in text
    assert f"Claims: {len(claims)}" in text
    assert not [raw for raw in ("from_absorbed", "place_text", *claims) if raw in text]


def test_a_decision_leads_to_what_it_is_about() -> None:
    kept, gone = two()
    moderator = at_the_desk("moderator")
    propose(moderator, kept, gone)
    decision = Decision.objects.get()
    look = reverse("admin:incidents_decision_look", args=[decision.pk])
    listed = moderator.get(reverse("admin:incidents_decision_changelist")).content.decode()
    assert look in listed
    assert f"{kept} + {gone}" in listed
    assert moderator.get(look)["Location"] == merge_address(kept, gone)
    confirm(at_the_desk("lead"))
    assert moderator.get(look)["Location"] == reverse("admin:incidents_incident_preview", args=[kept.pk])
    row = Merge.objects.get()
    moderator.post(undo_page(row), {"reason": "Two."})
    last = Decision.objects.latest("pk")
    look = reverse("admin:incidents_decision_look", args=[last.pk])
    assert moderator.get(look)["Location"] == undo_page(row)
    preview = moderator.get(reverse("admin:incidents_incident_preview", args=[kept.pk]))
    assert look in preview.content.decode()
    stranger = Client()
    stranger.force_login(UserFactory(is_staff=True))
    assert stranger.get(look).status_code == 403


def test_a_decision_about_what_is_gone_says_so() -> None:
    incident, moderator = IncidentFactory(), at_the_desk("moderator")
    publish_form = {"reason_code": "new_information", "reason": "Seen."}
    moderator.post(reverse("admin:incidents_incident_publish", args=[incident.pk]), publish_form)
    incident.delete()
    look = reverse("admin:incidents_decision_look", args=[Decision.objects.get().pk])
    assert "not there any more" in words(moderator.get(look, follow=True))


@pytest.mark.once
def test_in_arabic_the_pages_hold_no_english_of_ours() -> None:
    arabic_labels()
    pair = DuplicateCandidateFactory(first__title={"ar": "قتل قرويين"}, second__title={"ar": "قتل أهالي"})
    kept, gone = pair.first, pair.second
    gone.place_text, gone.sensitivity = "تويم", "moderate"
    gone.save()
    ClaimFactory(incident=gone)
    gone.areas.add(AdminAreaFactory(names={"ar": "حماة"}))
    publish([kept, gone])
    moderator = at_the_desk("moderator")
    ours = {message.strip(" :.") for message in messages("ar") if re.search("[A-Za-z]{3}", message)} - {"SHA-256"}
    pages = [merge_page(kept), merge_address(kept, gone), reverse("admin:incidents_incident_preview", args=[kept.pk])]
    seen = [moderator.get(page, **ARABIC) for page in pages]  # type: ignore[arg-type]
    propose(moderator, kept, gone)
    seen += [moderator.get(merge_address(kept, gone), **ARABIC)]  # type: ignore[arg-type]
    seen += [moderator.get(reverse("admin:incidents_decision_changelist"), **ARABIC)]  # type: ignore[arg-type]
    confirm(at_the_desk("lead"))
    row = Merge.objects.get()
    seen += [moderator.get(undo_page(row), **ARABIC)]  # type: ignore[arg-type]
    moderator.post(undo_page(row), {"reason": "Two."})
    seen += [moderator.get(undo_page(row), **ARABIC)]  # type: ignore[arg-type]
    for page in seen:
        assert 'lang="ar" dir="rtl"' in page.content.decode()
        assert parts(page) & ours == set(), page.request["PATH_INFO"]
    assert deciding.absorbed_of(Decision.objects.latest("pk")) == gone
