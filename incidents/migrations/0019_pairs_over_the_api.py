"""Pairs of possible duplicates get a public id and a version; those that there are get an id each."""

import uuid
from typing import Any

from django.db import migrations, models

AT_ONCE = 1_000


def name(apps: Any, _editor: Any) -> None:
    """An id for every pair, a thousand at a time."""
    pairs = apps.get_model("incidents", "DuplicateCandidate")
    while some := list(pairs.objects.filter(public_id__isnull=True).order_by("pk").only("pk")[:AT_ONCE]):
        for each in some:
            each.public_id = uuid.uuid4()
        pairs.objects.bulk_update(some, ["public_id"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [
        ('incidents', '0018_prunable_webhook_log'),
    ]

    operations = [
        migrations.AddField(
            model_name='duplicatecandidate',
            name='version',
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name='duplicatecandidate',
            name='public_id',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.RunPython(name, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='duplicatecandidate',
            name='public_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
