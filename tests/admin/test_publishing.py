"""A moderator enters an incident with its claims, sees the figures and their trace, publishes it and withdraws it.

The rules behind it have tests of their own under tests/rules/.
"""

import re
from typing import Any

import pytest
from django.contrib.admin.utils import flatten_fieldsets
from django.test import Client
from django.urls import reverse
from django.utils import translation

from incidents.admin.naming import span
from incidents.models import Decision, Incident, Publication
from incidents.rules.publication import publishing
from incidents.rules.publication.protecting import protect
from tests.admin.forms import filled, inline_rows
from tests.factories import (
    ClaimCellFactory,
    ClaimFactory,
    DocumentFactory,
    IncidentFactory,
    InvestigationFactory,
    SourceFactory,
    UserFactory,
)
from tests.keys import somebody

pytestmark = pytest.mark.django_db


def page(view: str, *args: Any) -> str:
    return reverse(f"admin:incidents_incident_{view}", args=args)


def propose(client: Client, incident: Incident, **data: str) -> Any:
    return client.post(page("publish", incident.pk), {"reason_code": "new_information", "reason": "Seen.", **data})


def confirm() -> None:
    """What is proposed, confirmed by a lead as the second person."""
    lead = Client()
    lead.force_login(somebody("lead"))
    chosen = list(Decision.objects.filter(state="proposed").values_list("pk", flat=True))
    lead.post(reverse("admin:incidents_decision_changelist"), {"action": "confirm", "_selected_action": chosen})


def publish(client: Client, incident: Incident, **data: str) -> Any:
    answer = propose(client, incident, **data)
    confirm()
    return answer


def withdraw(client: Client, incident: Incident, **data: str) -> Any:
    given = {"withdraw-reason_code": "correction", "withdraw-reason": "Counted twice.", **data}
    answer = client.post(page("withdraw", incident.pk), given)
    confirm()
    return answer


def test_it_works(desk: Client) -> None:
    assert desk.get(page("changelist")).status_code == 200


def test_an_incident_is_entered_with_its_claims_in_one_form(desk: Client) -> None:
    document = DocumentFactory()
    data = filled(desk, page("add")) | {
        "kind": "killing_event",
        "title__en": "Killing of villagers of Tuwaym",
        "title__ar": "قتل قرويين في تويم",
        "start_earliest": "2025-03-06",
        "country": "SYR",
        "geo_precision": "settlement_unmatched",
        "place_text": "Tuwaym",
    }
    claim = {"asserted_by": document.publisher.pk, "document": document.pk, "measure": "killed", "status": "civilian"}
    data |= inline_rows("claims", [claim | {"qualifier": "exact", "value": 31, "status_basis": "stated"}])
    answer = desk.post(page("add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    incident = Incident.objects.get()
    assert incident.title == {"en": "Killing of villagers of Tuwaym", "ar": "قتل قرويين في تويم"}
    assert [(claim.value, claim.origin) for claim in incident.claims.all()] == [(31, "entered")]


def test_the_figures_and_the_trace_stand_beside_the_claims(desk: Client) -> None:
    incident = IncidentFactory()
    monitor, press = SourceFactory(), SourceFactory()
    first = ClaimFactory(incident=incident, asserted_by=monitor, value=717)
    ClaimFactory(
        incident=incident, asserted_by=press, qualifier="vague", value=None, vague_term="hundreds", relays=first
    )
    ClaimFactory(incident=incident, measure="localities", unit="locality", status="all", qualifier="at_least", value=29)
    ClaimFactory(incident=incident, status="state_forces", qualifier="nearly", value=200)
    ClaimCellFactory(claim=first)
    text = words(desk.get(page("change", incident.pk)))
    assert "Civilian 717 717 717 1" in text
    assert "Localities affected (Locality) All, whatever their status 29 29 29+ 1" in text
    assert "State forces, branch not stated 200 ~200 200 1 approximate" in text
    assert "Used: it sets the best figure, 717" in text
    assert "Set aside: it repeats 717" in text
    assert "Child (under 18): 9" in text


def test_the_preview_says_what_will_be_public_and_writes_nothing(desk: Client) -> None:
    incident = IncidentFactory(notes="Only for the desk.")
    ClaimFactory(incident=incident)
    text = words(desk.get(page("preview", incident.pk)))
    assert incident.title["en"] in text
    assert "Killing event" in text
    assert "Only for the desk." not in text
    assert not Publication.objects.exists()


def test_a_proposal_is_not_public_before_a_second_person_confirms_it(desk: Client) -> None:
    incident = IncidentFactory()
    assert propose(desk, incident).status_code == 302
    assert not Publication.objects.exists()
    text = words(desk.get(page("preview", incident.pk)))
    assert "You proposed it; a second person confirms it." in text
    proposed = Decision.objects.get()
    desk.post(reverse("admin:incidents_decision_changelist"), {"action": "confirm", "_selected_action": [proposed.pk]})
    assert not Publication.objects.exists()
    confirm()
    assert Publication.objects.filter(kind="incident").count() == 1


@pytest.mark.parametrize("form", ["publish", "redact"])
def test_what_changed_since_the_page_was_opened_is_looked_at_anew(desk: Client, form: str) -> None:
    """Also where it is no change of the record itself: a source that ranks otherwise gives other figures."""
    incident = ClaimFactory(value=31).incident
    publishing.publish([incident])
    opened = desk.get(page("preview", incident.pk)).context["shown"]
    ClaimFactory(incident=incident, value=32, asserted_by=SourceFactory(kind="government"))
    given = {"reason_code": "correction", "reason": "Seen.", "redact-reason": "A witness.", "shown": opened}
    answer = desk.post(page(form, incident.pk), given)
    assert "changed since you opened this page" in answer.content.decode()
    assert not Decision.objects.exists()
    given["shown"] = answer.context["shown"]  # of the page as it is now
    assert f'name="shown" value="{given["shown"]}"' in answer.content.decode()
    assert desk.post(page(form, incident.pk), given).status_code == 302
    assert Decision.objects.get().state == "proposed"


def test_a_source_that_changed_since_its_page_was_opened_is_looked_at_anew(desk: Client) -> None:
    source = SourceFactory()
    address = reverse("admin:incidents_source_publish", args=[source.pk])
    opened = desk.get(reverse("admin:incidents_source_preview", args=[source.pk])).context["shown"]
    type(source).objects.filter(pk=source.pk).update(names={"en": "Another"}, version=2)
    given = {"reason_code": "correction", "reason": "Seen.", "shown": opened}
    assert "changed since you opened this page" in desk.post(address, given).content.decode()
    assert not Decision.objects.exists()


def test_a_lower_sensitivity_is_proposed_and_never_just_saved(desk: Client) -> None:
    incident = IncidentFactory(sensitivity="high")
    answer = desk.post(page("change", incident.pk), filled(desk, page("change", incident.pk)) | {"sensitivity": "low"})
    assert "takes two people" in words(answer)
    given = {"lower-sensitivity": "low", "lower-reason": "The family agreed."}
    assert desk.post(page("lower", incident.pk), given).status_code == 302
    incident.refresh_from_db()
    assert incident.sensitivity == "high"
    confirm()
    incident.refresh_from_db()
    assert incident.sensitivity == "low"


def test_a_merged_incident_is_protected_where_it_went(desk: Client) -> None:
    """Raised on its own page, it left what the survivor took over of it in public."""
    survivor = IncidentFactory(title={"en": "Survivor"})
    merged = IncidentFactory(merged_into=survivor)
    address = page("change", merged.pk)
    answer = desk.post(address, filled(desk, address) | {"sensitivity": "high"})
    assert "What it said stands in Survivor, into which it was merged" in words(answer)
    assert desk.post(address, filled(desk, address) | {"place_text": "Tuwaym"}).status_code == 302
    merged.refresh_from_db()
    assert (merged.sensitivity, merged.place_text) == ("low", "Tuwaym")


@pytest.mark.parametrize("factory", [IncidentFactory, InvestigationFactory])
def test_earlier_versions_are_emptied_after_a_proposal_with_a_reason(desk: Client, factory: Any) -> None:
    record = factory()
    name = record._meta.model_name
    preview, redact = (reverse(f"admin:incidents_{name}_{view}", args=[record.pk]) for view in ("preview", "redact"))
    assert "redact-form" not in desk.get(preview).content.decode(), "nothing of it stands in the log"
    publishing.publish([record])
    assert "redact-form" in desk.get(preview).content.decode()
    assert desk.post(redact, {"redact-reason": " "}).context["redact_form"].errors
    assert desk.post(redact, {"redact-reason": "It named a witness."}).status_code == 302
    rows = Publication.objects.filter(object_id=record.public_id).order_by("seq")
    assert rows.get().body.document is not None
    confirm()
    assert [row.body.document is None for row in rows.all()] == [True, False]
    assert (rows[1].reason_code, rows[1].reason) == ("privacy", "It named a witness.")


def test_a_redaction_of_what_is_not_in_the_log_is_refused(desk: Client) -> None:
    answer = desk.post(page("redact", IncidentFactory().pk), {"redact-reason": "It named a witness."})
    assert "nothing to redact" in words(answer)
    assert not Decision.objects.exists()


def test_publishing_takes_a_reason_and_writes_it_into_the_log(desk: Client) -> None:
    incident = IncidentFactory()
    ClaimFactory(incident=incident)
    assert publish(desk, incident, reason="Two sources agree.").status_code == 302
    row = Publication.objects.get(kind="incident")
    assert (row.operation, row.reason_code, row.reason) == ("publish", "new_information", "Two sources agree.")
    assert publishing.published_document("incident", incident.public_id) is not None


@pytest.mark.parametrize("given", [{"reason": ""}, {"reason": "  "}, {"reason_code": ""}, {"reason_code": "whim"}])
def test_publishing_without_a_reason_is_refused(desk: Client, given: dict[str, str]) -> None:
    incident = IncidentFactory()
    answer = publish(desk, incident, **given)
    assert answer.status_code == 200
    assert answer.context["publish_form"].errors
    assert not Publication.objects.exists()


def test_the_preview_tells_what_would_change(desk: Client) -> None:
    incident = IncidentFactory(grade="ungraded", title={"en": "Killing at Tuwaym"})
    claim = ClaimFactory(incident=incident, value=717)
    publish(desk, incident)
    assert "it is public exactly like this already" in words(desk.get(page("preview", incident.pk)))
    incident.grade, incident.title = "confirmed", {"en": "Killing at Tuwaym", "fr": "Tuerie de Tuwaym"}
    incident.save()
    claim.value = 1700
    claim.save()
    found = {
        (difference.where, difference.before, difference.after)
        for difference in desk.get(page("preview", incident.pk)).context["differences"]
    }
    assert ("Grade", "Ungraded", "Confirmed") in found
    assert ("Title › French", None, "Tuerie de Tuwaym") in found
    assert ("Estimates › Killed, All, whatever their status › Best", "717", "1700") in found


def test_withdrawing_takes_a_reason_and_leaves_a_tombstone(desk: Client) -> None:
    incident = IncidentFactory()
    publish(desk, incident)
    assert withdraw(desk, incident).status_code == 302
    last = Publication.objects.filter(kind="incident").latest("seq")
    assert (last.operation, last.reason_code, last.reason) == ("withdraw", "correction", "Counted twice.")
    assert publishing.published_document("incident", incident.public_id) is None


def test_withdrawing_without_a_reason_is_refused(desk: Client) -> None:
    incident = IncidentFactory()
    publish(desk, incident)
    answer = withdraw(desk, incident, **{"withdraw-reason": ""})
    assert answer.context["withdraw_form"].errors
    assert publishing.published_document("incident", incident.public_id) is not None


def test_a_refusal_of_the_rules_is_shown_in_their_words(desk: Client) -> None:
    incident = IncidentFactory(sensitivity="severe")
    answer = propose(desk, incident)
    assert "which allows no public document" in words(answer)
    assert not Decision.objects.exists()
    assert not Publication.objects.filter(kind="incident").exists()


def test_looking_changes_nothing_and_only_a_post_publishes(desk: Client) -> None:
    incident = IncidentFactory()
    for view in ("publish", "withdraw", "lower", "redact"):
        answer = desk.get(page(view, incident.pk), follow=True)
        assert answer.redirect_chain == [(page("preview", incident.pk), 302)]
        assert "Nothing was proposed." in words(answer)
        assert desk.put(page(view, incident.pk)).status_code == 405
        assert desk.get(page(view, incident.pk + 1)).status_code == 404
    assert not Decision.objects.exists()
    assert desk.post(page("preview", incident.pk)).status_code == 405


def test_who_signs_in_again_while_writing_a_reason_comes_back_to_the_form() -> None:
    incident, client = IncidentFactory(), Client()
    assert propose(client, incident)["Location"] == f"{reverse('admin:login')}?next={page('publish', incident.pk)}"
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    answer = client.get(page("publish", incident.pk), follow=True)
    assert "If your session had ended, write the reason once more." in words(answer)
    assert answer.context["publish_form"] is not None


def test_nobody_is_led_to_a_page_that_is_not_theirs() -> None:
    incident, client = IncidentFactory(), Client()
    client.force_login(UserFactory(is_staff=True))
    assert client.get(page("publish", incident.pk)).status_code == 403


def test_publishing_needs_a_csrf_token() -> None:
    incident, client = IncidentFactory(), Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert propose(client, incident).status_code == 403


def test_several_are_published_from_the_list_with_one_reason(desk: Client) -> None:
    incidents = [IncidentFactory(), IncidentFactory()]
    data = {"action": "publish_selected", "_selected_action": [str(incident.pk) for incident in incidents]}
    asked = desk.post(page("changelist"), data)
    assert "Propose to publish the selected records" in words(asked)
    given = data | {"asked": "1", "reason_code": "new_information", "reason": "Seen."}
    assert "Write the reason" in words(desk.post(page("changelist"), given | {"reason": " "}))
    assert desk.post(page("changelist"), given).status_code == 302
    confirm()
    assert Publication.objects.filter(kind="incident").count() == 2


def test_of_several_the_one_that_changed_since_they_were_chosen_is_not_proposed(desk: Client) -> None:
    incidents = [IncidentFactory(), IncidentFactory()]
    data = {"action": "publish_selected", "_selected_action": [str(incident.pk) for incident in incidents]}
    asked = desk.post(page("changelist"), data)
    seen = {f"version_{row.pk}": state for row, state, _ in asked.context["rows"]}
    assert all(f'name="{name}" value="{state}"' in asked.content.decode() for name, state in seen.items())
    ClaimFactory(incident=incidents[0], value=32)
    given = data | seen | {"asked": "1", "reason_code": "new_information", "reason": " "}
    again = desk.post(page("changelist"), given)  # asked again for the reason, it is as it was opened
    given |= {f"version_{row.pk}": state for row, state, _ in again.context["rows"]} | {"reason": "Seen."}
    answer = desk.post(page("changelist"), given, follow=True)
    assert "changed since you opened this page" in words(answer)
    assert [each.object_id for each in Decision.objects.all()] == [incidents[1].public_id]


def test_the_list_says_what_is_draft_published_changed_and_withdrawn(desk: Client) -> None:
    draft, published, changed, withdrawn = (IncidentFactory() for _ in range(4))
    ClaimFactory(incident=published, value=31)
    for incident in (published, changed, withdrawn):
        publish(desk, incident)
    withdraw(desk, withdrawn)
    changed.save()
    expected = {
        draft: "Draft",
        published: "Published (version 1)",
        changed: "Changed since it was published (version 1)",
        withdrawn: "Withdrawn",
    }
    rows = {row.pk: row for row in desk.get(page("changelist")).context["cl"].result_list}
    text = words(desk.get(page("changelist")))
    assert re.search(r"(?<!\d)31(?!\d)", text)
    for incident, state in expected.items():
        assert state in text
        assert incident.pk in rows
    for state, incident in zip(("draft", "published", "changed", "withdrawn"), expected, strict=True):
        found = desk.get(page("changelist"), {"state": state}).context["cl"].result_list
        assert [row.pk for row in found] == [incident.pk], state


def test_what_the_public_can_read_is_withdrawn_and_never_deleted(desk: Client) -> None:
    incident = IncidentFactory()
    publish(desk, incident)
    assert desk.post(page("delete", incident.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("how", ["withdrawn", "severe"])
def test_nobody_deletes_alone_what_was_public_once(desk: Client, how: str) -> None:
    """Raised to severe by one person, and then deleted with its claims, nothing would be left of it."""
    claim = ClaimFactory()
    incident = claim.incident
    publishing.publish([incident])
    deleting = reverse("admin:incidents_claim_delete", args=[claim.pk])
    assert desk.get(deleting).status_code == 200  # the public reads it until a second person publishes that it went
    if how == "withdrawn":
        publishing.withdraw(incident, reason_code="correction", reason="Told twice")
    else:
        incident.refresh_from_db()
        incident.sensitivity = "severe"
        incident.save()
        assert protect(incident)
    for path in (page("delete", incident.pk), deleting):
        assert desk.post(path, {"post": "yes"}).status_code == 403
    assert Incident.objects.filter(pk=incident.pk, claims=claim).exists()


def test_every_field_of_the_incident_is_on_its_form(desk: Client) -> None:
    adminform = desk.get(page("add")).context["adminform"]
    assert set(adminform.form.fields) <= set(flatten_fieldsets(adminform.fieldsets))
    editable = {field.name for field in (*Incident._meta.fields, *Incident._meta.many_to_many) if field.editable}
    assert editable - set(flatten_fieldsets(adminform.fieldsets)) <= {"id", "created_at", "updated_at"}


def words(answer: Any) -> str:
    """The page's text without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_figure_of_a_list_says_which_number_is_which_in_either_direction() -> None:
    assert [span(31, 31, 31), span(1169, 1400, 1700), span(1, None, 3)] == ["31", "1169 to 1700, best 1400", "1 to 3"]
    with translation.override("ar"):
        assert span(1169, 1400, 1700) == "\u2068من 1169 إلى 1700، والأفضل 1400\u2069"
