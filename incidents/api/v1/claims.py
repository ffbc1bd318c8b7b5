"""Claims: a source says, in a document, how many suffered what; each with its trace through the estimates.

A claim has no version of its own: its state is the sequence number of its incident's document.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from incidents import choices
from incidents.api.filters import Filter, FilterSet, IncidentIds, after_seq, codes, ids, out_of_order
from incidents.api.parameters import Boolean, Day
from incidents.api.problems import ParameterError
from incidents.api.stored import ReadOnly
from incidents.documents.claims import PublicClaim as ClaimDocument
from incidents.models import PublicClaim


class ClaimFilter(FilterSet):
    """Filters of claims."""

    id = Filter(ids("Only these claims."), "public_id__in")
    incident = Filter(IncidentIds("Of these incidents."), "incident__public_id__in")
    asserted_by = Filter(ids("Asserted by one of these sources."), "asserted_by__in")
    measure = Filter(codes("What was counted.", choices.Measure, "killed"), "measure__in")
    status = Filter(codes("Status of the persons counted.", choices.PersonStatus, "civilian"), "status__in")
    as_of = Filter(Day("As of exactly this day.", example="2025-03-08"), "as_of")
    as_of_from = Filter(Day("As of this day or later.", example="2025-03-06"), "as_of__gte")
    as_of_to = Filter(Day("As of this day or earlier.", example="2025-03-31"), "as_of__lte")
    retracted = Filter(Boolean("Whether it was retracted, by its source or by the desk.", example="false"), "retracted")
    after_seq = after_seq()

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> Iterator[ParameterError]:
        yield from out_of_order(values, "as_of_from", "as_of_to")


class Claims(ReadOnly):
    """Who says how many, in which document, and what became of it: used or set aside for each estimate, and why."""

    resource = "claims"
    singular = "claim"
    model = PublicClaim
    document = ClaimDocument
    filterset = ClaimFilter
    state = "seq"
