"""How a release reads: at which number of the log the record was frozen, how to cite it, and its files."""

from typing import Any

from rest_framework import serializers

from incidents.documents.fields import COUNT_MAX


class ReleaseFile(serializers.Serializer[Any]):
    """One file, packed by gzip; `sha256` is of the packed bytes."""

    name = serializers.CharField()
    media_type = serializers.CharField(help_text="Of what is packed in it.")
    records = serializers.IntegerField(min_value=0, max_value=COUNT_MAX)
    erased = serializers.IntegerField(
        min_value=0, max_value=COUNT_MAX, default=0,
        help_text="Objects of the record at that number that were erased since: the file has them not.",
    )  # fmt: skip
    kilobytes = serializers.IntegerField(min_value=0, max_value=COUNT_MAX, help_text="Of 1,024 bytes, rounded up.")
    sha256 = serializers.CharField()
    url = serializers.URLField()


class ReleaseSummary(serializers.Serializer[Any]):
    """A release by name."""

    name = serializers.CharField()
    seq = serializers.IntegerField(min_value=1, max_value=COUNT_MAX, help_text="The last of the log that it holds.")
    cut_at = serializers.DateTimeField(help_text="Later than the first time where it was cut again after an erasure.")
    citation = serializers.CharField()
    url = serializers.URLField()


class Release(ReleaseSummary):
    """A release with its files. `withheld`: something in them was erased since; they come back when cut again."""

    withheld = serializers.BooleanField()
    files = ReleaseFile(many=True)
