"""The site of the admin's pages: Django's own, but that the list of all tables is made only where a page shows it.

And that what its pickers suggest is written down like any list.

Which pages there are and how the list is grouped is said in incidents/admin/.
"""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string


class Desk(AdminSite):
    """Django makes the list for a sidebar on every page, a third of what a page takes; ours has no sidebar."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        listed = super().get_app_list
        return SimpleLazyObject(lambda: listed(request, app_label))

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """What a picker suggests; named by its path, since the site is made before there are models."""
        return import_string("incidents.admin.audited.Suggestions").as_view(admin_site=self)(request)
