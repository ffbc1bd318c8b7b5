"""What commands take: an empty text, other digits and what is no day are refused before anything is done."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("import_ged", ""), "argument file: it is empty"),
        (("load_gazetteer", "--folder", ""), "argument --folder: it is empty"),
        (("export_audit", " "), "argument FILE: it is empty"),
        (("checkpoint", "--file", ""), "argument --file: it is empty"),
        (("find_duplicates", "--since", ""), "argument --since: it is empty"),
        (("find_duplicates", "--since", "٢٠٢٥-٠٣-٠٩"), "is not a date in digits from 0 to 9"),
        (("create_organisation", ""), "argument name: it is empty"),
        (("release", "2026-11", "--at-seq", "٣"), "argument --at-seq: '٣' is no whole number in digits from 0 to 9"),
        (("prune_webhook_log", "--days", "٩٠"), "argument --days: '٩٠' is no whole number"),
        (("deliver_webhooks", "--threads", "٣"), "argument --threads: '٣' is no whole number"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(command: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command(*command)
