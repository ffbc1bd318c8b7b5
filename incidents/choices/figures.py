"""What is counted and of whom, and how a figure is stated.

Values are public and frozen; a new term is an addition, never a change.
"""

from django.db.models import TextChoices


class Measure(TextChoices):
    KILLED = "killed", "Killed"
    INJURED = "injured", "Injured"
    MISSING = "missing", "Missing"
    DISAPPEARED = "disappeared", "Forcibly disappeared"
    ABDUCTED = "abducted", "Abducted"
    DETAINED = "detained", "Detained"
    TORTURED = "tortured", "Tortured"
    SEXUAL_VIOLENCE = "sexual_violence", "Subjected to sexual violence"
    RECRUITED_CHILDREN = "recruited_children", "Children recruited or used"
    DISPLACED = "displaced", "Displaced"
    BURIED = "buried", "Buried"
    BODIES_FOUND = "bodies_found", "Bodies found"
    LOCALITIES = "localities", "Localities affected"
    FACILITIES_DAMAGED = "facilities_damaged", "Facilities damaged"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class Unit(TextChoices):
    PERSON = "person", "Person"
    FAMILY = "family", "Family"
    BODY = "body", "Body"
    LOCALITY = "locality", "Locality"
    FACILITY = "facility", "Facility"


class PersonStatus(TextChoices):
    """Status of the persons counted (SDG 16.1.2, split further)."""

    CIVILIAN = "civilian", "Civilian"
    OTHER_PROTECTED_PERSON = "other_protected_person", "Other protected person"
    MILITARY = "military", "Military"
    POLICE = "police", "Police"
    STATE_FORCES = "state_forces", "State forces, branch not stated"
    NONSTATE_FIGHTER = "nonstate_fighter", "Non-state fighter"
    HORS_DE_COMBAT = "hors_de_combat", "Hors de combat"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"
    ALL = "all", "All, whatever their status"


class StatusBasis(TextChoices):
    STATED = "stated", "Stated by the source"
    INFERRED = "inferred", "Inferred by the desk"


class Sex(TextChoices):
    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class AgeGroup(TextChoices):
    CHILD = "child", "Child (under 18)"
    ADULT = "adult", "Adult (18 and over)"
    OLDER_PERSON = "older_person", "Older person (60 and over)"
    INFANT = "infant", "Infant"
    YOUNG_CHILD = "young_child", "Young child"
    ADOLESCENT = "adolescent", "Adolescent"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


# What lies within an age group, as the vocabulary says of each.
AGE_GROUPS_WITHIN: dict[str, tuple[str, ...]] = {
    AgeGroup.CHILD.value: (AgeGroup.INFANT.value, AgeGroup.YOUNG_CHILD.value, AgeGroup.ADOLESCENT.value),
    AgeGroup.ADULT.value: (AgeGroup.OLDER_PERSON.value,),
}


# Of the state's forces, a source does not always say which.
STATUSES_WITHIN = {PersonStatus.STATE_FORCES.value: (PersonStatus.MILITARY.value, PersonStatus.POLICE.value)}


def statuses_around(code: str) -> tuple[str, ...]:
    """The statuses that a status lies within: of the state's forces, some may be police."""
    return tuple(wider for wider, within in STATUSES_WITHIN.items() if code in within)


def age_groups_in(code: str) -> tuple[str, ...]:
    """An age group and all that lie within it: infants and adolescents are children."""
    return (code, *AGE_GROUPS_WITHIN.get(code, ()))


def age_groups_around(code: str) -> tuple[str, ...]:
    """The age groups that an age group lies within: of children, some may be infants."""
    return tuple(wider for wider, within in AGE_GROUPS_WITHIN.items() if code in within)


class Cause(TextChoices):
    """Cause of death or harm (SDG 16.1.2)."""

    HEAVY_WEAPONS_EXPLOSIVES = "heavy_weapons_explosives", "Heavy weapons and explosive munitions"
    PLANTED_EXPLOSIVES = "planted_explosives", "Planted explosives"
    SMALL_ARMS = "small_arms", "Small arms and light weapons"
    INCENDIARY = "incendiary", "Incendiary weapons"
    CBRN = "cbrn", "Chemical, biological, radiological or nuclear weapons"
    LESS_LETHAL = "less_lethal", "Less-lethal weapons"
    DENIAL_OF_ESSENTIALS = "denial_of_essentials", "Denial of essentials"
    CONFLICT_ACCIDENT = "conflict_accident", "Accident related to the conflict"
    BEATING = "beating", "Beating"
    SHARP_INSTRUMENT = "sharp_instrument", "Sharp instrument"
    BURNING = "burning", "Burning"
    STARVATION = "starvation", "Starvation"
    OBJECTS_OTHER_MEANS = "objects_other_means", "Objects and other means"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class Occupation(TextChoices):
    HEALTH = "health", "Health"
    AID = "aid", "Humanitarian aid"
    JOURNALIST = "journalist", "Journalist"
    EDUCATION = "education", "Education"
    CLERGY = "clergy", "Clergy"
    HUMAN_RIGHTS = "human_rights", "Human rights"
    POLITICAL = "political", "Politics"
    OFFICIAL = "official", "Public official"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class Qualifier(TextChoices):
    EXACT = "exact", "Exactly"
    ABOUT = "about", "About"
    NEARLY = "nearly", "Nearly"
    AT_LEAST = "at_least", "At least"
    MORE_THAN = "more_than", "More than"
    AT_MOST = "at_most", "At most"
    RANGE = "range", "Between two figures"
    VAGUE = "vague", "A word, not a number"


class VagueTerm(TextChoices):
    DOZENS = "dozens", "Dozens (24 to 99)"
    SCORES = "scores", "Scores (40 to 99)"
    HUNDREDS = "hundreds", "Hundreds (200 to 999)"
    THOUSANDS = "thousands", "Thousands (2,000 to 9,999)"


class ClaimScope(TextChoices):
    SAME = "same", "The incident itself"
    NARROWER = "narrower", "A part of the incident"
    WIDER = "wider", "More than the incident"
    UNKNOWN = "unknown", "Not known"


class Basis(TextChoices):
    DOCUMENTED = "documented", "Documented"
    ESTIMATED = "estimated", "Estimated by survey or statistical model"


class ClaimOrigin(TextChoices):
    ENTERED = "entered", "Entered"
    SUBMITTED = "submitted", "Submitted"
    IMPORTED = "imported", "Imported"


class RetractedBy(TextChoices):
    SOURCE = "source", "By the source"
    DESK = "desk", "By the desk"
