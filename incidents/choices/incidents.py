"""What happened, when and where: kinds, acts, dates, places, relations, grades.

Values are public and frozen; a new term is an addition, never a change.
"""

from django.db.models import TextChoices


class IncidentKind(TextChoices):
    KILLING_EVENT = "killing_event", "Killing event"
    ARMED_EVENT = "armed_event", "Armed event"
    OTHER_HARM = "other_harm", "Other harm"
    BODY_DISCOVERY = "body_discovery", "Discovery of bodies"
    BURIAL = "burial", "Burial"
    AGGREGATE = "aggregate", "Aggregate of events"


class SiteType(TextChoices):
    MASS_GRAVE = "mass_grave", "Mass grave"
    COLLECTIVE_GRAVE = "collective_grave", "Collective grave"
    INDIVIDUAL_GRAVE = "individual_grave", "Individual grave"


class Clarity(TextChoices):
    INDIVIDUALLY_DESCRIBED = "individually_described", "Individually described"
    SUMMARY = "summary", "Summary of several events"


class Sensitivity(TextChoices):
    LOW = "low", "Low: as published"
    MODERATE = "moderate", "Moderate: settlement"
    HIGH = "high", "High: district and month"
    SEVERE = "severe", "Severe: nothing public, not even in totals"


class Grade(TextChoices):
    CONFIRMED = "confirmed", "Confirmed"
    FAIR = "fair", "Fair"
    WEAK = "weak", "Weak"
    CONTESTED = "contested", "Contested"
    DISCOUNTED = "discounted", "Discounted"
    UNGRADED = "ungraded", "Ungraded"


class Act(TextChoices):
    EXECUTION_SUMMARY = "execution_summary", "Summary execution"
    EXECUTION_EXTRAJUDICIAL = "execution_extrajudicial", "Extrajudicial execution"
    KILLING_INDIVIDUAL = "killing_individual", "Killing of individuals"
    KILLING_GROUP_TARGETED = "killing_group_targeted", "Killing of a targeted group"
    KILLING_IN_CONFLICT = "killing_in_conflict", "Killing in conflict"
    MASSACRE = "massacre", "Massacre"
    INDISCRIMINATE_ATTACK = "indiscriminate_attack", "Indiscriminate attack"
    ARMED_CLASH = "armed_clash", "Armed clash"
    AIR_DRONE_STRIKE = "air_drone_strike", "Air or drone strike"
    SHELLING = "shelling", "Shelling"
    EXPLOSIVE_DEVICE_LANDMINE = "explosive_device_landmine", "Explosive device or landmine"
    DISAPPEARANCE = "disappearance", "Disappearance"
    ABDUCTION = "abduction", "Abduction"
    TORTURE = "torture", "Torture"
    SEXUAL_VIOLENCE = "sexual_violence", "Sexual violence"
    DETENTION_ARBITRARY = "detention_arbitrary", "Arbitrary detention"
    DISPLACEMENT_FORCED = "displacement_forced", "Forced displacement"
    LOOTING = "looting", "Looting"
    PROPERTY_DESTRUCTION = "property_destruction", "Destruction of property"
    ATTACK_ON_HEALTH = "attack_on_health", "Attack on health care"
    ATTACK_ON_EDUCATION = "attack_on_education", "Attack on education"
    ATTACK_ON_AID = "attack_on_aid", "Attack on humanitarian aid"
    DESECRATION = "desecration", "Desecration"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class Certainty(TextChoices):
    CONFIRMED = "confirmed", "Confirmed"
    PROBABLE = "probable", "Probable"
    POSSIBLE = "possible", "Possible"


class RelationType(TextChoices):
    CONTAINS = "contains", "Contains"
    EVIDENCED_BY = "evidenced_by", "Evidenced by"
    PRECEDES = "precedes", "Precedes"
    CAUSES = "causes", "Causes"
    PARALLEL = "parallel", "Parallel to"
    POSSIBLE_DUPLICATE = "possible_duplicate", "Possible duplicate of"


class Ground(TextChoices):
    RELIGION = "religion", "Religion"
    ETHNICITY = "ethnicity", "Ethnicity"
    POLITICAL = "political", "Political opinion"
    GENDER = "gender", "Gender"
    PROFESSION = "profession", "Profession"
    NATIONALITY = "nationality", "Nationality"
    DISABILITY = "disability", "Disability"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class GeoPrecision(TextChoices):
    """How exactly a place is known (UCDP where_prec, with two more for settlements)."""

    EXACT = "exact", "Exact"
    NEAR = "near", "Near (within 25 km)"
    SETTLEMENT = "settlement", "Settlement"
    SETTLEMENT_UNMATCHED = "settlement_unmatched", "Settlement not found in the gazetteer"
    ADM2 = "adm2", "Second administrative level"
    ADM1 = "adm1", "First administrative level"
    REGION = "region", "Region of a country"
    COUNTRY = "country", "Country"
    INTERNATIONAL = "international", "International"


class GeoMethod(TextChoices):
    SOURCE = "source", "As the source states it"
    GAZETTEER = "gazetteer", "Looked up in a gazetteer"
    GEOLOCATED = "geolocated", "Geolocated"
    CENTROID = "centroid", "Centroid of the area"
    DESK = "desk", "Set by the desk"


class DatePrecision(TextChoices):
    """How exactly a date is known (UCDP date_prec 1 to 5)."""

    DAY = "day", "Day"
    DAYS = "days", "Two to six days"
    WEEK = "week", "Week"
    MONTH = "month", "Month"
    YEAR_OR_MORE = "year_or_more", "Year or more"
