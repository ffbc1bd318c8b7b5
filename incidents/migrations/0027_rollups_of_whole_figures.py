"""A row of the rollups for whole figures as they are described, and no longer one more for each thing not said of them.

Most figures say nothing of sex, age, cause or occupation, and each had a row that said so. The sums are made anew of
the tallies; whoever goes back to before runs `reindex`.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DIMENSIONS = ("status", "sex", "age_group", "cause", "occupation")
OF_INCIDENTS = ("country", "month", "quarter", "year", "act", "perpetrator_type", "grade", "spread")
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


def empty(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    postgresql = editor.connection.vendor == "postgresql"
    editor.execute(f"{'TRUNCATE' if postgresql else 'DELETE FROM'} incidents_publicrollup")


def fill(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    groups = (
        {name: f'i."{name}"' for name in OF_INCIDENTS}
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


class Migration(migrations.Migration):
    dependencies = [("incidents", "0026_room_in_rollups")]
    operations = [
        migrations.RunPython(empty, empty),
        migrations.RemoveConstraint(model_name="publicrollup", name="pub_rollup_unique"),
        migrations.RemoveField(model_name="publicrollup", name="value"),
        migrations.AddField(
            model_name="publicrollup", name="itemised", field=models.PositiveSmallIntegerField(default=0)
        ),
        *[
            migrations.AddField(
                model_name="publicrollup",
                name=name,
                field=models.CharField(blank=True, default="", max_length=40),
            )
            for name in DIMENSIONS
        ],
        migrations.AddConstraint(
            model_name="publicrollup",
            constraint=models.UniqueConstraint(
                fields=[
                    "measure", "of_status", "dimension", "month", "country", "unit", "basis", "quarter", "year", "act",
                    "perpetrator_type", "grade", "spread", "role", "itemised", "status", "sex", "age_group", "cause",
                    "occupation",
                ],
                name="pub_rollup_unique",
            ),
        ),
        migrations.RunPython(fill, empty),
    ]  # fmt: skip
