"""Django's diffsettings, without what must not be read over a shoulder or in a ticket.

What that is says redaction.py.
"""

import re
from typing import Any

from django.conf import settings
from django.core.management.commands import diffsettings

from config.redaction import ReporterFilter

LINE = re.compile(r"(?P<mark>[^\w]*)(?P<name>[A-Z][A-Z0-9_]*) = ")


class Command(diffsettings.Command):
    """The same lines; a setting that is secret, or has something secret in it, says so in place of it."""

    def handle(self, **options: Any) -> str:
        hide = ReporterFilter()
        lines = []
        for line in (super().handle(**options) or "").splitlines():
            match = LINE.match(line)
            if match and hasattr(settings, match["name"]):
                safe = hide.cleanse_setting(match["name"], getattr(settings, match["name"]))
                # What Django itself would use is no secret, and a line that begins with a minus has that.
                line = line if match["mark"].startswith("-") else f"{match[0]}{safe!r}"  # noqa: PLW2901
            lines.append(line)
        return "\n".join(lines)
