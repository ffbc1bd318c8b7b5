"""The one app of the project. Its rooms are described in CONTRIBUTING.md."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = _("Incidents")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(restore_triggers, sender=self)
        post_migrate.connect(restore_groups, sender=self)
        check_rates(settings.ANON_RATE, settings.KEY_RATE)


def check_rates(*rates: str) -> None:
    """Raises ImproperlyConfigured where nobody can read a rate: at the start, not at the first request."""
    from incidents.rules.accounts.limits import Rate  # noqa: PLC0415 -- models are not there before apps are

    for rate in rates:
        try:
            Rate.of(rate)
        except ValueError as error:
            raise ImproperlyConfigured(f"ANON_RATE and KEY_RATE: {error}") from error


def restore_triggers(using: str, **_: Any) -> None:
    """After every migration: SQLite rebuilds a table to change it, and its triggers go with the old one."""
    from incidents.models.triggers import ensure_triggers  # noqa: PLC0415 -- models are not there before apps are

    ensure_triggers(connections[using])


def restore_groups(using: str, **_: Any) -> None:
    """After every migration: the groups of the roles with the permissions of the tables that there are now."""
    from django.contrib.auth.management import create_permissions  # noqa: PLC0415 -- as below

    from incidents.models import Account  # noqa: PLC0415 -- models are not there before apps are
    from incidents.rules.accounts.access import make_groups  # noqa: PLC0415 -- models are not there before apps are

    if using != "default" or Account._meta.db_table not in connections[using].introspection.table_names():
        return
    # Django makes them after this signal has reached us.
    for app in ("auth", "incidents"):
        create_permissions(apps.get_app_config(app), verbosity=0, interactive=False, using=using)
    make_groups()
