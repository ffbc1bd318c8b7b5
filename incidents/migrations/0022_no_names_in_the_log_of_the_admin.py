"""What Django keeps of what was done at the desk loses the names that may be confidential: kinds and numbers stay."""

import json
from typing import Any

from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Concat

NAMED = ("attribution", "claim", "document", "recognition", "source", "statement")


def take_out(apps: Any, _editor: Any) -> None:
    entries = apps.get_model("admin", "LogEntry").objects.filter(content_type__app_label="incidents")
    for kind in NAMED:
        number = Concat(Value(f"{kind.capitalize()} "), F("object_id"))
        entries.filter(content_type__model=kind).update(object_repr=number)
    for pk, message in entries.filter(change_message__contains='"object"').values_list("pk", "change_message"):
        entries.filter(pk=pk).update(change_message=nameless(message))


def nameless(message: str) -> str:
    """Django's words for what changed, without what the lines below a record were called."""
    try:
        told = json.loads(message)
    except ValueError:
        return message
    for part in (part for each in told for part in each.values()):
        if str(part.get("name", "")).lower() in NAMED:
            part["object"] = "-"
    return json.dumps(told)


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("incidents", "0021_one_spelling_of_keys"),
    ]

    operations = [migrations.RunPython(take_out, migrations.RunPython.noop, elidable=True)]
