"""What was delivered to webhooks may be deleted once it is old; nothing of it could be before."""

from typing import Any

from django.db import migrations

from incidents.models.triggers import ensure_triggers


def install(_apps: Any, editor: Any) -> None:
    """Messages have triggers from now on, so that all are made anew, those of attempts too."""
    ensure_triggers(editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ('incidents', '0017_differences'),
    ]

    operations = [
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
