"""Keys of submissions that were taken in another spelling get the one in which keys are read from now on."""

from typing import Any

from django.db import migrations

from incidents.models.external import one_spelling

AT_ONCE = 1_000
LONGEST = 200
CLOSED = ("rejected", "withdrawn", "published")


def respell(apps: Any, _editor: Any) -> None:
    """Submissions that are over all of them; an open one unless another one is open under that key already.

    That one is left as it is: it is read and changed by its id, and the address leads to the other.
    """
    submissions = apps.get_model("incidents", "Submission").objects
    last = 0
    while some := list(submissions.filter(pk__gt=last).exclude(external_key="").order_by("pk")[:AT_ONCE].values_list(
        "pk", "organisation", "external_scheme", "external_key", "state"
    )):  # fmt: skip
        for pk, organisation, scheme, key, state in some:
            spelled = one_spelling(key)
            if spelled in {key, ""} or len(spelled) > LONGEST:
                continue
            same = submissions.filter(organisation=organisation, external_scheme=scheme, external_key=spelled)
            if state in CLOSED or not same.exclude(state__in=CLOSED).exists():
                submissions.filter(pk=pk).update(external_key=spelled)
        last = some[-1][0]


class Migration(migrations.Migration):
    dependencies = [
        ('incidents', '0020_submissions_by_reference'),
    ]

    operations = [
        migrations.RunPython(respell, migrations.RunPython.noop),
    ]
