"""A trigram index over the search words of published incidents, on PostgreSQL; SQLite reads them one after another."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CREATE = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX pub_incident_by_search ON incidents_publicincident USING gin (search gin_trgm_ops)",
)


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in CREATE:
            schema_editor.execute(statement)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX pub_incident_by_search")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_rollups")]
    operations = [migrations.RunPython(create, drop)]
