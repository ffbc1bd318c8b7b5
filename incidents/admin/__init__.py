"""Room 5: what moderators see. Importing it registers every table and gives it its name in the moderator's language.

base.py, records.py, asking.py, proposing.py and publishing.py hold what the pages share; each other file is a resource.
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from incidents.admin import (
    access,
    actors,
    audit,
    claims,
    decisions,
    duplicates,
    incidents,
    investigations,
    labels,
    log,
    merging,
    naming,
    places,
    sessions,
    sources,
    submissions,
    vocabularies,
    webhooks,
)

__all__ = [
    "access",
    "actors",
    "audit",
    "claims",
    "decisions",
    "duplicates",
    "incidents",
    "investigations",
    "log",
    "merging",
    "places",
    "sessions",
    "sources",
    "submissions",
    "vocabularies",
    "webhooks",
]

admin.site.site_header = _("Humanitarian incident database")
admin.site.site_title = _("Incident desk")
admin.site.index_title = _("The desk")
# The list of all tables stands on the first page, in groups; beside a form it would only take room.
admin.site.enable_nav_sidebar = False
labels.apply()
naming.apply()
log.register_index_tables()
