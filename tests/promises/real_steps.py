"""What anybody may try to do to real objects, by the API and by the admin, each with a body that could be taken.

The rows are made by people of none of the tested roles, so that only role and scope decide. Nothing here judges.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from django.utils import timezone

from incidents import models
from incidents.admin.proposing import merge_address
from incidents.choices import DecisionAction
from incidents.choices import SubmissionAction as Action
from incidents.rules.accounts.keys import create_key
from incidents.rules.delivery import webhooks
from incidents.rules.desk import deciding
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.submitting import Sender
from tests.admin.forms import filled
from tests.admin.test_reverting import repeated
from tests.contributions import country, with_reference
from tests.factories import ClaimFactory, DuplicateCandidateFactory, IncidentFactory, UserFactory
from tests.keys import organisation, somebody

API, REASON = "/api/v1/", "Two sources agree"
CODED = {"reason_code": "correction", "reason": REASON}
WEBHOOK: dict[str, Any] = {"name": "our archive", "url": "https://hooks.example.org/incidents"}


@dataclass(frozen=True)
class Step:
    """One request: to the API with a JSON body, or a form of the admin."""

    method: str
    url: str
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def by_api(self) -> bool:
        return self.url.startswith(API)

    def take(self, client: Client) -> Any:
        """The answer; If-Match is any version."""
        if not self.by_api and self.method != "POST":
            return client.generic(self.method, self.url, encode_multipart(BOUNDARY, self.body), MULTIPART_CONTENT)
        if self.by_api:
            headers: Any = {"if-match": "*"}
            return client.generic(
                self.method, self.url, _json(self.body), content_type="application/json", headers=headers
            )
        return client.post(self.url, self.body)


def _json(body: dict[str, Any]) -> str:
    return Client()._encode_json(body, "application/json")  # type: ignore[attr-defined, no-any-return]


# What a step may change: the columns that say what became of something.
WATCHED: dict[type[Any], tuple[str, ...]] = {
    models.Submission: ("pk", "state", "content", "assignee"),
    models.SubmissionPart: ("pk", "outcome", "object_id"),
    models.Decision: ("pk", "state"),
    models.Publication: ("seq",),
    models.Webhook: ("pk", "name", "state", "secret"),
    models.DuplicateCandidate: ("pk", "decision"),
    models.ApiKey: ("pk", "revoked_at"),
    models.Organisation: ("pk",),
    models.Incident: ("pk", "sensitivity", "merged_into", "notes"),
}


def watched() -> list[Any]:
    found = [list(model._default_manager.order_by("pk").values_list(*names)) for model, names in WATCHED.items()]
    return [*found, list(models.AuditValues.objects.filter(values=None).values_list("pk"))]


def outcome(client: Client, step: Step) -> str:
    """The status, with a plus where something was done; all of it is taken back."""
    before = watched()
    with transaction.atomic():
        status = step.take(client).status_code
        done = watched() != before
        transaction.set_rollback(True)
    return f"{status}+" if done else str(status)


class Rows:
    """One object in each state that a step begins in, of the organisation that every tested key belongs to."""

    def __init__(self) -> None:
        country()
        works_for = organisation()
        self.sender = Sender(works_for, somebody("contributor", works_for))
        self.first = somebody("moderator", organisation("Desk"))
        self.second = somebody("lead", organisation("Desk"))
        self.sent = self.submission("sent")
        self.reviewed = self.submission("reviewed", Action.CLAIM)
        self.approved = self.submission("approved", Action.CLAIM, Action.APPROVE)
        self.published = self.submission("published", Action.CLAIM, Action.APPROVE, Action.PUBLISH)
        self.returned = self.submission("returned", Action.CLAIM, Action.REQUEST_CHANGES)
        self.named = self.submission("named", Action.CLAIM)
        self.named.parts.filter(kind="actor").update(outcome="waiting", object_id="")
        self.part = self.named.parts.get(kind="actor")
        # In nobody's hands, so that it is the role that lets somebody decide.
        models.Submission.objects.filter(pk__in=(self.reviewed.pk, self.named.pk)).update(assignee=None)
        self.draft, self.public, self.other = (self.incident() for _ in range(3))
        publish([self.public, self.other])
        self.left = self.left_in_the_log()
        self.proposed = deciding.propose(
            DecisionAction.PUBLISH, self.draft, by=self.first, reason=REASON, reason_code="new_information"
        )
        self.untouched = self.incident()
        self.webhook, _ = webhooks.subscribe(works_for, **WEBHOOK, by=self.sender.author)
        self.pair = DuplicateCandidateFactory(first=self.public, second=self.other)
        self.key = create_key(organisation=works_for, owner=self.sender.author, name="to be revoked").key
        self.entry = models.AuditEntry.objects.filter(kept__values__isnull=False).latest("seq")

    def submission(self, key: str, *actions: Action) -> models.Submission:
        submission = submitting.submit(self.sender, with_reference(key))
        for action in actions:
            by = self.second if action == Action.PUBLISH else self.first
            for part in submission.parts.filter(outcome="waiting") if action == Action.APPROVE else ():
                moderating.resolve(part, by=by, object_id=None)
            submission = moderating.act(submission, action, by=by, reason=REASON)
        return submission

    def left_in_the_log(self) -> models.Publication:
        """A row of a record that is gone."""
        gone = IncidentFactory()
        publish([gone])
        withdraw(gone, reason_code="correction", reason=REASON)
        key = gone.public_id
        gone.delete()
        return models.Publication.objects.filter(object_id=key).latest("seq")

    def incident(self) -> models.Incident:
        incident = IncidentFactory(sensitivity="moderate")
        ClaimFactory(incident=incident)
        models.Incident.history.all().update(history_user=self.first)
        return incident


def by_api(rows: Rows) -> dict[str, Step]:
    """{name: step} of the API."""
    sent, decisions, hooks = f"{API}submissions/", f"{API}decisions/", f"{API}webhooks/"
    days = [(timezone.now() + timedelta(days=number)).isoformat() for number in (-1, 1)]
    named = {"organisation": rows.sender.organisation.name, "sent_from": days[0], "sent_before": days[1]}
    found: dict[str, Step] = {
        "send": Step("POST", sent, with_reference("new")),
        "send many": Step("POST", f"{sent}bulk/", {"items": [with_reference("new")], "atomic": True}),
        "change what was sent": Step(
            "PATCH", f"{sent}{rows.sent.public_id}/", with_reference("sent") | {"note": "Read again."}
        ),
        "send by external id": Step("PUT", f"{sent}by-external-id/partner/new/", with_reference("new")),
        "undo a period": Step("POST", f"{sent}undo/", named | {"reason": REASON}),
        "name": Step("POST", f"{sent}{rows.named.public_id}/names/", {"pointer": rows.part.pointer}),
        "make a webhook": Step("POST", hooks, WEBHOOK),
        "change a webhook": Step("PUT", f"{hooks}{rows.webhook.public_id}/", WEBHOOK | {"name": "another"}),
        "pause a webhook": Step(
            "POST", f"{hooks}{rows.webhook.public_id}/actions/", {"action": "pause", "reason": "We move"}
        ),
        "change the secret of a webhook": Step(
            "POST", f"{hooks}{rows.webhook.public_id}/actions/", {"action": "rotate_secret"}
        ),
    }
    begins = {
        Action.CLAIM: rows.sent, Action.RELEASE: rows.reviewed, Action.REQUEST_CHANGES: rows.reviewed,
        Action.APPROVE: rows.reviewed, Action.REJECT: rows.reviewed, Action.SEND_BACK: rows.approved,
        Action.PUBLISH: rows.approved, Action.UNDO: rows.published, Action.WITHDRAW: rows.sent,
    }  # fmt: skip
    for action, submission in begins.items():
        body: dict[str, Any] = {"action": action.value, "reason": REASON}
        found[f"{action.value} a submission"] = Step("POST", f"{sent}{submission.public_id}/actions/", body)
        body = body | {"ids": [str(submission.public_id)]}
        found[f"{action.value} many submissions"] = Step("POST", f"{sent}actions/", body)
    asked: dict[str, tuple[models.Incident, dict[str, Any]]] = {
        "publish": (rows.untouched, {"reason_code": "correction"}),
        "withdraw": (rows.public, {"reason_code": "correction"}),
        "redact": (rows.public, {}),
        "merge": (rows.public, {"absorbed": str(rows.other.public_id)}),
        "lower_sensitivity": (rows.public, {"sensitivity": "low"}),
    }
    for name, (record, more) in asked.items():
        body = {"action": name, "kind": "incident", "object_id": str(record.public_id), "reason": REASON}
        found[f"propose to {name}"] = Step("POST", decisions, body | more)
    pair = f"{API}duplicates/{rows.pair.public_id}/actions/"
    found["tell a pair apart"] = Step("POST", pair, {"action": "not_duplicates", "reason": REASON})
    survivor = {"survivor": str(rows.public.public_id), "take_from_absorbed": ["title"]}
    found["propose to merge a pair"] = Step("POST", pair, {"action": "propose_merge", "reason": REASON} | survivor)
    acts = f"{decisions}{rows.proposed.public_id}/actions/"
    found["confirm"] = Step("POST", acts, {"action": "confirm"})
    found["decline"] = Step("POST", acts, {"action": "decline", "reason": REASON})
    return {f"api: {name}": step for name, step in found.items()}


def by_admin(rows: Rows) -> dict[str, Step]:
    """{name: step} of the admin: every action of its lists, and the forms that change something."""

    def chosen(model: str, action: str, row: Any, **more: str) -> Step:
        given = {"action": action, "_selected_action": [row.pk], "asked": "1", "reason": REASON, **more}
        return Step("POST", reverse(f"admin:incidents_{model}_changelist"), given)

    # What a page shows is sent back with it; who may see it is another's matter.
    looking = Client()
    looking.force_login(UserFactory(is_staff=True, is_superuser=True))
    merging, undoing = merge_address(rows.public, rows.other), reverse("admin:incidents_submission_undo")
    period = {"organisation": str(rows.sender.organisation.pk), "sent_from": "2020-01-01T00:00:00"}
    shown = filled(looking, merging) | {"with": str(rows.other.pk), "reason": REASON}

    def form(name: str, row: Any, prefix: str = "", **given: Any) -> Step:
        values = {f"{prefix}{key}": value for key, value in given.items()}
        return Step("POST", reverse(f"admin:incidents_incident_{name}", args=[row.pk]), values)

    record = reverse("admin:incidents_incident_change", args=[rows.untouched.pk])
    changed = filled(looking, record) | {"notes": REASON}
    begins = {
        Action.CLAIM: rows.sent, Action.RELEASE: rows.reviewed, Action.REQUEST_CHANGES: rows.reviewed,
        Action.APPROVE: rows.reviewed, Action.REJECT: rows.reviewed, Action.SEND_BACK: rows.approved,
        Action.PUBLISH: rows.approved, Action.UNDO: rows.published,
    }  # fmt: skip
    found = {f"{action.value} submissions": chosen("submission", action.value, row) for action, row in begins.items()}
    found |= {
        "match a name": chosen("submissionpart", "match", rows.part, object_id="new"),
        "confirm": chosen("decision", "confirm", rows.proposed),
        "decline": chosen("decision", "decline", rows.proposed),
        "say that two are two": chosen("duplicatecandidate", "not_duplicates", rows.pair, note=REASON),
        "propose to publish many": chosen("incident", "publish_selected", rows.untouched, **CODED),
        "propose to publish": form("publish", rows.untouched, **CODED),
        "propose to withdraw": form("withdraw", rows.public, "withdraw-", **CODED),
        "propose to lower": form("lower", rows.public, "lower-", sensitivity="low", reason=REASON),
        "propose to redact": form("redact", rows.public, "redact-", reason=REASON),
        "propose to merge": Step("POST", merging, shown),
        "propose to empty what is gone": chosen("publication", "empty", rows.left, reason=REASON),
        "erase values": chosen("auditentry", "erase_values", rows.entry),
        "revoke a key": chosen("apikey", "revoke", rows.key, confirmed="1"),
        "pause a webhook": chosen("webhook", "pause", rows.webhook),
        "disable a webhook": chosen("webhook", "disable", rows.webhook),
        "change its secret": chosen("webhook", "rotate", rows.webhook),
        "make an organisation": Step("POST", reverse("admin:incidents_organisation_add"), {"name": "Made by hand"}),
        "change a record": form("change", rows.untouched, **changed),
        "delete a record": form("delete", rows.untouched, post="yes"),
        "undo a period": Step("POST", undoing, repeated(looking.post(undoing, period)) | {"reason": REASON}),
    }
    return {f"admin: {name}": step for name, step in found.items()}


def all_of(rows: Rows) -> dict[str, Step]:
    """Every step there is."""
    return by_api(rows) | by_admin(rows)
