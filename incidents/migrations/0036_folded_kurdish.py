from django.db import migrations

# Letters that names and texts were found under, and those under which they are found now (models/folding.py).
LETTERS = {"\u06d5": "\u0647", "\u06c0": "\u0647", "\u06d2": "\u064a"}
# What selects a letter's form is no part of what is found any more.
SELECTORS = dict.fromkeys([*range(0x180B, 0x1810), *range(0xE0100, 0xE01F0)])
FOLDED = str.maketrans(LETTERS) | SELECTORS
HOLDING = "[\u06d5\u06c0\u06d2\u180b-\u180f\U000e0100-\U000e01ef]"
SEARCHED = ("PublicIncident", "PublicPerpetrator", "PublicInvestigation", "PublicSource", "PublicDocument")


def fold(apps, editor):
    for name in SEARCHED:
        rows = apps.get_model("incidents", name).objects
        for row in rows.filter(search__regex=HOLDING).only("search").iterator():
            words = {found_by(word) for word in row.search.split()}
            rows.filter(pk=row.pk).update(search=" ".join(sorted(words - {""})))
    names = apps.get_model("incidents", "AreaName").objects
    for row in names.filter(folded__regex=HOLDING):
        folded, core = map(found_by, (row.folded, row.core))
        if not folded or names.filter(area=row.area_id, language=row.language, folded=folded).exists():
            row.delete()  # another spelling of the same
        else:
            names.filter(pk=row.pk).update(folded=folded, core=core)
    decided = apps.get_model("incidents", "Recognition").objects
    for row in decided.filter(folded__regex=HOLDING):
        folded = found_by(row.folded)
        if decided.filter(organisation=row.organisation_id, kind=row.kind, folded=folded).exists():
            row.delete()  # whom the other spelling stands for is decided
        else:
            decided.filter(pk=row.pk).update(folded=folded)


def found_by(text):
    return " ".join(text.translate(FOLDED).split())


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0035_missed_deadlines'),
    ]

    operations = [
        migrations.RunPython(fold, migrations.RunPython.noop),
    ]
