"""Finding the country and the area of a UCDP event in the gazetteer, each name looked up once.

Names that two areas share, or that none has, find no area: never a guess.
"""

from difflib import get_close_matches

from incidents.exchange.ged_mapping import FINEST_LEVEL
from incidents.exchange.ged_rows import GedEvent
from incidents.exchange.tables import CellRefused
from incidents.models import AdminArea
from incidents.models.folding import fold
from incidents.models.places import AreasByName, core_name


class Places:
    """The gazetteer as one import asks it."""

    def __init__(self) -> None:
        self._countries: dict[str, str] = {}
        for area in AdminArea.objects.filter(level=0).prefetch_related("area_names"):
            for name in area.area_names.all():
                # A spelling that two countries share is nobody's.
                self._countries[name.folded] = (
                    area.pcode if self._countries.get(name.folded, area.pcode) == area.pcode else ""
                )
        self._areas: dict[tuple[str, str, int, int | None], AdminArea | None] = {}
        self._named: dict[tuple[str, int], AreasByName] = {}
        self._agreeing: dict[tuple[int, str], bool] = {}

    def country(self, event: GedEvent) -> str:
        """The alpha-3 code of the event's country; CellRefused for a name that the gazetteer lacks."""
        folded = fold(event.country)
        found = self._countries.get(folded)
        if not found:
            close = get_close_matches(folded, [name for name, code in self._countries.items() if code], n=1)
            hint = f", such as {AdminArea.objects.get(pcode=self._countries[close[0]]).name}" if close else ""
            raise CellRefused("country", event.country, f"is no country of the gazetteer; write its name{hint}")
        return found

    def area(self, event: GedEvent, country: str) -> AdminArea | None:
        """The finest area that the event's names and precision allow; None where no one area fits."""
        finest = FINEST_LEVEL[event.geo_precision]
        if not finest:
            return None
        first = self._match(country, event.adm_1, 1, None) if event.adm_1 else None
        if first is not None and finest == 1:
            return first
        second = self._match(country, event.adm_2, 2, first) if event.adm_2 else None
        if first is None and second is not None and event.adm_1 and not self._agrees(second, event.adm_1):
            return None
        if second is not None and finest == 1:
            return second.parent
        return second or first

    def _match(self, country: str, name: str, level: int, parent: AdminArea | None) -> AdminArea | None:
        key = (country, name, level, parent.pk if parent else None)
        if key not in self._areas:
            if (country, level) not in self._named:
                self._named[country, level] = AreasByName(AdminArea.objects.filter(country=country, level=level))
            self._areas[key] = self._named[country, level].match(name, parent)
        return self._areas[key]

    def _agrees(self, area: AdminArea, adm_1: str) -> bool:
        """Whether the parent's name holds UCDP's: OCHA divides "Shan state" into Shan (North), (South) and (East)."""
        key = (area.pk, adm_1)
        if key not in self._agreeing:
            words = set(core_name(fold(adm_1)).split())
            names = area.parent.area_names.all() if area.parent else []
            self._agreeing[key] = any(words <= set(name.folded.split()) for name in names)
        return self._agreeing[key]
