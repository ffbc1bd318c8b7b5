"""The one app of the project. Its rooms are described in CONTRIBUTING.md."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = _("Incidents")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(restore_triggers, sender=self)


def restore_triggers(using: str, **_: Any) -> None:
    """After every migration: SQLite rebuilds a table to change it, and its triggers go with the old one."""
    from incidents.models.triggers import ensure_triggers  # noqa: PLC0415 -- models are not there before apps are

    ensure_triggers(connections[using])
