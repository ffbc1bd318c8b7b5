"""The root of the API: what this is, under which licences, how to cite it, and where everything is.

The licences of each file stand in seeds/ATTRIBUTION.md and fixtures/ATTRIBUTION.md; here is what a user must do.
"""

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request

from incidents.api.base import Resource, head_seq
from incidents.api.operations import Operation
from incidents.api.problems import KINDS, TYPE_PREFIX
from incidents.api.renderers import compact
from incidents.documents.about import About as Document
from incidents.rules.figures.containment import CONTAINMENT
from incidents.rules.figures.facts import RULESET

CC_BY = "https://creativecommons.org/licenses/by/4.0/"
LICENCES = (
    {
        "covers": "Records coded by this database: incidents, claims, attributions, investigations, derived figures.",
        "name": "CC BY 4.0",
        "url": CC_BY,
        "attribution": "Name this database and the sequence number of the log you used; figures belong to their "
        "sources, so name the source of a claim as well.",
        "citations": [],
    },
    {
        "covers": "Events with an external reference of the scheme ucdp-ged: the UCDP Georeferenced Event Dataset.",
        "name": "CC BY 4.0",
        "url": CC_BY,
        "attribution": "Uppsala Conflict Data Program (UCDP), Uppsala University, https://ucdp.uu.se/downloads/. "
        "Changes: re-serialised, two free-text columns removed, mapped to this database's documents.",
        "citations": [
            (
                "Sundberg, Ralph, and Erik Melander (2013) Introducing the UCDP Georeferenced Event Dataset. "
                "Journal of Peace Research 50(4): 523-532."
            ),
            (
                "Högbladh, Stina (2019) UCDP GED Codebook version 19.1. Department of Peace and Conflict Research, "
                "Uppsala University."
            ),
            (
                "Davies, Shawn, Therese Pettersson and Magnus Öberg (2023) Organized violence 1989-2022 and the "
                "return of conflicts between states? Journal of Peace Research 60(4)."
            ),
        ],
    },
    {
        "covers": "Places: P-codes, names of countries and administrative areas.",
        "name": "CC BY 3.0 IGO",
        "url": "https://creativecommons.org/licenses/by/3.0/igo/",
        "attribution": "UN OCHA, Global P-Code list and Countries & Territories Taxonomy, via the Humanitarian Data "
        "Exchange, and each country's COD-AB source.",
        "citations": [],
    },
    {
        "covers": "Places in Syria: third administrative level, Arabic names, settlements.",
        "name": "CC BY 4.0",
        "url": CC_BY,
        "attribution": "OpenSyria Data Geography, after UN OCHA COD-AB Syria, geoBoundaries, GeoNames and Wikidata; "
        "GeoNames, https://www.geonames.org/.",
        "citations": [],
    },
)


def root(resources: Iterable[type[Resource]]) -> type[Resource]:
    """The resource at the root of a version that has these ``resources``."""
    listed = {
        each.resource: operation.id
        for each in resources
        for operation in each.operations.values()
        if not operation.path
    }

    class About(Resource):
        """What this is, on what terms it may be used, and where everything is."""

        operations = {
            "one": Operation(
                id="about_get",
                path="",
                summary="About this API",
                description="Its version, the last number of the log, and where everything is.",
                answer=Document,
                conditional=True,
            )
        }

        def one(self, request: Request) -> HttpResponse:
            """Licences, citation, rulesets, addresses."""
            seq = head_seq()
            here = settings.SITE_URL or self.absolute("/").rstrip("/")
            content = {
                "name": settings.SPECTACULAR_SETTINGS["TITLE"],
                "description": settings.SPECTACULAR_SETTINGS["DESCRIPTION"],
                "version": request.version,
                "seq": seq,
                "rulesets": {"estimates": RULESET, "totals": CONTAINMENT},
                "licences": LICENCES,
                "how_to_cite": f"{settings.SPECTACULAR_SETTINGS['TITLE']}, sequence number {seq}, {here}, and the "
                "date of access. Cite the sources of the claims you use, and UCDP for its events.",
                "contact": settings.CONTACT_EMAIL or None,
                "documentation": self.absolute("/api/docs/"),
                "openapi": self.absolute(f"{request.path}schema/"),
                "links": {name: self.absolute(self.address(operation)) for name, operation in listed.items()},
                "problems": [
                    {"type": TYPE_PREFIX + kind, "status": status, "title": title}
                    for kind, (status, title) in KINDS.items()
                ],
            }
            return self.digested(request, self.answer(compact(Document(content).data), seq=seq))

    return About
