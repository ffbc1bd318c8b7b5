"""Every vocabulary of the record, as TextChoices whose values are public and frozen.

The class name is the name of the enum or vocabulary in the OpenAPI document. Labels here are
English; the reviewed labels in four languages and the mappings to other schemes are data in
``fixtures/``. GROWING names the vocabularies that will gain terms: they are plain strings in the
document, so that a new term never breaks a generated client.
"""

from django.db.models import TextChoices

from incidents.choices.access import AccountRole, KeyScope
from incidents.choices.actors import (
    ASSERTING_POSITIONS,
    PERPETRATING_ROLES,
    ActorRelationType,
    ActorType,
    AttributionStatus,
    Confidence,
    Extent,
    Identification,
    Position,
    Role,
)
from incidents.choices.audit import AuditAction, SignedLog
from incidents.choices.duplicates import DuplicateDecision
from incidents.choices.evidence import (
    CONFIDENTIAL_SOURCE_KINDS,
    PUBLISHABLE_CONSENTS,
    Consent,
    Credibility,
    CustodyEventKind,
    DocumentType,
    Reliability,
    SourceKind,
    StandardOfProof,
)
from incidents.choices.figures import (
    AgeGroup,
    Basis,
    Cause,
    ClaimOrigin,
    ClaimScope,
    Measure,
    Occupation,
    PersonStatus,
    Qualifier,
    RetractedBy,
    Sex,
    StatusBasis,
    Unit,
    VagueTerm,
)
from incidents.choices.incidents import (
    Act,
    Certainty,
    Clarity,
    DatePrecision,
    GeoMethod,
    GeoPrecision,
    Grade,
    Ground,
    IncidentKind,
    RelationType,
    Sensitivity,
    SiteType,
)
from incidents.choices.investigations import (
    Independence,
    InvestigationEventKind,
    InvestigationScope,
    InvestigationStatus,
    InvestigationType,
    Outcome,
    StatementKind,
)
from incidents.choices.moderation import (
    DecisionAction,
    DecisionState,
    DecisionStep,
    PartOutcome,
    SubmissionAction,
    SubmissionState,
    SubmissionType,
)
from incidents.choices.publication import (
    GIVEN_BY_PEOPLE,
    Language,
    MatchRelation,
    Operation,
    PublicKind,
    ReasonCode,
)
from incidents.choices.webhooks import DeliveryFault, MessageState, WebhookAction, WebhookEvent, WebhookState

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

INTERNAL: frozenset[type[TextChoices]] = frozenset(
    {
        AccountRole,
        AuditAction,
        DecisionAction,
        DecisionState,
        DecisionStep,
        DeliveryFault,
        DuplicateDecision,
        KeyScope,
        MessageState,
        Reliability,
        SignedLog,
        WebhookAction,
        WebhookEvent,
        WebhookState,
    }
)

__all__ = [
    "ASSERTING_POSITIONS",
    "CONFIDENTIAL_SOURCE_KINDS",
    "GIVEN_BY_PEOPLE",
    "GROWING",
    "INTERNAL",
    "PERPETRATING_ROLES",
    "PUBLISHABLE_CONSENTS",
    "AccountRole",
    "Act",
    "ActorRelationType",
    "ActorType",
    "AgeGroup",
    "AttributionStatus",
    "AuditAction",
    "Basis",
    "Cause",
    "Certainty",
    "ClaimOrigin",
    "ClaimScope",
    "Clarity",
    "Confidence",
    "Consent",
    "Credibility",
    "CustodyEventKind",
    "DatePrecision",
    "DecisionAction",
    "DecisionState",
    "DecisionStep",
    "DeliveryFault",
    "DocumentType",
    "DuplicateDecision",
    "Extent",
    "GeoMethod",
    "GeoPrecision",
    "Grade",
    "Ground",
    "Identification",
    "IncidentKind",
    "Independence",
    "InvestigationEventKind",
    "InvestigationScope",
    "InvestigationStatus",
    "InvestigationType",
    "KeyScope",
    "Language",
    "MatchRelation",
    "Measure",
    "MessageState",
    "Occupation",
    "Operation",
    "Outcome",
    "PartOutcome",
    "PersonStatus",
    "Position",
    "PublicKind",
    "Qualifier",
    "ReasonCode",
    "RelationType",
    "Reliability",
    "RetractedBy",
    "Role",
    "Sensitivity",
    "Sex",
    "SignedLog",
    "SiteType",
    "SourceKind",
    "StandardOfProof",
    "StatementKind",
    "StatusBasis",
    "SubmissionAction",
    "SubmissionState",
    "SubmissionType",
    "Unit",
    "VagueTerm",
    "WebhookAction",
    "WebhookEvent",
    "WebhookState",
]
