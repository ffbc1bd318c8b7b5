"""Version 1 of the API: the whole surface on one screen, one file a resource."""

from pathlib import Path

from incidents.api.base import Resource
from incidents.api.v1.changes import Changes
from incidents.api.v1.claims import Claims
from incidents.api.v1.decisions import Decisions
from incidents.api.v1.documents import Documents
from incidents.api.v1.duplicates import Duplicates
from incidents.api.v1.incidents import Incidents
from incidents.api.v1.investigations import Investigations
from incidents.api.v1.log import Log
from incidents.api.v1.perpetrators import Perpetrators
from incidents.api.v1.places import Places
from incidents.api.v1.releases import Releases
from incidents.api.v1.sources import Sources
from incidents.api.v1.submissions import Submissions
from incidents.api.v1.victims import Victims
from incidents.api.v1.vocabularies import Vocabularies
from incidents.api.v1.webhooks import Webhooks

RESOURCES: dict[str, type[Resource]] = {
    "incidents": Incidents,
    "victims": Victims,
    "perpetrators": Perpetrators,
    "investigations": Investigations,
    "claims": Claims,
    "documents": Documents,
    "sources": Sources,
    "places": Places,
    "vocabularies": Vocabularies,
    "changes": Changes,
    "log": Log,
    "releases": Releases,
    "submissions": Submissions,
    "duplicates": Duplicates,
    "decisions": Decisions,
    "webhooks": Webhooks,
}
DOCUMENT = Path(__file__).with_name("openapi.yaml")
