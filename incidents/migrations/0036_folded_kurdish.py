from functools import reduce

from django.db import migrations
from django.db.models import F, Q, Value
from django.db.models.functions import Replace

# Letters that names and texts were found under, and those under which they are found now (models/folding.py).
LETTERS = {"\u06d5": "\u0647", "\u06c0": "\u0647", "\u06d2": "\u064a"}
SEARCHED = ("PublicIncident", "PublicPerpetrator", "PublicInvestigation", "PublicSource", "PublicDocument")


def fold(apps, editor):
    for name in SEARCHED:
        _replace(apps.get_model("incidents", name).objects.all(), "search")
    names = apps.get_model("incidents", "AreaName").objects
    for row in _holding(names.all(), "folded"):
        folded, core = (text.translate(str.maketrans(LETTERS)) for text in (row.folded, row.core))
        if names.filter(area=row.area_id, language=row.language, folded=folded).exists():
            row.delete()  # another spelling of the same
        else:
            names.filter(pk=row.pk).update(folded=folded, core=core)
    decided = apps.get_model("incidents", "Recognition").objects
    for row in _holding(decided.all(), "folded"):
        folded = row.folded.translate(str.maketrans(LETTERS))
        if decided.filter(organisation=row.organisation_id, kind=row.kind, folded=folded).exists():
            row.delete()  # whom the other spelling stands for is decided
        else:
            decided.filter(pk=row.pk).update(folded=folded)


def _holding(rows, column):
    held = reduce(lambda one, other: one | other, (Q(**{f"{column}__contains": each}) for each in LETTERS))
    return rows.filter(held)


def _replace(rows, column):
    text = F(column)
    for letter, instead in LETTERS.items():
        text = Replace(text, Value(letter), Value(instead))
    _holding(rows, column).update(**{column: text})


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0035_missed_deadlines'),
    ]

    operations = [
        migrations.RunPython(fold, migrations.RunPython.noop),
    ]
