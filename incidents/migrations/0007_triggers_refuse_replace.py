"""Install every trigger anew: on SQLite, INSERT OR REPLACE rewrote rows of the log unnoticed."""

from typing import Any

from django.db import migrations

from incidents.models.triggers import create_triggers, drop_triggers


def renew(_apps: Any, editor: Any) -> None:
    drop_triggers(editor.connection)
    create_triggers(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_point_whole")]
    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
