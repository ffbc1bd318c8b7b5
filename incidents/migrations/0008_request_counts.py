"""The table in which requests are counted against their rates: models/limits.py has it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from incidents.models.limits import create_table, drop_table


def create(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    create_table(editor.connection)


def drop(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    drop_table(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0007_access")]
    operations = [migrations.RunPython(create, drop)]
