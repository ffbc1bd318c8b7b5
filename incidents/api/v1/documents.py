"""Documents: the single publications in which claims stand. Those whose consent forbids it are never listed."""

from collections.abc import Iterator, Mapping
from typing import Any

from incidents import choices
from incidents.api.filters import Filter, FilterSet, SearchFilter, after_seq, codes, ids, out_of_order
from incidents.api.parameters import Day
from incidents.api.problems import ParameterError
from incidents.api.versioned import StoredResource
from incidents.documents.sources import Document
from incidents.models import PublicDocument


class DocumentFilter(FilterSet):
    """Filters of documents."""

    id = Filter(ids("Only these documents."), "public_id__in")
    q = SearchFilter()
    type = Filter(codes("Type of document.", choices.DocumentType, "press_article"), "type__in")
    publisher = Filter(ids("Published by one of these sources."), "publisher__in")
    published_from = Filter(Day("Published on this day or later.", example="2025-03-06"), "published_on__gte")
    published_to = Filter(Day("Published on this day or earlier.", example="2025-03-31"), "published_on__lte")
    after_seq = after_seq()

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> Iterator[ParameterError]:
        yield from out_of_order(values, "published_from", "published_to")


class Documents(StoredResource):
    """Where it stands: articles, reports, releases, with their publisher, date and address."""

    resource = "documents"
    singular = "document"
    kind = choices.PublicKind.DOCUMENT
    model = PublicDocument
    document = Document
    filterset = DocumentFilter
