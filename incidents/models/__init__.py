"""Room 1: what is stored. Import models from here."""

from incidents.models import among  # noqa: F401  (the lookup is known once it is imported)
from incidents.models.access import Account, ApiKey, Organisation
from incidents.models.actors import Actor, ActorAlias, ActorReference, ActorRelation
from incidents.models.audit import AuditEntry, AuditHead, AuditValues, Checkpoint
from incidents.models.claims import Attribution, Claim, ClaimCell, EstimateOverride
from incidents.models.duplicates import DuplicateCandidate
from incidents.models.incidents import (
    Incident,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
    Merge,
    TargetedGroup,
)
from incidents.models.investigations import (
    Deadline,
    Investigation,
    InvestigationEvent,
    Recommendation,
    Scope,
    Statement,
)
from incidents.models.moderation import (
    Decision,
    IdempotentRequest,
    Recognition,
    Submission,
    SubmissionPart,
    SubmissionStep,
)
from incidents.models.places import AdminArea, AreaClosure, AreaName
from incidents.models.public import (
    PublicClaim,
    PublicContainment,
    PublicDocument,
    PublicIncident,
    PublicIncidentAct,
    PublicIncidentActor,
    PublicIncidentArea,
    PublicIncidentReference,
    PublicInvestigation,
    PublicInvestigationIncident,
    PublicMention,
    PublicObject,
    PublicPerpetrator,
    PublicSource,
    Restatement,
)
from incidents.models.publications import LogHead, Publication, PublicationBody, PublicRelease
from incidents.models.sources import CustodyEvent, Document, Source
from incidents.models.tallies import PublicRollup, Tally
from incidents.models.vocabularies import Term, TermLabel, TermMapping
from incidents.models.webhooks import MissedDeadline, Webhook, WebhookAttempt, WebhookMessage

__all__ = [
    "Account",
    "Actor",
    "ActorAlias",
    "ActorReference",
    "ActorRelation",
    "AdminArea",
    "ApiKey",
    "AreaClosure",
    "AreaName",
    "Attribution",
    "AuditEntry",
    "AuditHead",
    "AuditValues",
    "Checkpoint",
    "Claim",
    "ClaimCell",
    "CustodyEvent",
    "Deadline",
    "Decision",
    "Document",
    "DuplicateCandidate",
    "EstimateOverride",
    "IdempotentRequest",
    "Incident",
    "IncidentAct",
    "IncidentReference",
    "IncidentRelation",
    "Investigation",
    "InvestigationEvent",
    "LogHead",
    "Merge",
    "MissedDeadline",
    "Organisation",
    "PublicClaim",
    "PublicContainment",
    "PublicDocument",
    "PublicIncident",
    "PublicIncidentAct",
    "PublicIncidentActor",
    "PublicIncidentArea",
    "PublicIncidentReference",
    "PublicInvestigation",
    "PublicInvestigationIncident",
    "PublicMention",
    "PublicObject",
    "PublicPerpetrator",
    "PublicRelease",
    "PublicRollup",
    "PublicSource",
    "Publication",
    "PublicationBody",
    "Recognition",
    "Recommendation",
    "Restatement",
    "Scope",
    "Source",
    "Statement",
    "Submission",
    "SubmissionPart",
    "SubmissionStep",
    "Tally",
    "TargetedGroup",
    "Term",
    "TermLabel",
    "TermMapping",
    "Webhook",
    "WebhookAttempt",
    "WebhookMessage",
]
