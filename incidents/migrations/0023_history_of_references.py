"""References of incidents keep a history: what people took away, so that no import brings it back.

What they took away before is told by the audit chain, as far as its values were not erased.
"""

import json
from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

SCHEMES = ("ucdp-ged", "ucdp-conflict", "ucdp-dyad")
PART = "incident_reference"


def tell(apps: Any, _editor: Any) -> None:
    """A version for each reference of an imported event that the audit chain says was deleted."""
    values = apps.get_model("incidents", "AuditValues").objects.filter(values__contains=PART)
    versions = apps.get_model("incidents", "HistoricalIncidentReference").objects
    for row in values.filter(entry__kind="incident").order_by("pk").select_related("entry").iterator():
        for columns in _deleted(json.loads(row.values)):
            versions.create(
                **columns, history_date=row.entry.at, history_type="-", history_user_id=row.entry.actor_id
            )


def _deleted(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The columns of references that an entry says are gone; of one that was changed it says less than all."""
    before, after = (_references(values[side]) for side in ("before", "after"))
    for pk, was in before.items():
        if pk not in after and was.get("scheme") in SCHEMES and {"incident", "key"} <= was.keys():
            yield {
                "id": pk,
                "incident_id": was["incident"],
                "scheme": was["scheme"],
                "key": was["key"],
                "identifies": was.get("identifies", False),
            }


def _references(values: dict[str, Any]) -> dict[int, dict[str, Any]]:
    if values.get("part") == PART:
        return {0: values}
    return {int(pk): state for pk, state in values.get("parts", {}).get(PART, {}).items()}


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0022_no_names_in_the_log_of_the_admin'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalIncidentReference',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('scheme', models.SlugField(db_index=False, max_length=40)),
                ('key', models.CharField(db_index=True, max_length=200)),
                ('identifies', models.BooleanField(default=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='incidents.incident')),
            ],
            options={
                'verbose_name': 'historical incident reference',
                'verbose_name_plural': 'historical incident references',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.RunPython(tell, migrations.RunPython.noop),
    ]
