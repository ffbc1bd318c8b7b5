"""Sources: who publishes what the record relies on. Confidential ones have no document and are never listed."""

from incidents import choices
from incidents.api.filters import Filter, FilterSet, SearchFilter, after_seq, codes, ids
from incidents.api.versioned import StoredResource
from incidents.documents.sources import Source
from incidents.models import PublicSource


class SourceFilter(FilterSet):
    """Filters of sources."""

    id = Filter(ids("Only these sources."), "public_id__in")
    q = SearchFilter()
    kind = Filter(codes("Kind of source.", choices.SourceKind, "un_body"), "kind__in")
    after_seq = after_seq()


class Sources(StoredResource):
    """Who asserts something: monitors, governments, media, courts. Of confidential sources nothing is listed."""

    resource = "sources"
    singular = "source"
    kind = choices.PublicKind.SOURCE
    model = PublicSource
    document = Source
    filterset = SourceFilter
