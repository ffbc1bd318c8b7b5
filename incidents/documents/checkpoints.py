"""How a signed head of the publication log reads; which heads are signed, and how, is rules/trail/checkpoints.py."""

from typing import Any

from rest_framework import serializers

from incidents.documents.fields import COUNT_MAX
from incidents.documents.log import LogMoment


class Checkpoint(serializers.Serializer[Any]):
    """The log as it stood, signed: keep it, and a log that was cut off or made anew is found out.

    `signature` is Ed25519 over the canonical JSON (RFC 8785) of `{"log": "publication", "seq", "hash", "at", "key_id"}`
    where `at` is `signed_at`, letter by letter. Compare the key with one that you have from elsewhere.
    """

    id = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    seq = serializers.IntegerField(
        min_value=0, max_value=COUNT_MAX, help_text="The last of the log when it was signed."
    )
    hash = serializers.CharField(help_text="Of that row, as in `/changes/`.")
    signed_at = LogMoment()
    key_id = serializers.CharField(help_text="The first 16 hexadecimal characters of SHA-256 over the public key.")
    public_key = serializers.CharField(help_text="32 bytes in base64.")
    signature = serializers.CharField(help_text="64 bytes in base64.")
