"""Perpetrators: always alleged, by whom, of how many incidents and victims, without giving a part for the whole."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Actor, PublicPerpetrator
from incidents.rules.publication.publishing import publish
from tests import factories
from tests.contract.validation import CheckedClient
from tests.stories import id_of

LIST = "/api/v1/perpetrators/"


def get(api: CheckedClient, address: str = LIST, **parameters: str) -> Any:
    answer = api.get(address, parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


def one(api: CheckedClient, actor: Actor) -> Any:
    return get(api, f"{LIST}{actor.public_id}/")


def figures(perpetrator: Any) -> dict[str, list[int | None]]:
    return {each["measure"]: [each["low"], each["best"], each["high"]] for each in perpetrator["victims"]}


def attribute(actor: Actor, extent: str, value: int, **claim: Any) -> Any:
    """A published incident with so many killed, attributed to the actor."""
    said = factories.ClaimFactory(value=value, **claim)
    factories.AttributionFactory(incident=said.incident, actor=actor, extent=extent)
    publish([said.incident])
    return said.incident


def test_it_works(api: CheckedClient, founding_case: None, db: None) -> None:
    found = get(api, q="Foreign fighters")["results"]
    (fighters,) = found
    assert fighters["id"] == str(id_of("actor", "foreign_fighters"))
    assert (fighters["alleged"], fighters["incidents"]) == (True, 1)
    (said,) = fighters["allegations"]
    assert (said["asserted_by"], said["position"], said["extent"]) == (str(id_of("source", "seen")), "alleges", "part")
    assert said["asserted_by_name"] == {"en": "Civil Peace Group - Seen"}
    assert figures(fighters) == {"killed": [0, None, 1700]}


def test_a_party_to_the_fighting_is_no_perpetrator(api: CheckedClient, founding_case: None, db: None) -> None:
    ids = {each["id"] for each in get(api)["results"]}
    assert str(id_of("actor", "former_regime_militias")) not in ids
    assert ids == {
        str(id_of("actor", key)) for key in ("foreign_fighters", "allied_uniformed", "hts_radicals", "gov_forces")
    }


def test_victims_are_those_of_the_victims_answer(api: CheckedClient, founding_case: None, db: None) -> None:
    for perpetrator in get(api)["results"]:
        for measure, bounds in figures(perpetrator).items():
            asked = {"perpetrator": perpetrator["id"], "measure": measure}
            total = get(api, "/api/v1/victims/", **asked)["total"]
            assert bounds == [total["low"], total["best"], total["high"]]


@pytest.mark.parametrize(
    ("extents", "expected"),
    [
        (["whole"], [5, 5, 5]),
        (["part"], [0, None, 5]),
        (["unstated"], [0, None, 5]),
        (["whole", "part"], [5, 5, 12]),
        (["whole", "whole"], [12, 12, 12]),
    ],
)
def test_a_part_counts_in_high_only(
    api: CheckedClient, db: None, extents: list[str], expected: list[int | None]
) -> None:
    actor = factories.ActorFactory()
    for extent, value in zip(extents, (5, 7), strict=False):
        attribute(actor, extent, value)
    found = one(api, actor)
    assert figures(found) == {"killed": expected}
    assert found["incidents"] == len(extents)


def test_the_whole_by_one_source_outweighs_a_part_by_another(api: CheckedClient, db: None) -> None:
    actor = factories.ActorFactory()
    incident = attribute(actor, "part", 5)
    factories.AttributionFactory(incident=incident, actor=actor, extent="whole")
    publish([incident])
    found = one(api, actor)
    assert figures(found) == {"killed": [5, 5, 5]}
    assert (len(found["allegations"]), found["incidents"]) == (2, 1)


def test_what_is_contained_is_not_counted_twice(api: CheckedClient, db: None) -> None:
    actor = factories.ActorFactory()
    outer, inner = attribute(actor, "whole", 50), attribute(actor, "whole", 7)
    factories.IncidentRelationFactory(from_incident=outer, to_incident=inner)
    publish([outer, inner])
    assert figures(one(api, actor)) == {"killed": [50, 50, 50]}


@pytest.mark.parametrize(("extent", "expected"), [("whole", [7, 7, 7]), ("part", [0, None, 7])])
def test_a_sum_alleged_without_what_is_in_it_counts(
    api: CheckedClient, db: None, extent: str, expected: list[int | None]
) -> None:
    actor, (outer, inner) = factories.ActorFactory(), factories.IncidentFactory.create_batch(2)
    factories.AttributionFactory(incident=outer, actor=actor, extent=extent)
    factories.ClaimFactory(incident=inner, value=7)
    factories.IncidentRelationFactory(from_incident=outer, to_incident=inner)
    publish([outer, inner])
    assert figures(one(api, actor)) == {"killed": expected}
    total = get(api, "/api/v1/victims/", perpetrator=str(actor.public_id))["total"]
    assert [total["low"], total["best"], total["high"]] == expected


def test_discounted_incidents_are_listed_and_not_counted(api: CheckedClient, db: None) -> None:
    actor = factories.ActorFactory()
    incident = attribute(actor, "whole", 5)
    incident.grade = "discounted"
    incident.save()
    publish([incident])
    found = one(api, actor)
    assert (found["incidents"], found["victims"]) == (1, [])


def test_a_confidential_source_alleges_without_a_name(api: CheckedClient, db: None) -> None:
    actor = factories.ActorFactory()
    document = factories.DocumentFactory(publisher=factories.SourceFactory(kind="witness"))
    incident = attribute(actor, "whole", 5)
    factories.AttributionFactory(incident=incident, actor=actor, document=document, extent="part")
    publish([incident])
    hidden = [each for each in one(api, actor)["allegations"] if each["asserted_by"] is None]
    assert [each["asserted_by_name"] for each in hidden] == [{}]


def test_filters(api: CheckedClient, founding_case: None, db: None) -> None:
    def found(**parameters: str) -> set[str]:
        return {each["id"] for each in get(api, **parameters)["results"]}

    coi = str(id_of("source", "un_coi"))
    assert found(asserted_by=coi) == {str(id_of("actor", "gov_forces"))}
    assert found(identification="named_institution") == {str(id_of("actor", "gov_forces"))}
    assert found(type="nonstate_armed") == {str(id_of("actor", key)) for key in ("foreign_fighters", "hts_radicals")}
    seq = max(each["seq"] for each in get(api)["results"])
    assert found(after_seq=str(seq)) == set()


def test_the_etag_of_one_changes_with_what_is_alleged(api: CheckedClient, db: None) -> None:
    actor = factories.ActorFactory()
    attribute(actor, "whole", 5)
    address = f"{LIST}{actor.public_id}/"
    first = api.get(address)
    assert api.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    attribute(actor, "whole", 7)
    second = api.get(address, headers={"if-none-match": first["ETag"]})
    assert (second.status_code, figures(second.json())) == (200, {"killed": [12, 12, 12]})
    assert second.json()["version"] == first.json()["version"]


def test_an_earlier_state_says_who_and_alleges_nothing(api: CheckedClient, db: None) -> None:
    actor = factories.ActorFactory()
    attribute(actor, "whole", 5)
    now = one(api, actor)
    then = get(api, f"{LIST}{actor.public_id}/", at_seq=str(now["seq"]))
    assert then == {key: now[key] for key in now.keys() - {"alleged", "allegations", "incidents", "victims"}}


def test_more_incidents_and_perpetrators_take_no_more_queries(api: CheckedClient, db: None) -> None:
    attribute(factories.ActorFactory(), "whole", 5)
    with CaptureQueriesContext(connection) as few:
        get(api)
    for actor in factories.ActorFactory.create_batch(10):
        attribute(actor, "whole", 5)
        attribute(actor, "part", 7)
    with CaptureQueriesContext(connection) as many:
        found = get(api)["results"]
    assert len(found) == PublicPerpetrator.objects.count() > 10
    assert len(many) == len(few), "\n".join(query["sql"] for query in many)
