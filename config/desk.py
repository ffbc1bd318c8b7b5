"""The site of the admin's pages: Django's own, but that the list of all tables is made only where a page shows it.

And that what its pickers suggest is written down like any list.

Which pages there are and how the list is grouped is said in incidents/admin/.
"""

from http import HTTPStatus
from typing import Any

from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string


class Desk(AdminSite):
    """Django makes the list for a sidebar on every page, a third of what a page takes; ours has no sidebar."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        listed = super().get_app_list
        return SimpleLazyObject(lambda: listed(request, app_label))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One's own new password and its entry of the audit chain, which never says what it is, are set together."""
        with transaction.atomic():
            answer = super().password_change(request, extra_context)
            if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
                import_string("incidents.admin.access.password_was_set")(request.user)
            return answer

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """What a picker suggests; named by its path, since the site is made before there are models."""
        return import_string("incidents.admin.audited.Suggestions").as_view(admin_site=self)(request)
