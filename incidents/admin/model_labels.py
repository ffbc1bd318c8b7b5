"""What the tables are called in the interface, one and many of each.

Their fields are in labels.py, which gives both to the models.
"""

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

MODELS: dict[str, tuple[Promise, Promise]] = {
    "Account": (_("account"), _("accounts")),
    "ApiKey": (_("key"), _("keys")),
    "Organisation": (_("organisation"), _("organisations")),
    "Actor": (_("actor"), _("actors")),
    "ActorAlias": (_("other name"), _("other names")),
    "ActorReference": (_("id in another system"), _("ids in other systems")),
    "ActorRelation": (_("relation to an actor"), _("relations to other actors")),
    "AdminArea": (_("administrative area"), _("administrative areas")),
    "AreaClosure": (_("link between areas"), _("links between areas")),
    "AreaName": (_("name of an area"), _("names of areas")),
    "Attribution": (_("attribution"), _("attributions")),
    "AuditEntry": (_("entry of the audit chain"), _("audit chain")),
    "AuditHead": (_("head of the audit chain"), _("head of the audit chain")),
    "AuditValues": (_("values of an audit entry"), _("values of audit entries")),
    "Checkpoint": (_("signed checkpoint"), _("signed checkpoints")),
    "Claim": (_("claim"), _("claims")),
    "ClaimCell": (_("part of a claim"), _("parts of claims")),
    "CustodyEvent": (_("step of custody"), _("chain of custody")),
    "Decision": (_("decision of two people"), _("decisions of two people")),
    "IdempotentRequest": (_("answer kept for repetition"), _("answers kept for repetition")),
    "Recognition": (_("recognised name"), _("recognised names")),
    "Submission": (_("submission"), _("submissions")),
    "SubmissionPart": (_("part of a submission"), _("parts of submissions")),
    "SubmissionStep": (_("step of a submission"), _("steps of submissions")),
    "Deadline": (_("deadline"), _("deadlines")),
    "Document": (_("document"), _("documents")),
    "DuplicateCandidate": (_("possible duplicate"), _("possible duplicates")),
    "EstimateOverride": (_("estimate by a moderator"), _("estimates by moderators")),
    "Incident": (_("incident"), _("incidents")),
    "IncidentAct": (_("act"), _("acts")),
    "IncidentReference": (_("external reference"), _("external references")),
    "IncidentRelation": (_("relation to an incident"), _("relations to other incidents")),
    "Investigation": (_("investigation"), _("investigations")),
    "InvestigationEvent": (_("event of an investigation"), _("timeline of investigations")),
    "LogHead": (_("head of the log"), _("head of the log")),
    "Merge": (_("merge"), _("merges")),
    "MissedDeadline": (_("missed deadline"), _("missed deadlines")),
    "PublicClaim": (_("published claim"), _("published claims")),
    "PublicContainment": (_("published containment"), _("published containments")),
    "PublicDocument": (_("published document"), _("published documents")),
    "PublicIncident": (_("published incident"), _("published incidents")),
    "PublicIncidentAct": (_("act of a published incident"), _("acts of published incidents")),
    "PublicIncidentActor": (_("actor of a published incident"), _("actors of published incidents")),
    "PublicIncidentArea": (_("area of a published incident"), _("areas of published incidents")),
    "PublicIncidentReference": (_("reference of a published incident"), _("references of published incidents")),
    "PublicInvestigation": (_("published investigation"), _("published investigations")),
    "PublicInvestigationIncident": (
        _("incident of a published investigation"),
        _("incidents of published investigations"),
    ),
    "PublicMention": (_("mention in a published document"), _("mentions in published documents")),
    "PublicPerpetrator": (_("published perpetrator"), _("published perpetrators")),
    "PublicRelease": (_("release"), _("releases")),
    "PublicRollup": (_("sum of tallies"), _("sums of tallies")),
    "PublicSource": (_("published source"), _("published sources")),
    "Publication": (_("row of the publication log"), _("publication log")),
    "PublicationBody": (_("body of a log row"), _("bodies of log rows")),
    "Recommendation": (_("recommendation"), _("recommendations")),
    "Restatement": (_("name to carry onwards"), _("names to carry onwards")),
    "Scope": (_("thing in scope"), _("scope")),
    "Source": (_("source"), _("sources")),
    "Statement": (_("statement"), _("statements")),
    "Tally": (_("tally"), _("tallies")),
    "TargetedGroup": (_("targeted group"), _("targeted groups")),
    "Term": (_("term"), _("vocabularies")),
    "TermLabel": (_("label of a term"), _("labels of terms")),
    "TermMapping": (_("mapping of a term"), _("mappings of terms")),
    "Webhook": (_("webhook"), _("webhooks")),
    "WebhookAttempt": (_("attempt to deliver"), _("delivery log of webhooks")),
    "WebhookMessage": (_("message to a webhook"), _("messages to webhooks")),
}

# In which table what a submission names is entered; a place stands in the incident itself.
KINDS: dict[str, Promise] = {
    "act": MODELS["IncidentAct"][0],
    "actor": MODELS["Actor"][0],
    "attribution": MODELS["Attribution"][0],
    "claim": MODELS["Claim"][0],
    "deadline": MODELS["Deadline"][0],
    "document": MODELS["Document"][0],
    "event": MODELS["InvestigationEvent"][0],
    "incident": MODELS["Incident"][0],
    "investigation": MODELS["Investigation"][0],
    "place": _("Place"),
    "scope": MODELS["Scope"][0],
    "source": MODELS["Source"][0],
    "targeted_group": MODELS["TargetedGroup"][0],
}


def name_of_kind(kind: str) -> str:
    """What the kind of a part of a submission is called; the kind itself where it has no name."""
    return capfirst(str(KINDS.get(kind, kind)))
