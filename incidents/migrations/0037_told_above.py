"""What contains a figure, by country, grade and days, where a filter may take one without the other.

Totals of a country and an interval are then taken from the rollups also of what is connected across their edges. The
sums are made anew of the tallies, by the months in which incidents themselves began and ended.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

before = import_module("incidents.migrations.0028_reach_of_incidents")

COUNTRY, GRADE, MONTH, SOME_UNTOLD = 1, 2, 4, 8
MOST_ABOVE, LONGEST = 12, 480
AT_ONCE = 500
KEY = ("measure", "unit", "basis")
NOT_IN_TOTALS = ("area", "stated")
COLUMNS = ("country", "grade", "start_earliest", "interval_end", "first_month", "last_month", "across_months")
OF_INCIDENTS = before.BEFORE[:-1]
WHOLE = ["measure", "country", "last_month", "first_month"]
UNIQUE = (
    "measure", "of_status", "dimension", "country", "last_month", "first_month", "month", "unit", "basis", "quarter",
    "year", "act", "perpetrator_type", "grade", "role", "above", "itemised", *before.DIMENSIONS,
)  # fmt: skip


def month(editor: BaseDatabaseSchemaEditor, column: str) -> str:
    return f"TO_CHAR({column}, 'YYYY-MM')" if editor.connection.vendor == "postgresql" else f"SUBSTR({column}, 1, 7)"


def tell(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Of each incident whether it lies across the edge of a month, and over what all that is connected spreads; of each
    figure of all people what is above it, or that those connected with it are untold."""
    first, last = month(editor, "start_earliest"), month(editor, "interval_end")
    editor.execute(f"UPDATE incidents_publicincident SET across_months = TRUE WHERE {first} <> {last}")  # noqa: S608
    incidents = apps.get_model("incidents", "PublicIncident").objects
    tallies = apps.get_model("incidents", "Tally").objects
    pairs = apps.get_model("incidents", "PublicContainment").objects
    incidents.filter(spread__gt=0).update(spread=0)
    for together in before.connected(pairs.values_list("ancestor_id", "descendant_id").iterator()):
        rows, containers, figures = {}, {}, {}
        for some in pieces(together):
            rows |= {pk: row for pk, *row in incidents.filter(pk__in=some).values_list("pk", *COLUMNS)}
            inside = pairs.filter(descendant_id__in=some).values_list("descendant_id", "ancestor_id", "certain")
            for below, above, certain in inside:
                containers.setdefault(below, {})[above] = certain
            whole = tallies.filter(incident_id__in=some, dimension="", of_status="all")
            for incident, own, *key in whole.values_list("incident_id", "own", *KEY):
                figures[incident, tuple(key)] = own
        countries, grades, _, _, begin, end, _ = (set(column) for column in zip(*rows.values(), strict=True))
        reach = min(begin), max(end)
        spread = COUNTRY * (len(countries) > 1) + GRADE * (len(grades) > 1) + MONTH * (reach[0] != reach[1])
        if not spread:
            continue
        told = {pk: ":".join(map(str, row[:4])) for pk, row in rows.items()}
        too_much = any(len({told[each] for each in above}) > MOST_ABOVE for above in containers.values())
        untold = {key for (_, key), own in figures.items() if too_much or not own}
        spread += SOME_UNTOLD * bool(untold)
        for incident, key in figures:
            across = ["~"] if rows[incident][-1] else []
            text = " ".join(across + above_it(containers.get(incident, {}), key, figures, told))
            text = f"* {spread} {' '.join(reach)}" if key in untold else text
            if text:
                figure = tallies.filter(incident_id=incident, of_status="all", **dict(zip(KEY, key, strict=True)))
                figure.exclude(dimension__in=NOT_IN_TOTALS).update(above=text)
        for some in pieces(together):
            incidents.filter(pk__in=some).update(spread=spread)


def above_it(
    containers: dict[int, bool], key: tuple[str, ...], figures: dict[Any, bool], told: dict[int, str]
) -> list[str]:
    above: dict[str, bool] = {}
    for container, certain in containers.items():
        if (container, key) in figures:
            above[told[container]] = above.get(told[container], False) or certain
    return [f"{each}{'!' if certain else '?'}" for each, certain in sorted(above.items())]


def pieces(values: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def fill(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    groups = (
        {name: f'i."{name}"' for name in OF_INCIDENTS}
        | {"first_month": month(editor, "i.start_earliest"), "last_month": month(editor, "i.interval_end")}
        | {name: f't."{name}"' for name in (*before.OF_FIGURES, "above", "dimension")}
        | {"itemised": "CASE WHEN t.dimension = '' THEN t.itemised ELSE 0 END"}
        | {name: f"CASE WHEN t.dimension IN ('', '{name}') THEN t.\"{name}\" ELSE '' END" for name in before.DIMENSIONS}
    )
    columns = groups | before.SUMS
    named = ", ".join(map(editor.connection.ops.quote_name, columns))
    editor.execute(
        f"INSERT INTO incidents_publicrollup ({named}) SELECT {', '.join(columns.values())}"  # noqa: S608
        " FROM incidents_tally t JOIN incidents_publicincident i ON i.id = t.incident_id"
        " WHERE t.dimension NOT IN ('area', 'stated') AND (t.role <> 3 OR t.above <> '')"
        f" GROUP BY {', '.join(groups.values())}"
    )


def without(*names: str) -> list[migrations.RemoveIndex]:
    return [migrations.RemoveIndex("publicincident", name) for name in names]


def above(model: str) -> migrations.AddField:
    return migrations.AddField(model, "above", models.CharField(blank=True, default="", max_length=LONGEST))


def index(name: str, fields: list[str], condition: Q) -> migrations.AddIndex:
    return migrations.AddIndex("publicincident", models.Index(fields=fields, condition=condition, name=name))


class Migration(migrations.Migration):
    dependencies = [("incidents", "0036_folded_kurdish")]
    operations = [
        migrations.RunPython(before.empty, before.empty),
        *without("pub_alone_spread", "pub_alone_reach", "pub_tied_spread", "pub_tied_reach"),
        migrations.RemoveConstraint(model_name="publicrollup", name="pub_rollup_unique"),
        migrations.RemoveField(model_name="publicrollup", name="spread"),
        above("publicrollup"),
        above("tally"),
        migrations.AddField("publicincident", "across_months", models.BooleanField(default=False)),
        migrations.AddConstraint(
            model_name="publicrollup",
            constraint=models.UniqueConstraint(fields=UNIQUE, name="pub_rollup_unique"),
        ),
        migrations.AddIndex(
            "publicrollup",
            models.Index(fields=WHOLE, condition=Q(of_status="all", dimension=""), name="pub_rollup_whole"),
        ),
        index("pub_incident_across", ["interval_end", "start_earliest", "country"], Q(across_months=True)),
        index("pub_incident_untold", ["last_month", "first_month", "spread", "country"], Q(spread__gte=SOME_UNTOLD)),
        migrations.RunPython(tell, migrations.RunPython.noop),
        migrations.RunPython(fill, before.empty),
    ]
