"""Whoever enters or renames a source or an actor at the desk is told which ones bear a like name already.

Nothing is refused: two may be called alike. What organisations send waits for a decision instead (submissions.py).
"""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from incidents.rules.submissions.recognising import like


class TellsOfLike(admin.ModelAdmin[Any]):
    """A page that looks for like names once what is written there is saved."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and "names" not in form.changed_data:
            return
        found = like(form.instance)
        if found:
            page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            links = format_html_join(
                " · ", '<a href="{}"><bdi>{}</bdi></a>', [(reverse(page, args=[each.pk]), each) for each in found]
            )
            told = _("Like names stand in the record already. If it is one of these, use that and delete this one:")
            messages.warning(request, format_html("{} {}", told, links))
