"""Factories for those who come in and what they send: organisations, accounts, keys, submissions, decisions.

What a key or a submission is worth in practice is made by the rules, see tests/keys.py and tests/contributions.py.
"""

# factory-boy says that it is typed and is not.
# mypy: disallow-untyped-calls=False

from uuid import uuid4

from factory.declarations import LazyFunction, SelfAttribute, Sequence, SubFactory

from incidents import models
from tests.factories import Made, UserFactory


class OrganisationFactory(Made[models.Organisation]):
    """An organisation without a source of its own."""

    class Meta:
        model = models.Organisation

    name = Sequence(lambda n: f"Monitors {n}")


class AccountFactory(Made[models.Account]):
    """A contributor; the groups and the desk of a role come with rules/accounts/access.py's set_role."""

    class Meta:
        model = models.Account

    user = SubFactory(UserFactory)
    organisation = SubFactory(OrganisationFactory)
    role = "contributor"


class ApiKeyFactory(Made[models.ApiKey]):
    """A row of a key that nobody has; one that opens is made by tests/keys.py."""

    class Meta:
        model = models.ApiKey

    organisation = SubFactory(OrganisationFactory)
    owner = SubFactory(UserFactory)
    name = "nightly import"
    prefix = Sequence(lambda n: f"k{n:09d}")
    digest = "0" * 64
    pepper_version = 1


class SubmissionFactory(Made[models.Submission]):
    """A row as it stands after it was sent; its content is not looked at."""

    class Meta:
        model = models.Submission

    organisation = SubFactory(OrganisationFactory)
    author = SubFactory(UserFactory)
    type = "incident"
    content = {"type": "incident"}


class SubmissionPartFactory(Made[models.SubmissionPart]):
    class Meta:
        model = models.SubmissionPart

    submission = SubFactory(SubmissionFactory)
    pointer = Sequence(lambda n: f"/sources/{n}")
    kind = "source"
    as_written = "Civil Peace Group - Seen"
    outcome = "waiting"


class SubmissionStepFactory(Made[models.SubmissionStep]):
    class Meta:
        model = models.SubmissionStep

    submission = SubFactory(SubmissionFactory)
    action = "submit"
    to_state = "submitted"
    by = SelfAttribute("submission.author")


class RecognitionFactory(Made[models.Recognition]):
    class Meta:
        model = models.Recognition

    organisation = SubFactory(OrganisationFactory)
    kind = "source"
    folded = Sequence(lambda n: f"civil peace group {n}")
    object_id = LazyFunction(uuid4)


class DecisionFactory(Made[models.Decision]):
    class Meta:
        model = models.Decision

    action = "publish"
    kind = "incident"
    object_id = LazyFunction(uuid4)
    reason = "Three sources."
    proposed_by = SubFactory(UserFactory)


class IdempotentRequestFactory(Made[models.IdempotentRequest]):
    class Meta:
        model = models.IdempotentRequest

    organisation = SubFactory(OrganisationFactory)
    key = Sequence(lambda n: f"night-{n}")
    digest = "0" * 64
    status = 201
    body = "{}"
