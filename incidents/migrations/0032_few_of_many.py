"""Indexes on PostgreSQL for filters that may keep a few rows of many, which a list in the order of days would seek long.

They hold no order, so that few values take little room and a list of common ones is still read in its own order. SQLite,
which plans without knowing how common a value is, would sort all rows with it.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

INCIDENT, CLAIM, TALLY = "incidents_publicincident", "incidents_publicclaim", "incidents_tally"
INDEXES = {
    "pub_incident_by_end": f"{INCIDENT} (interval_end)",
    "pub_incident_by_kind": f"{INCIDENT} (kind)",
    "pub_incident_by_grade": f"{INCIDENT} (grade)",
    "pub_incident_by_attribution": f"{INCIDENT} (attribution_status)",
    "pub_incident_investigated": f"{INCIDENT} (id) WHERE has_investigation",
    "pub_claim_by_status": f"{CLAIM} (status)",
    "pub_claim_by_as_of": f"{CLAIM} (as_of)",
    "pub_claim_retracted": f"{CLAIM} (id) WHERE retracted",
    "tally_by_sex": f"{TALLY} (sex, incident_id) WHERE sex <> 'unspecified'",
    "tally_by_age_group": f"{TALLY} (age_group, incident_id) WHERE age_group <> 'unspecified'",
    "tally_by_status": f"{TALLY} (status, incident_id) WHERE status NOT IN ('civilian', 'unspecified', 'all')",
}


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name, rows in INDEXES.items():
            schema_editor.execute(f"CREATE INDEX {name} ON {rows}")


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0031_no_rate_of_none")]
    operations = [migrations.RunPython(create, drop)]
