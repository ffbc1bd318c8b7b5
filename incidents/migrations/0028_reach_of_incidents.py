"""From which month to which everything reaches that an incident is connected with by containment.

Totals of whole months are taken from the rollups then also of what lies across the edge of a month, unless an end of
the interval lies within. The sums are made anew of the tallies.
"""

from collections.abc import Iterator

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DIMENSIONS = ("status", "sex", "age_group", "cause", "occupation")
BEFORE = ("country", "month", "quarter", "year", "act", "perpetrator_type", "grade", "spread")
OF_INCIDENTS = (*BEFORE, "first_month", "last_month")
OF_FIGURES = ("measure", "unit", "basis", "of_status", "role")
BEST = "CASE WHEN t.best IS NULL AND t.low > 0 THEN t.low ELSE t.best END"
SUMS = {
    "lows": "SUM(t.low)",
    "bests": f"COALESCE(SUM({BEST}), 0)",
    "known": f"COUNT({BEST})",
    "highs": "SUM(t.high)",
    "open_lows": "SUM(CASE WHEN t.low_open THEN 1 ELSE 0 END)",
    "open_highs": "SUM(CASE WHEN t.high_open THEN 1 ELSE 0 END)",
    "incidents": "COUNT(DISTINCT t.incident_id)",
    "summaries": "COUNT(DISTINCT CASE WHEN i.clarity = 'summary' THEN t.incident_id END)",
    "without_best": "SUM(CASE WHEN t.best IS NULL THEN 1 ELSE 0 END)",
    "tallies": "COUNT(*)",
}
UNIQUE = ("measure", "of_status", "dimension", "month", "country", "unit", "basis", "quarter", "year", "act",
          "perpetrator_type", "grade", "spread")  # fmt: skip
OF_PARTS = ("role", "itemised", *DIMENSIONS)


def unique(*between: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=[*UNIQUE, *between, *OF_PARTS], name="pub_rollup_unique")


def reach(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Of each incident its own months, and of what is connected those of all."""
    month = "to_char({}, 'YYYY-MM')" if editor.connection.vendor == "postgresql" else "substr({}, 1, 7)"
    first, last = month.format("start_earliest"), month.format("interval_end")
    editor.execute(f"UPDATE incidents_publicincident SET first_month = {first}, last_month = {last}")  # noqa: S608
    incidents = apps.get_model("incidents", "PublicIncident").objects
    pairs = apps.get_model("incidents", "PublicContainment").objects.values_list("ancestor_id", "descendant_id")
    for together in connected(pairs.iterator()):
        found = [reach for start in range(0, len(together), 500)
                 for reach in incidents.filter(pk__in=together[start : start + 500])
                 .values_list("first_month", "last_month")]  # fmt: skip
        ends = {"first_month": min(each for each, _ in found), "last_month": max(each for _, each in found)}
        for start in range(0, len(together), 500):
            incidents.filter(pk__in=together[start : start + 500]).update(**ends)


def connected(pairs: Iterator[tuple[int, int]]) -> Iterator[list[int]]:
    """The keys that these pairs connect, in groups."""
    linked: dict[int, list[int]] = {}
    for one, other in pairs:
        linked.setdefault(one, []).append(other)
        linked.setdefault(other, []).append(one)
    seen: set[int] = set()
    for key in linked:
        if key in seen:
            continue
        seen.add(key)
        together = [key]
        for each in together:
            new = [other for other in linked[each] if other not in seen]
            seen.update(new)
            together += dict.fromkeys(new)
        yield together


def empty(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    postgresql = editor.connection.vendor == "postgresql"
    editor.execute(f"{'TRUNCATE' if postgresql else 'DELETE FROM'} incidents_publicrollup")


def fill(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    make(editor, OF_INCIDENTS)


def fill_before(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    make(editor, BEFORE)


def make(editor: BaseDatabaseSchemaEditor, of_incidents: tuple[str, ...]) -> None:
    groups = (
        {name: f'i."{name}"' for name in of_incidents}
        | {name: f't."{name}"' for name in (*OF_FIGURES, "dimension")}
        | {"itemised": "CASE WHEN t.dimension = '' THEN t.itemised ELSE 0 END"}
        | {name: f"CASE WHEN t.dimension IN ('', '{name}') THEN t.\"{name}\" ELSE '' END" for name in DIMENSIONS}
    )
    columns = groups | SUMS
    named = ", ".join(map(editor.connection.ops.quote_name, columns))
    editor.execute(
        f"INSERT INTO incidents_publicrollup ({named}) SELECT {', '.join(columns.values())}"  # noqa: S608
        " FROM incidents_tally t JOIN incidents_publicincident i ON i.id = t.incident_id"
        " WHERE t.dimension NOT IN ('area', 'stated') AND t.role <> 3"
        f" GROUP BY {', '.join(groups.values())}"
    )


def month(model: str, name: str) -> migrations.AddField:
    return migrations.AddField(model, name, models.CharField(default="", max_length=7), preserve_default=False)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0027_rollups_of_whole_figures")]
    operations = [
        month("publicincident", "first_month"),
        month("publicincident", "last_month"),
        migrations.RunPython(reach, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="publicincident", name="pub_incident_spread"),
        migrations.AddIndex(
            model_name="publicincident",
            index=models.Index(condition=models.Q(("spread__gt", 0)), fields=["spread"], name="pub_incident_spread"),
        ),
        migrations.AddIndex(
            model_name="publicincident",
            index=models.Index(
                condition=models.Q(("spread__gt", 0)), fields=["last_month", "first_month"], name="pub_incident_reach"
            ),
        ),
        migrations.RunPython(empty, fill_before),
        migrations.RemoveConstraint(model_name="publicrollup", name="pub_rollup_unique"),
        month("publicrollup", "first_month"),
        month("publicrollup", "last_month"),
        migrations.AddConstraint(model_name="publicrollup", constraint=unique("first_month", "last_month")),
        migrations.RunPython(fill, empty),
    ]
