"""How the API describes itself: licences, citation, state of the log, addresses, kinds of problem."""

from typing import Any

from rest_framework import serializers

from incidents.documents.fields import COUNT_MAX


class Licence(serializers.Serializer[Any]):
    """The terms of a part of the data, and whom to name."""

    covers = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()
    attribution = serializers.CharField()
    citations = serializers.ListField(child=serializers.CharField())


class Rulesets(serializers.Serializer[Any]):
    """The rules by which figures are derived, by name and version."""

    estimates = serializers.CharField()
    totals = serializers.CharField()


class ProblemKind(serializers.Serializer[Any]):
    """A kind of problem, as `type` of problem details names it."""

    type = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    title = serializers.CharField()


class About(serializers.Serializer[Any]):
    """What this is, on what terms it may be used, and where everything is."""

    name = serializers.CharField()
    description = serializers.CharField()
    version = serializers.CharField(help_text="Of the API.")
    seq = serializers.IntegerField(min_value=0, max_value=COUNT_MAX, help_text="The log's last sequence number.")
    rulesets = Rulesets()
    licences = Licence(many=True)
    how_to_cite = serializers.CharField()
    contact = serializers.CharField(allow_null=True)
    documentation = serializers.URLField()
    openapi = serializers.URLField()
    links = serializers.DictField(child=serializers.URLField(), help_text="The resources by name.")
    problems = ProblemKind(many=True)
