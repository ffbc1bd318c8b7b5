"""What tests of the API start from: the founding case with its rivals, published on a gazetteer of nine areas.

Everything is published through the rules, so that what is read is what a site would serve.
"""

from collections.abc import Iterator, Sequence

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from incidents.exchange.releases import cut
from incidents.exchange.seeds import load_founding_case
from incidents.models import AdminArea, AreaName, Incident
from incidents.rules.publication.publishing import publish
from tests.factories import AdminAreaFactory, IncidentFactory, country_of
from tests.sharing import made_once

AREAS = {
    "SY02": ("SYR", 1, "Aleppo", "حلب"),
    "SY04": ("SYR", 1, "Homs", "حمص"),
    "SY05": ("SYR", 1, "Hama", "حماة"),
    "SY06": ("SYR", 1, "Lattakia", "اللاذقية"),
    "SY10": ("SYR", 1, "Tartous", "طرطوس"),
    "SY0604": ("SY06", 2, "Al-Qardaha", "القرداحة"),
}


@pytest.fixture(scope="module")
def one_transaction(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A transaction around all tests of a module, undone at its end: what many only read is made once."""
    with made_once(django_db_blocker, lambda: None):
        yield


@pytest.fixture(scope="module")
def gazetteer(one_transaction: None) -> None:
    """Nine areas, for all tests of a module."""
    add_gazetteer()


def add_gazetteer() -> None:
    """Two countries, five provinces of Syria and a district, with the names by which they are searched."""
    country_of("SYR", en="Syrian Arab Republic", ar="الجمهورية العربية السورية")
    country_of("LBN", en="Lebanon", ar="لبنان")
    for pcode, (parent, level, latin, arabic) in AREAS.items():
        above = AdminArea.objects.get(pcode=parent)
        AdminAreaFactory(pcode=pcode, level=level, parent=above, names={"en": latin, "ar": arabic})
    for area in AdminArea.objects.all():
        for language, name in area.names.items():
            AreaName(area=area, name=name, language=language, kind=AreaName.Kind.PRIMARY).save()
    lattakia = AdminArea.objects.get(pcode="SY06")
    AreaName(area=lattakia, name="Latakia", language="en", kind=AreaName.Kind.ALIAS).save()


@pytest.fixture(scope="module")
def founding_case(gazetteer: None) -> None:
    """The founding case, for all tests of a module."""
    publish_founding_case()


def publish_founding_case() -> None:
    """The founding case with its rivals and the commission's later life, published and frozen in a release."""
    report = load_founding_case(only=False)
    publish([*report.incidents, *report.investigations], reason="Seeded")
    cut("seeded")
    connection.check_constraints()  # here, where it would wait for the end of the module and be done after every test


def published_incidents(number: int) -> Sequence[Incident]:
    """So many plain incidents, published, a day apart."""
    incidents = [IncidentFactory() for _ in range(number)]
    publish(incidents)
    return incidents
