"""How the tables are grouped on the first page: the record, its parts, reference data, and what may only be read.

Which tables a person sees at all is a matter of permissions, decided before.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

APP = "incidents"
REST = "public"
# Key, name, whether it stands back, and the tables in their order; the last group takes what is named nowhere.
GROUPS: tuple[tuple[str, Promise, bool, tuple[str, ...]], ...] = (
    (
        "record",
        _("The record"),
        False,
        (
            "Incident", "Claim", "Attribution", "Actor", "Investigation", "Statement", "Source", "Document",
            "DuplicateCandidate",
        ),
    ),
    (
        "parts",
        _("Parts of the record"),
        True,
        (
            "IncidentAct", "TargetedGroup", "IncidentRelation", "IncidentReference", "Merge", "ClaimCell",
            "EstimateOverride", "ActorAlias", "ActorRelation", "ActorReference", "InvestigationEvent", "Deadline",
            "Scope", "Recommendation", "CustodyEvent",
        ),
    ),
    (
        "reference",
        _("Places and vocabularies"),
        True,
        ("AdminArea", "AreaName", "AreaClosure", "Term", "TermLabel", "TermMapping"),
    ),
    (
        "contributions",
        _("Contributions"),
        False,
        ("Submission", "SubmissionPart", "Decision", "SubmissionStep", "Recognition", "IdempotentRequest"),
    ),
    ("access", _("Who comes in"), False, ("Organisation", "Account", "ApiKey")),
    ("webhooks", _("Webhooks"), True, ("Webhook", "WebhookMessage", "WebhookAttempt", "MissedDeadline")),
    ("audit", _("Who did what"), True, ("AuditEntry", "AuditValues", "AuditHead", "Checkpoint")),
    (REST, _("What is public, to be read"), True, ("Publication", "PublicationBody", "LogHead")),
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Tables under one heading."""

    key: str
    name: Any
    quiet: bool
    models: list[Any]
    url: str = ""


def grouped(app_list: Iterable[Mapping[str, Any]]) -> Iterator[Group]:
    """The tables a person may open, ours in groups and before everybody else's."""
    apps = list(app_list)
    for app in apps:
        if app["app_label"] == APP:
            yield from _ours(app["models"])
    for app in apps:
        if app["app_label"] != APP:
            yield Group(app["app_label"], app["name"], True, app["models"], app["app_url"])


def _ours(models: Iterable[Mapping[str, Any]]) -> Iterator[Group]:
    by_name = {model["object_name"]: model for model in models}
    for key, name, quiet, tables in GROUPS:
        found = [by_name.pop(table) for table in tables if table in by_name]
        if key == REST:
            found += by_name.values()
        if found:
            yield Group(key, name, quiet, found)
