"""Who signed in and out, as entries of the audit chain: Django's signals, received from the start.

Refused attempts are not entries: anybody could make the chain grow by guessing.
"""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.dispatch import receiver

from incidents.choices import AuditAction
from incidents.rules.trail import auditing


@receiver(user_logged_in)
def signed_in(user: User, **_: Any) -> None:
    """Enter it; somebody who cannot be entered does not get in."""
    with transaction.atomic():
        auditing.record(action=AuditAction.SIGN_IN, obj=_subject(user), actor=user)


@receiver(user_logged_out)
def signed_out(user: User | None, **_: Any) -> None:
    """Enter it; whoever ends a session that had ended before is nobody."""
    if user is not None:
        with transaction.atomic():
            auditing.record(action=AuditAction.SIGN_OUT, obj=_subject(user), actor=user)


def _subject(user: User) -> tuple[str, str]:
    # Whoever signs out may be given as an object that stands for the user.
    return User._meta.model_name or "", str(user.pk)
