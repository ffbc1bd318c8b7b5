"""What can be asked about victims: a measure, of which people, divided how; victims.py answers it."""

from dataclasses import dataclass

from incidents import choices
from incidents.rules.figures.breakdown import DIMENSIONS, UNSPECIFIED

ALL = choices.PersonStatus.ALL.value
UNKNOWN = choices.PersonStatus.UNKNOWN.value  # one code in every vocabulary
INCIDENT_GROUPS = (
    "month",
    "quarter",
    "year",
    "country",
    "adm1",
    "adm2",
    "act",
    "perpetrator",
    "perpetrator_type",
    "grade",
)
GROUPS = (*INCIDENT_GROUPS, *DIMENSIONS)
MAX_GROUPS = 4
AREA_LEVELS = {"adm1": 1, "adm2": 2}
UNITS = {
    choices.Measure.LOCALITIES.value: choices.Unit.LOCALITY.value,
    choices.Measure.FACILITIES_DAMAGED.value: choices.Unit.FACILITY.value,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What to count: a measure in a unit, of which people, divided how. Empty strings leave a filter out."""

    measure: str
    unit: str = ""
    basis: str = choices.Basis.DOCUMENTED.value
    status: str = ""
    sex: str = ""
    age_group: str = ""
    group_by: tuple[str, ...] = ()

    @property
    def counted_unit(self) -> str:
        return self.unit or UNITS.get(self.measure, choices.Unit.PERSON.value)

    @property
    def filters(self) -> dict[str, str]:
        """The person-level filters besides status, which has estimates of its own."""
        asked = {"sex": self.sex, "age_group": self.age_group}
        return {dimension: value for dimension, value in asked.items() if value}

    @property
    def of_own_status(self) -> bool:
        """Whether a status is asked for that may have a figure of its own, and neither sex nor age with it."""
        return self.status not in {"", ALL} and not self.filters

    @property
    def persons(self) -> tuple[str, ...]:
        """The person-level dimensions to group by."""
        return tuple(name for name in self.group_by if name in DIMENSIONS)

    @property
    def cuts(self) -> tuple[str, ...]:
        """The dimensions by which a figure is read, the first that it is divided by; none where it is read as a whole.

        A filter's dimension is read alone, so that totals do not hang on groups.
        """
        return tuple(self.filters)[:1] or self.persons


def meant(name: str, value: str) -> tuple[str, ...]:
    """The codes of a dimension that are all of a code asked for: infants are children."""
    return choices.age_groups_in(value) if name == "age_group" else (value,)


def may_be(name: str, value: str) -> tuple[str, ...]:
    """Those of which some may be: what nobody said or knows, of infants asked for children, of police state forces."""
    around = {"age_group": choices.age_groups_around, "status": choices.statuses_around}
    wider = around[name](value) if name in around else ()
    return tuple(dict.fromkeys((*meant(name, value), *wider, UNKNOWN, UNSPECIFIED)))
