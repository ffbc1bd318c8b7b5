"""Every vocabulary of the record, as TextChoices whose values are public and frozen.

The class name is the name of the enum or vocabulary in the OpenAPI document. Labels here are
English; the reviewed labels in four languages and the mappings to other schemes are data in
``fixtures/``. GROWING names the vocabularies that will gain terms: they are plain strings in the
document, so that a new term never breaks a generated client.
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
    SEVERE = "severe", "Severe: province and quarter, totals only"


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


class StandardOfProof(TextChoices):
    NONE_STATED = "none_stated", "None stated"
    REASONABLE_SUSPICION = "reasonable_suspicion", "Reasonable suspicion"
    REASONABLE_GROUNDS = "reasonable_grounds", "Reasonable grounds to believe"
    BALANCE_OF_PROBABILITIES = "balance_of_probabilities", "Balance of probabilities"
    CLEAR_AND_CONVINCING = "clear_and_convincing", "Clear and convincing evidence"
    BEYOND_REASONABLE_DOUBT = "beyond_reasonable_doubt", "Beyond reasonable doubt"


class Reliability(TextChoices):
    """Reliability of a source (Admiralty code). Internal: never served."""

    A = "A", "A: completely reliable"
    B = "B", "B: usually reliable"
    C = "C", "C: fairly reliable"
    D = "D", "D: not usually reliable"
    E = "E", "E: unreliable"
    F = "F", "F: cannot be judged"


class Credibility(TextChoices):
    """Credibility of a claim (Admiralty code), stored as its digit."""

    CONFIRMED = "1", "1: confirmed by other sources"
    PROBABLY_TRUE = "2", "2: probably true"
    POSSIBLY_TRUE = "3", "3: possibly true"
    DOUBTFUL = "4", "4: doubtful"
    IMPROBABLE = "5", "5: improbable"
    CANNOT_BE_JUDGED = "6", "6: cannot be judged"


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


class SourceKind(TextChoices):
    DESK = "desk", "The coding desk"
    UNATTRIBUTED = "unattributed", "Not attributed"
    COMMUNITY_BODY = "community_body", "Community body"
    LOCAL_MONITOR = "local_monitor", "Local monitor"
    INTERNATIONAL_NGO = "international_ngo", "International NGO"
    UN_BODY = "un_body", "United Nations body"
    GOVERNMENT = "government", "Government"
    MEDIA_LOCAL = "media_local", "Local media"
    MEDIA_INTERNATIONAL = "media_international", "International media"
    SOCIAL_MEDIA = "social_media", "Social media"
    HOSPITAL_MORGUE = "hospital_morgue", "Hospital or morgue"
    COURT = "court", "Court"
    WITNESS = "witness", "Witness"
    VICTIM_OR_FAMILY = "victim_or_family", "Victim or family"
    ACADEMIC = "academic", "Academic body"
    DATASET = "dataset", "Dataset"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


CONFIDENTIAL_SOURCE_KINDS = frozenset({SourceKind.WITNESS, SourceKind.VICTIM_OR_FAMILY})


class DocumentType(TextChoices):
    PRESS_ARTICLE = "press_article", "Press article"
    GOV_RELEASE = "gov_release", "Government release"
    NGO_RELEASE = "ngo_release", "NGO release"
    UN_REPORT = "un_report", "United Nations report"
    PERPETRATOR_RELEASE = "perpetrator_release", "Release by an alleged perpetrator"
    TESTIMONY = "testimony", "Testimony"
    PHOTO = "photo", "Photograph"
    VIDEO = "video", "Video"
    AUTOPSY = "autopsy", "Autopsy"
    COURT_RECORD = "court_record", "Court record"
    SURVEY = "survey", "Survey"
    DATASET = "dataset", "Dataset"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class Consent(TextChoices):
    NOT_NEEDED = "not_needed", "Not needed"
    PUBLIC = "public", "Given for the public"
    PARTNERS = "partners", "Given for partners only"
    NONE = "none", "None"
    WITHDRAWN = "withdrawn", "Withdrawn"


PUBLISHABLE_CONSENTS = frozenset({Consent.NOT_NEEDED, Consent.PUBLIC})


class CustodyEventKind(TextChoices):
    """Steps of a document's chain of custody (Berkeley Protocol)."""

    CAPTURED = "captured", "Captured"
    HASHED = "hashed", "Hashed"
    TRANSFERRED = "transferred", "Transferred"
    ACCESSED = "accessed", "Accessed"
    VERIFIED = "verified", "Verified"
    REDACTED = "redacted", "Redacted"


class Independence(TextChoices):
    CLAIMED = "claimed", "Claimed"
    ASSESSED = "assessed", "Assessed"


class InvestigationType(TextChoices):
    NATIONAL_COMMISSION = "national_commission", "National commission"
    JUDICIAL_INQUIRY = "judicial_inquiry", "Judicial inquiry"
    CRIMINAL_INVESTIGATION = "criminal_investigation", "Criminal investigation"
    MILITARY_INQUIRY = "military_inquiry", "Military inquiry"
    PARLIAMENTARY_INQUIRY = "parliamentary_inquiry", "Parliamentary inquiry"
    UN_COI = "un_coi", "UN commission of inquiry"
    UN_FFM = "un_ffm", "UN fact-finding mission"
    UN_INVESTIGATIVE_MECHANISM = "un_investigative_mechanism", "UN investigative mechanism"
    OHCHR_MONITORING = "ohchr_monitoring", "OHCHR monitoring"
    SPECIAL_RAPPORTEUR = "special_rapporteur", "Special rapporteur"
    REGIONAL_BODY = "regional_body", "Regional body"
    ICC_PRELIMINARY_EXAM = "icc_preliminary_exam", "ICC preliminary examination"
    ICC_SITUATION = "icc_situation", "ICC situation"
    UNIVERSAL_JURISDICTION_CASE = "universal_jurisdiction_case", "Universal jurisdiction case"
    NHRI = "nhri", "National human rights institution"
    CIVIL_SOCIETY = "civil_society", "Civil society inquiry"
    FORENSIC_EXHUMATION = "forensic_exhumation", "Forensic exhumation"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class InvestigationEventKind(TextChoices):
    CALLED_FOR = "called_for", "Called for"
    ANNOUNCED = "announced", "Announced"
    ESTABLISHED = "established", "Established"
    MEMBERS_NAMED = "members_named", "Members named"
    STARTED = "started", "Started"
    EXTENDED = "extended", "Extended"
    INTERIM_REPORT = "interim_report", "Interim report"
    REPORT_SUBMITTED = "report_submitted", "Report submitted"
    FINDINGS_PRESENTED = "findings_presented", "Findings presented"
    REPORT_PUBLISHED = "report_published", "Report published"
    FINDINGS_REJECTED = "findings_rejected", "Findings rejected"
    REFERRED = "referred", "Referred"
    INDICTMENT = "indictment", "Indictment"
    TRIAL = "trial", "Trial"
    JUDGMENT = "judgment", "Judgment"
    CLOSED = "closed", "Closed"
    LAPSED = "lapsed", "Lapsed"


class InvestigationStatus(TextChoices):
    """Derived from the events: how far an investigation has come."""

    CALLED_FOR = "called_for", "Called for"
    ANNOUNCED = "announced", "Announced"
    ONGOING = "ongoing", "Ongoing"
    REPORTED = "reported", "Reported"
    IN_COURT = "in_court", "In court"
    CLOSED = "closed", "Closed"
    LAPSED = "lapsed", "Lapsed"
    UNKNOWN = "unknown", "Unknown"


class Outcome(TextChoices):
    NONE_YET = "none_yet", "None yet"
    FACTS_ESTABLISHED = "facts_established", "Facts established"
    RESPONSIBILITY_NAMED = "responsibility_named", "Responsibility named"
    REFERRED = "referred", "Referred"
    CHARGES = "charges", "Charges"
    CONVICTIONS = "convictions", "Convictions"
    ACQUITTALS = "acquittals", "Acquittals"
    NO_FINDING = "no_finding", "No finding"
    NOT_PUBLISHED = "not_published", "Not published"
    LAPSED = "lapsed", "Lapsed"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"


class InvestigationScope(TextChoices):
    WITHIN = "within", "Within the mandate"
    OVERLAPS = "overlaps", "Overlaps the mandate"
    OUTSIDE = "outside", "Outside the mandate"


class StatementKind(TextChoices):
    DEMAND = "demand", "Demand"
    APPEAL = "appeal", "Appeal"
    CONDEMNATION = "condemnation", "Condemnation"
    DENIAL = "denial", "Denial"
    REPORT = "report", "Report"


class Language(TextChoices):
    EN = "en", "English"
    FR = "fr", "French"
    ES = "es", "Spanish"
    AR = "ar", "Arabic"


class MatchRelation(TextChoices):
    """How a term of ours relates to another scheme's (SKOS)."""

    EXACT = "exact", "Exact match"
    CLOSE = "close", "Close match"
    BROAD = "broad", "The other term is broader"
    NARROW = "narrow", "The other term is narrower"


class PublicKind(TextChoices):
    INCIDENT = "incident", "Incident"
    PERPETRATOR = "perpetrator", "Perpetrator"
    INVESTIGATION = "investigation", "Investigation"
    SOURCE = "source", "Source"
    DOCUMENT = "document", "Document"


class Operation(TextChoices):
    PUBLISH = "publish", "Publish"
    WITHDRAW = "withdraw", "Withdraw"
    MERGE = "merge", "Merge"
    REDACT = "redact", "Redact"


class ReasonCode(TextChoices):
    NEW_INFORMATION = "new_information", "New information"
    CORRECTION = "correction", "Correction"
    RETRACTION = "retraction", "Retraction"
    PRIVACY = "privacy", "Privacy"
    TYPO = "typo", "Typing error"
    RENAME = "rename", "Something it names was renamed"
    DEPENDENCY = "dependency", "Something it depends on changed"
    RULESET = "ruleset", "New ruleset"
    SCHEMA = "schema", "New schema"


GROWING: frozenset[type[TextChoices]] = frozenset(
    {
        Act,
        ActorType,
        Cause,
        DocumentType,
        Ground,
        InvestigationEventKind,
        InvestigationType,
        Measure,
        Occupation,
        Outcome,
        Role,
        SourceKind,
    }
)

INTERNAL: frozenset[type[TextChoices]] = frozenset({Reliability})
