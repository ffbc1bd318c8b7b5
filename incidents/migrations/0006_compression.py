"""Stored documents are compressed by lz4 where PostgreSQL has it: written in a third of pglz's time, read in half of it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COLUMNS = {
    "incidents_publicationbody": ("document",),
    "incidents_publicincident": ("document", "search"),
    "incidents_publicclaim": ("document",),
    "incidents_publicinvestigation": ("document",),
    "incidents_publicperpetrator": ("document",),
    "incidents_publicsource": ("document",),
    "incidents_publicdocument": ("document",),
}
AVAILABLE = "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"


def compress_by(editor: BaseDatabaseSchemaEditor, method: str) -> None:
    """What is stored already stays as it is, and is read like the rest."""
    connection = editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(AVAILABLE)
        row = cursor.fetchone()
    if row is None or not row[0]:
        return
    for table, columns in COLUMNS.items():
        for column in columns:
            editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION {method}")


def faster(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    compress_by(editor, "lz4")


def default(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    compress_by(editor, "default")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_releases")]
    operations = [migrations.RunPython(faster, default)]
