"""Inquiries, their events and outcomes, and public statements.

Values are public and frozen; a new term is an addition, never a change.
"""

from django.db.models import TextChoices


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
    RETRACTED = "retracted", "Retracted"


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
