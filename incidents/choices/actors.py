"""To whom acts are attributed, in which role, and with what confidence.

Values are public and frozen; a new term is an addition, never a change.
"""

from django.db.models import TextChoices


class ActorType(TextChoices):
    STATE_ARMED = "state_armed", "State armed forces"
    STATE_POLICE = "state_police", "State police"
    STATE_INTELLIGENCE = "state_intelligence", "State intelligence service"
    NONSTATE_ARMED = "nonstate_armed", "Non-state armed group"
    PROGOV_PARAMILITARY = "progov_paramilitary", "Pro-government paramilitary"
    VIGILANTE = "vigilante", "Vigilante group"
    IDENTITY_MILITIA = "identity_militia", "Identity militia"
    CROWD = "crowd", "Crowd"
    FOREIGN_STATE = "foreign_state", "Foreign state forces"
    PRIVATE_SECURITY = "private_security", "Private security company"
    CRIMINAL = "criminal", "Criminal group"
    PRIVATE_PERSON = "private_person", "Private person"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class Identification(TextChoices):
    NAMED_UNIT = "named_unit", "Named unit"
    NAMED_GROUP = "named_group", "Named group"
    NAMED_INSTITUTION = "named_institution", "Named institution"
    CATEGORY = "category", "Category of persons"
    UNKNOWN = "unknown", "Unknown"


class ActorRelationType(TextChoices):
    PART_OF = "part_of", "Part of"
    SUCCESSOR = "successor", "Successor of"
    ALIAS = "alias", "Another name of"
    SPLINTER = "splinter", "Splinter of"
    ALLIED = "allied", "Allied with"


class Role(TextChoices):
    """Role of an actor in an incident (HURIDOCS micro-thesaurus 18)."""

    DIRECTLY_CARRIED_OUT = "directly_carried_out", "Directly carried out the act"
    ORDERED = "ordered", "Ordered the act"
    PLANNED = "planned", "Planned the act"
    AIDED = "aided", "Aided the act"
    PRESENT = "present", "Was present"
    SUSPECTED = "suspected", "Suspected of the act"
    FAILED_TO_CONTROL = "failed_to_control", "Failed to control subordinates"
    KNEW_AND_DID_NOT_ACT = "knew_and_did_not_act", "Knew and did not act"
    FAILED_TO_PREVENT = "failed_to_prevent", "Failed to prevent the act"
    PARTY = "party", "Party to the fighting"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


PERPETRATING_ROLES = frozenset({Role.DIRECTLY_CARRIED_OUT, Role.ORDERED, Role.PLANNED, Role.AIDED, Role.SUSPECTED})


class Position(TextChoices):
    ALLEGES = "alleges", "Alleges"
    ACCEPTS = "accepts", "Accepts responsibility"
    DENIES_ACT = "denies_act", "Denies the act"
    DENIES_RESPONSIBILITY = "denies_responsibility", "Denies responsibility"
    ALTERNATIVE_EXPLANATION = "alternative_explanation", "Gives another explanation"
    SILENT = "silent", "Silent"
    FOUND = "found", "Found by a mandated body"


ASSERTING_POSITIONS = frozenset({Position.ALLEGES, Position.ACCEPTS, Position.FOUND})


class Extent(TextChoices):
    WHOLE = "whole", "The whole incident"
    PART = "part", "A part of it"
    UNSTATED = "unstated", "Not stated"


class Confidence(TextChoices):
    """Bands of likelihood (ICD 203)."""

    ALMOST_CERTAIN = "almost_certain", "Almost certain"
    VERY_LIKELY = "very_likely", "Very likely"
    LIKELY = "likely", "Likely"
    EVEN = "even", "Roughly even chance"
    UNLIKELY = "unlikely", "Unlikely"
    VERY_UNLIKELY = "very_unlikely", "Very unlikely"
    NONE_STATED = "none_stated", "None stated"


class AttributionStatus(TextChoices):
    DECLARED = "declared", "Declared"
    LIKELY = "likely", "Likely"
    SINGLE_SOURCE = "single_source", "Single source"
    CONTESTED = "contested", "Contested"
    UNATTRIBUTED = "unattributed", "Unattributed"
