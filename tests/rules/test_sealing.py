"""Sealed secrets: unreadable as stored, readable after SECRET_KEY was changed, never silently wrong.

What becomes of a subscription whose secret cannot be read is in test_delivering.py.
"""

import pytest
from django.test import override_settings

from incidents.rules.delivery.sealing import SealError, seal, unseal
from tests.webhooks import subscribe

pytestmark = pytest.mark.django_db


def test_a_secret_is_stored_sealed_and_read_with_an_earlier_secret_key() -> None:
    webhook, secret = subscribe()
    assert secret.startswith("whsec_")
    assert len(secret) > 40
    assert webhook.secret.startswith("1:")
    assert secret.removeprefix("whsec_") not in webhook.secret
    with override_settings(SECRET_KEY="another key of fifty characters, 0123456789, or more"):
        with pytest.raises(SealError, match="SECRET_KEY_FALLBACKS"):
            unseal(webhook.secret)
        with override_settings(SECRET_KEY_FALLBACKS=["tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"]):
            assert unseal(webhook.secret) == secret
    with pytest.raises(SealError):
        unseal(seal(secret).replace("1:", "2:", 1))
