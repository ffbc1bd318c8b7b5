"""The sentences by which publishing is refused; when it is, publishing.py says."""

from typing import Any

from incidents import choices
from incidents.models import Incident
from incidents.rules.sentences import Sentence, worded


class PublishingError(Exception):
    """A publication that the rules refuse; the message says why and what to do instead."""


WRITE_WHY = worded("Write the reason: it stands in the public log for good.")


def merged(incident: Incident) -> Sentence:
    """That it went into another incident."""
    told = "%(incident)s was merged into %(survivor)s; publish that one."
    return worded(told, incident=incident, survivor=incident.merged_into)


def told_elsewhere(incident: Incident, other: Incident) -> Sentence:
    """That a claim which was moved to it is public as another one's."""
    told = (
        "A claim of %(incident)s was moved there from %(other)s and is public as a claim of that one still; publish "
        "%(other)s first, which then reads without it."
    )
    return worded(told, incident=incident, other=other)


def severe(incident: Incident) -> Sentence:
    """That its sensitivity hides it."""
    told = "%(incident)s has the sensitivity %(level)s, which allows no public document; lower it to publish."
    return worded(told, incident=incident, level=choices.Sensitivity.SEVERE)


def never_published(record: Any) -> Sentence:
    """That there are no versions to empty."""
    return worded("%(record)s is not published, so it has no earlier versions to redact.", record=record)


def not_published(record: Any) -> Sentence:
    """That there is nothing to withdraw."""
    return worded("%(record)s is not published, so it cannot be withdrawn.", record=record)


def named(record: Any) -> Sentence:
    """That others of the public name it."""
    return worded("%(record)s is named by published records; withdraw or change those first.", record=record)


def nothing_public(record: Any) -> Sentence:
    """That no document would come of it."""
    return worded("%(record)s would have no public document.", record=record)


def no_reason_code(given: str) -> Sentence:
    """That a code is none."""
    told = "'%(given)s' is not a reason code; write one of %(codes)s."
    return worded(told, given=given, codes=choices.ReasonCode)
