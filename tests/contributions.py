"""What an organisation of the tests sends: the killings of Tuwaym as the article of 9 March 2025 has them, and parts.

Facts are those of the founding case; a test changes only what it is about.
"""

from copy import deepcopy
from typing import Any

from django.contrib.auth.models import User

from incidents.choices import SubmissionAction as Action
from incidents.models import Account, AdminArea, Organisation, Submission
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.submitting import Sender
from tests.factories import UserFactory

TUWAYM: dict[str, Any] = {
    "type": "incident",
    "external_reference": {"scheme": "partner", "key": "tuwaym-1"},
    "note": "From our press review.",
    "sources": [{"key": "seen", "kind": "local_monitor", "names": {"en": "Civil Peace Group - Seen"}}],
    "documents": [
        {
            "key": "article",
            "publisher": "seen",
            "type": "press_article",
            "title": {"en": "Killings on the coast"},
            "published_on": "2025-03-09",
            "url": "https://example.org/coast",
        }
    ],
    "actors": [
        {
            "key": "fighters",
            "type": "nonstate_armed",
            "identification": "category",
            "names": {"en": "Foreign fighters (unnamed)"},
        }
    ],
    "incident": {
        "kind": "killing_event",
        "title": {"en": "Killing of villagers of Tuwaym", "ar": "قتل أهالي قرية توايم"},
        "dates": {"start_earliest": "2025-03-07", "end_latest": "2025-03-07"},
        "place": {"country": "SYR", "text": "Tuwaym", "precision": "adm1"},
        "acts": [{"act": "massacre", "asserted_by": "seen", "document": "article"}],
    },
    "claims": [
        {
            "key": "killed",
            "asserted_by": "seen",
            "document": "article",
            "measure": "killed",
            "status": "civilian",
            "qualifier": "exact",
            "value": 31,
            "quote": "31, nine of them children and four women",
            "cells": [{"age_group": "child", "value": 9}, {"sex": "female", "age_group": "adult", "value": 4}],
        }
    ],
    "attributions": [
        {
            "actor": "fighters",
            "asserted_by": "seen",
            "document": "article",
            "role": "directly_carried_out",
            "extent": "part",
            "claim": "killed",
        }
    ],
}


def tuwaym(**changed: Any) -> dict[str, Any]:
    """The whole of it, with top-level members changed; None takes one out."""
    content = deepcopy(TUWAYM) | changed
    return {name: value for name, value in content.items() if value is not None}


def with_reference(key: str, **changed: Any) -> dict[str, Any]:
    """The same under another external reference."""
    return tuwaym(external_reference={"scheme": "partner", "key": key}, **changed)


def country() -> AdminArea:
    """The gazetteer's one country in the tests."""
    return AdminArea.objects.get_or_create(
        pcode="SYR", defaults={"level": 0, "country": "SYR", "names": {"en": "Syrian Arab Republic"}}
    )[0]


def sender(name: str = "Seen") -> Sender:
    """An organisation with a contributor who answers for what it sends."""
    country()
    organisation, _ = Organisation.objects.get_or_create(name=name)
    return Sender(organisation, person("contributor", organisation))


def person(role: str, organisation: Organisation | None = None) -> User:
    """A user with a role."""
    user = UserFactory()
    Account.objects.create(user=user, role=role, organisation=organisation)
    return user


def approved(content: Any, by: Sender | None = None) -> Submission:
    """Send it, take it for review, keep every name as it is written, and approve it; `first_reviewer` did."""
    submission, moderator = submitting.submit(by or sender(), content), person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    for part in submission.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=moderator, object_id=None)
    return moderating.act(submission, Action.APPROVE, by=moderator, reason="Two sources")


def approve_version(content: Any, by: Sender) -> Submission:
    """Send what has the external id of Tuwaym, again where it was sent before, and approve it."""
    submission, _ = submitting.put(by, "partner", "tuwaym-1", content)
    moderator = person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    return moderating.act(submission, Action.APPROVE, by=moderator, reason="Two sources")


def publish_version(content: Any, by: Sender) -> Submission:
    """The same, and publish it."""
    return moderating.act(approve_version(content, by), Action.PUBLISH, by=person("lead"))
