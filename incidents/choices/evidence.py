"""Who says so, where it stands, and how far it is believed.

Values are public and frozen; a new term is an addition, never a change.
"""

from django.db.models import TextChoices


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
