"""What the tables refuse by themselves: changes to the log, to append-only events, and circles of containment."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from incidents.models.triggers import drop_triggers, ensure_triggers


def create(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    ensure_triggers(editor.connection)


def drop(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_triggers(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
