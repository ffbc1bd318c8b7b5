"""The founding case published for a test, alone or with its rivals, with the areas that it names.

The rest of the gazetteer, 33,289 areas, is left out: loading it takes longer than any test.
"""

from uuid import UUID

from incidents.exchange.seeds import load_founding_case
from incidents.exchange.seeds_desk import seed_id
from incidents.models import AdminArea
from incidents.rules.publication.publishing import publish

CASE = "syria-coast-2025-03"
PROVINCES = {"SY04": "Homs", "SY05": "Hama", "SY06": "Lattakia", "SY10": "Tartous"}


def add_areas() -> None:
    """Syria, the four provinces and the district of Qardaha."""
    syria = AdminArea.objects.create(pcode="SYR", level=0, country="SYR", names={"en": "Syria"})
    for pcode, name in PROVINCES.items():
        AdminArea.objects.create(pcode=pcode, level=1, parent=syria, country="SYR", names={"en": name})
    lattakia = AdminArea.objects.get(pcode="SY06")
    AdminArea.objects.create(pcode="SY0604", level=2, parent=lattakia, country="SYR", names={"en": "Qardaha"})


def publish_founding_case(*, only: bool) -> None:
    """Load and publish it: with ``only`` the press report of 9 March 2025, else also what was published later."""
    add_areas()
    report = load_founding_case(only=only)
    publish([*report.incidents, *report.investigations])


def id_of(kind: str, key: str) -> UUID:
    """The public id of a record of the case by its key in the seed, such as ("actor", "foreign_fighters")."""
    return seed_id(CASE, kind, key)
