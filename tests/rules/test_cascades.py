"""What one publication changes in others: names, figures, relations, at every height and beyond the bound."""

from typing import Any

import pytest

from incidents.models import Incident, IncidentRelation, Publication, PublicIncident, PublicPerpetrator, Restatement
from incidents.rules.publication import naming, restating
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.publication.restating import restate
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.published import all_public_text, document_of, fresh, history

pytestmark = pytest.mark.django_db
NEW = {"en": "Renamed", "ar": "اسم جديد"}


def last(obj: Any) -> tuple[str, str]:
    return history(obj)[-1][1:]


def killed(incident: Incident) -> tuple[int | None, ...]:
    row = PublicIncident.objects.get(public_id=incident.public_id)
    return row.killed_low, row.killed_best, row.killed_high


def a_chain(length: int) -> list[Incident]:
    """Published incidents, each containing the next; only the last has a claim."""
    chain = factories.IncidentFactory.create_batch(length)
    for position in range(length - 1):
        factories.IncidentRelationFactory(from_incident=chain[position], to_incident=chain[position + 1])
    factories.ClaimFactory(incident=chain[-1], value=10)
    publish(chain)
    return chain


@pytest.mark.parametrize("kind", ["asserted_by", "document", "actor"])
def test_a_rename_reaches_every_holder(kind: str) -> None:
    attribution = factories.AttributionFactory()
    claim = factories.ClaimFactory(
        incident=attribution.incident, document=attribution.document, asserted_by=attribution.asserted_by
    )
    other = factories.AttributionFactory(
        actor=attribution.actor, document=attribution.document, asserted_by=attribution.asserted_by
    )
    publish([attribution.incident, other.incident])
    named = getattr(attribution, kind)
    field = "title" if kind == "document" else "names"
    setattr(named, field, NEW)
    named.save()
    publish([named], reason_code="correction", reason="Its name was misspelt.")
    assert last(named) == ("publish", "correction")
    for incident in (attribution.incident, other.incident):
        assert last(incident) == ("publish", "rename")
        said = document_of(incident)["attributions"][0]
        assert said[{"actor": "perpetrator"}.get(kind, kind)]["title" if kind == "document" else "name"] == NEW
        assert "renamed" in PublicIncident.objects.get(public_id=incident.public_id).search or kind == "document"
    assert claim.incident == attribution.incident
    assert reindex(check=True) == {}


def test_an_incident_and_an_investigation_are_renamed_in_each_other() -> None:
    incident, other = factories.IncidentFactory.create_batch(2)
    factories.IncidentRelationFactory(from_incident=other, to_incident=incident, type="precedes")
    investigation = factories.InvestigationFactory()
    factories.ScopeFactory(investigation=investigation, incident=incident)
    publish([incident, other, investigation])
    incident.title = NEW
    incident.save()
    publish([incident])
    assert document_of(other)["relations"][0]["incident"]["title"] == NEW
    assert document_of(investigation, "investigation")["scope"][0]["incident"]["title"] == NEW
    assert last(other) == last(investigation) == ("publish", "rename")
    investigation.names = NEW
    investigation.save()
    publish([investigation])
    assert document_of(incident)["investigations"][0]["name"] == NEW
    assert last(incident) == ("publish", "rename")


def test_a_name_that_too_many_documents_hold_waits_for_restate(monkeypatch: pytest.MonkeyPatch) -> None:
    source = factories.SourceFactory()
    made = [factories.ClaimFactory(asserted_by=source).incident for _ in range(4)]
    publish(made)
    monkeypatch.setattr(naming, "CASCADE_BOUND", 3)
    source.names = NEW
    source.save()
    publish([source])
    assert Restatement.objects.get().object_id == source.public_id
    assert all(len(history(incident)) == 1 for incident in made)
    assert restate() == 4
    assert not Restatement.objects.exists()
    for incident in made:
        assert document_of(incident)["claims"][0]["asserted_by"]["name"] == NEW
        assert last(incident) == ("publish", "rename")
    assert restate() == 0
    assert reindex(check=True) == {}
    assert verify_log().sound


def test_an_actor_without_a_document_is_called_as_it_was_published(monkeypatch: pytest.MonkeyPatch) -> None:
    party = factories.ActorFactory()
    made = [factories.AttributionFactory(actor=party, role="party").incident for _ in range(4)]
    publish(made)
    assert not PublicPerpetrator.objects.exists()
    monkeypatch.setattr(naming, "CASCADE_BOUND", 3)
    party.names = NEW
    party.save()
    publish([party])
    party.names = {"en": "Canaryname"}
    party.save()
    assert restate() == 4
    for incident in made:
        assert document_of(incident)["attributions"][0]["perpetrator"]["name"] == NEW


def test_what_is_private_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    source = factories.SourceFactory(names={"en": "Canaryname"})
    publish([factories.ClaimFactory(asserted_by=source).incident for _ in range(3)])
    monkeypatch.setattr(naming, "CASCADE_BOUND", 0)
    source.confidential = True
    source.save()
    publish([source])
    assert not Restatement.objects.exists()
    assert "canaryname" not in all_public_text().lower()


@pytest.mark.parametrize("hidden", ["publisher", "document", "incident"])
def test_what_becomes_private_between_two_batches_is_said_by_none_of_the_later_ones(
    monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    document, related = factories.DocumentFactory(), factories.IncidentFactory()
    made = [factories.ClaimFactory(document=document).incident for _ in range(6)]
    for incident in made:
        factories.IncidentRelationFactory(from_incident=incident, to_incident=related, type="precedes")
    publish([related, *made])
    named: Any = related if hidden == "incident" else document
    named.title, named.url = {"en": "Canaryname"}, "https://canaryname.example.org/"
    named.save()
    monkeypatch.setattr(naming, "CASCADE_BOUND", 3)
    publish([named])
    monkeypatch.setattr(restating, "BATCH", 2)
    changes: dict[str, dict[str, Any]] = {
        "publisher": {"confidential": True},
        "document": {"consent": "withdrawn"},
        "incident": {"sensitivity": "high"},
    }
    said: list[int] = []

    def becomes_private(_done: int, _total: int) -> None:
        said.append(all_public_text().lower().count("canaryname"))
        if len(said) == 1:
            obj = document.publisher if hidden == "publisher" else named
            type(obj).objects.filter(pk=obj.pk).update(**changes[hidden])
            assert protect(fresh(obj))
            said.append(all_public_text().lower().count("canaryname"))

    restate(becomes_private)
    assert said[0] > 0
    assert set(said[1:]) == {0}
    assert "canaryname" not in all_public_text().lower()
    assert not Restatement.objects.exists()
    assert restate() == 0
    assert reindex(check=True) == {}
    assert verify_log().sound


def test_a_new_figure_of_a_child_restates_containers_at_every_height() -> None:
    chain = a_chain(4)
    factories.ClaimFactory(incident=chain[-1], value=25)
    publish([fresh(chain[-1])])
    for container in chain[:-1]:
        assert killed(container)[2] == 25
        assert last(container) == ("publish", "dependency")
        assert document_of(container)["totals"][0]["high"] == 25
    assert reindex(check=True) == {}


def test_a_withdrawn_child_takes_its_figure_along() -> None:
    chain = a_chain(3)
    withdraw(chain[-1], reason_code="retraction", reason="It did not happen.")
    assert killed(chain[0]) == killed(chain[1]) == (None, None, None)
    assert document_of(chain[1])["relations"][0]["incident"]["id"] == str(chain[0].public_id)
    assert reindex(check=True) == {}


def test_a_withdrawn_link_in_the_middle_parts_both_ends_until_it_is_back() -> None:
    chain = a_chain(3)
    withdraw(chain[1], reason_code="correction", reason="Too early.")
    assert killed(chain[0]) == (None, None, None)
    assert killed(chain[2]) == (10, 10, 10)
    assert reindex(check=True) == {}
    publish([fresh(chain[1])])
    assert killed(chain[0]) == (10, 10, 10)
    assert reindex(check=True) == {}


@pytest.mark.parametrize("end", [0, 1])
def test_a_relation_added_or_removed_is_published_by_either_end(end: int) -> None:
    pair = factories.IncidentFactory.create_batch(2)
    factories.ClaimFactory(incident=pair[1], value=10)
    publish(pair)
    relation = factories.IncidentRelationFactory(from_incident=pair[0], to_incident=pair[1])
    publish([fresh(pair[end])])
    assert killed(pair[0]) == (10, 10, 10)
    assert [len(document_of(each)["relations"]) for each in pair] == [1, 1]
    relation.delete()
    publish([fresh(pair[end])])
    assert killed(pair[0]) == (None, None, None)
    assert [len(document_of(each)["relations"]) for each in pair] == [0, 0]
    assert reindex(check=True) == {}


def test_of_possible_duplicates_the_larger_counts() -> None:
    container, one, two = factories.IncidentFactory.create_batch(3)
    for child, value in ((one, 10), (two, 12)):
        factories.ClaimFactory(incident=child, value=value)
        factories.IncidentRelationFactory(from_incident=container, to_incident=child)
    publish([container, one, two])
    assert killed(container)[1] == 22
    factories.IncidentRelationFactory(from_incident=one, to_incident=two, type="possible_duplicate")
    publish([fresh(two)])
    assert killed(container)[1] == 12
    assert last(container) == ("publish", "dependency")
    assert reindex(check=True) == {}


def test_a_link_that_becomes_only_possible_no_longer_rolls_up() -> None:
    chain = a_chain(2)
    IncidentRelation.objects.update(certainty="possible")
    publish([fresh(chain[0])])
    assert killed(chain[0]) == (None, None, None)
    assert reindex(check=True) == {}


def test_a_change_touches_nothing_that_has_nothing_to_do_with_it() -> None:
    a_chain(2)
    lonely = factories.IncidentFactory()
    publish([lonely])
    before = Publication.objects.count()
    Incident.objects.filter(pk=lonely.pk).update(place_text="Qardaha")
    assert publish([fresh(lonely)]).published == 1
    assert Publication.objects.count() == before + 1
