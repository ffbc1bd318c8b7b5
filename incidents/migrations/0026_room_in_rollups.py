"""Room in every page of the rollups: each publication changes thousands of their rows, and none of what is indexed.

On PostgreSQL a changed row that finds room in its page needs no new entry in any index.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_room(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE incidents_publicrollup SET (fillfactor = 40)")


def fill(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE incidents_publicrollup RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0025_history_of_parts")]
    operations = [migrations.RunPython(make_room, fill)]
