"""Every column of the working record that holds words: never public, or public where its record is.

A column that is in neither list fails the test: whoever adds one decides. Codes of vocabularies are no words.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import CharField, JSONField, Model, TextField

from incidents.rules.accounts.public_role import READABLE

PRIVATE = {
    "Source": "reliability_reason",
    "CustodyEvent": "by note",
    "Organisation": "name contact notes",
    "ApiKey": "name prefix digest scopes networks",
    "Incident": "notes published_sensitivity",
    "Merge": "field_choices moved_claims restore undo_reason",
    "Submission": "external_scheme external_key note content possible_duplicates differences",
    "SubmissionPart": "pointer kind as_written object_id proposals table before",
    "SubmissionStep": "from_state reason",
    "Recognition": "kind folded",
    "Decision": "kind details reason decision_reason",
    "IdempotentRequest": "key digest headers body",
    "DuplicateCandidate": "facts_digest reasons note",
    "Webhook": "name url kinds events state_reason secret earlier_secret",
    "WebhookMessage": "message_id payload",
    "AuditEntry": "key_prefix kind object_id reason request_id values_digest previous_hash hash",
    "AuditValues": "salt values",
    "AuditHead": "hash",
    "User": "username first_name last_name email password",
    "PublicMention": "holder_kind",
}
"""Never in any public answer, whatever the record."""

PUBLIC = {
    "Source": "names",
    "Document": "title language url archive_url sha256 sha256_of seen_at rights",
    "Actor": "names",
    "ActorAlias": "name language",
    "ActorReference": "scheme key",
    "Incident": "title summary country place_text place_names grade_reason",
    "IncidentReference": "scheme key",
    "TargetedGroup": "group",
    "IncidentRelation": "reason",
    "Merge": "reason",
    "Investigation": "names independence_note mandate facts",
    "InvestigationEvent": "note",
    "Deadline": "basis",
    "Recommendation": "text addressed_to",
    "Statement": "demands summary",
    "Claim": "locator quote unit_as_written method based_on based_on_dates retraction_reason",
    "EstimateOverride": "role reason",
}
"""Public where the record is, as far as its sensitivity, its source and its document allow."""


def declared(listed: dict[str, str]) -> set[str]:
    return {f"{model}.{column}" for model, columns in listed.items() for column in columns.split()}


def tables() -> Iterator[type[Model]]:
    """The tables of the working record; histories repeat them and are read by nobody but the desk."""
    every: list[type[Model]] = [*apps.get_app_config("incidents").get_models(), User]
    for model in every:
        if model not in READABLE and not hasattr(model, "history_id"):
            yield model


def words_of(model: type[Model]) -> list[Any]:
    """The columns of a table that hold words."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField | JSONField) and not getattr(field, "choices", None)
    ]
