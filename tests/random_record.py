"""A random published record: some forty incidents that contain, repeat and overlap each other, with claims and actors.

Every shape that totals must survive comes up; a seed gives the same record each time but for its random ids.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from incidents.models import Actor, AdminArea, Claim, Incident
from incidents.rules.publication.publishing import publish
from tests import factories

PROVINCES = ("SY04", "SY05", "SY06")
AREAS = (*PROVINCES, "SY0401", "SY0501", "SY0502", "SY0601", "SY0602", "SY060101")
STATUSES = ("civilian", "state_forces", "nonstate_fighter", "police")
AGES, SEXES = ("child", "infant", "adult", "older_person"), ("female", "male")
GRADES = ("confirmed", "fair", "ungraded", "discounted")
START = date(2025, 1, 1)


def publish_random_record(seed: int, incidents: int = 40, *, connected: int = 0) -> None:
    """Make the areas, actors and incidents, relate them, at most so many of them with each other, and publish them."""
    random = Random(seed)
    add_areas()
    actors = [factories.ActorFactory.create(type=kind) for kind in ("state_armed", "nonstate_armed", "crowd")]
    made = [an_incident(random, actors) for _ in range(incidents)]
    for start in range(0, incidents, connected or incidents):
        relate(random, made[start : start + (connected or incidents)])
    publish(made)


def add_areas() -> None:
    """Two countries; of one, three provinces, districts in each, and a subdistrict."""
    for country in ("SYR", "LBN"):
        factories.country_of(country)
    for pcode in AREAS:
        parent = AdminArea.objects.filter(pcode=pcode[:-2]).first() or factories.country_of("SYR")
        level = parent.level + 1
        AdminArea.objects.create(pcode=pcode, level=level, parent=parent, country="SYR", names={"en": pcode})


def an_incident(random: Random, actors: list[Actor]) -> Incident:
    start = START + timedelta(days=random.randrange(120))
    end = start + timedelta(days=random.choice([0, 0, 1, 10, 40]))
    country = random.choice(["SYR"] * 5 + ["LBN"])
    areas = random.choice([[], [random.choice(AREAS)], [random.choice(AREAS)], random.sample(AREAS, 2)])
    incident = factories.IncidentFactory.create(
        country=country,
        start_earliest=start,
        end_latest=random.choice([None, end, end]),
        ongoing=random.choice([None, False, True]),
        date_precision=random.choice(["day", "day", "month", "year_or_more"]),
        **a_point(random),
        grade=random.choice(GRADES),
        clarity=random.choice(["individually_described", "summary"]),
        areas=list(AdminArea.objects.filter(pcode__in=areas)) if country == "SYR" else [],
    )
    if random.random() < 0.6:
        factories.IncidentActFactory.create(incident=incident, act=random.choice(["massacre", "shelling"]))
    claim(random, incident)
    for actor in random.sample(actors, random.choice([0, 0, 1, 1, 2])):
        factories.AttributionFactory.create(
            incident=incident,
            actor=actor,
            extent=random.choice(["whole", "whole", "part", "unstated"]),
            role=random.choice(["directly_carried_out", "directly_carried_out", "ordered", "party"]),
        )
    return incident


def a_point(random: Random) -> dict[str, Any]:
    """A point somewhere around Syria, exact or for a whole area, or none."""
    latitude, longitude = random.uniform(32, 38), random.uniform(35, 43)
    where = random.choice([{}, {"latitude": latitude, "longitude": longitude}])
    return {"geo_precision": random.choice(["exact", "settlement", "settlement", "country"]), **where}


def claim(random: Random, incident: Incident) -> None:
    """No claim, one that itemises persons or areas, or several rival ones that itemise areas at most."""
    number = random.choice([0, 1, 1, 1, 1, 2, 3])
    for _ in range(number):
        status = random.choice(["all", "civilian", "civilian", random.choice(STATUSES)])
        said = factories.ClaimFactory.create(
            incident=incident,
            value=random.randrange(60),
            status=status,
            qualifier=random.choice(["exact", "exact", "about", "at_least", "at_most"]),
        )
        if number == 1 and random.random() < 0.7:
            divide(random, said, status)
        if country_is_itemised(random, incident):
            for area, value in zip(random.sample(AREAS, 2), (random.randrange(5), random.randrange(30)), strict=True):
                factories.ClaimCellFactory.create(
                    claim=said, cut=2, area=AdminArea.objects.get(pcode=area), age_group="", value=value
                )


def country_is_itemised(random: Random, incident: Incident) -> bool:
    return incident.country == "SYR" and random.random() < 0.4


def divide(random: Random, said: Claim, status: str) -> None:
    """Cells of one cut by one or two dimensions, which may leave some people unspecified or exceed the claim."""
    ages = random.sample(AGES, random.randint(1, 2))
    sexes = random.choice([[""], [""], list(SEXES)])
    statuses = random.sample(STATUSES, 2) if status == "all" and random.random() < 0.5 else [""]
    cells = [(age, sex, each) for age in ages for sex in sexes for each in statuses]
    for age, sex, each in random.sample(cells, random.randint(1, len(cells))):
        most = max(1, (said.value or 0) // len(cells) + random.choice([0, 0, 0, 5]))
        factories.ClaimCellFactory.create(
            claim=said, age_group=age, sex=sex, status=each, value=random.randrange(most + 1)
        )


def relate(random: Random, made: list[Incident]) -> None:
    """Containment without cycles, several levels deep, and some possible duplicates."""
    pairs = {tuple(sorted(random.sample(range(len(made)), 2))) for _ in range(len(made))}
    for above, below in sorted(pairs):
        factories.IncidentRelationFactory.create(
            from_incident=made[above],
            to_incident=made[below],
            type=random.choice(["contains", "contains", "contains", "possible_duplicate", "precedes"]),
            certainty=random.choice(["confirmed", "probable", "possible"]),
        )
