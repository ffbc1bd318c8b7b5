"""What became of each of many submissions, as the answers have it; submissions.py asks the rules."""

from collections.abc import Sequence
from typing import Any

from incidents.api.renderers import compact
from incidents.models import Incident, Investigation, Submission
from incidents.rules.accounts.idempotency import Answer
from incidents.rules.publication.publishing import KINDS
from incidents.rules.refusals import Refused
from incidents.rules.submissions import moderating
from incidents.rules.submissions.submitting import Trial


def became(results: Sequence[moderating.Result]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(each.id),
            "state": each.submission.state if each.submission else None,
            "problem": str(each.refusal) if each.refusal else None,
        }
        for each in results
    ]


def subject(record: Incident | Investigation) -> dict[str, str]:
    return {"kind": KINDS[type(record)], "id": str(record.public_id)}


def bulk(results: Sequence[Submission | Trial | Refused]) -> Answer:
    rows: list[dict[str, Any]] = []
    batch = None
    for index, result in enumerate(results):
        row: dict[str, Any] = {"index": index, "id": None, "state": None, "errors": [], "estimates": None}
        match result:
            case Refused():
                said = result.faults
                row["errors"] = [{"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in said]
            case Trial():
                row["estimates"] = result.estimates
            case Submission():
                batch = str(result.batch)
                row |= {"id": str(result.public_id), "state": result.state}
        rows.append(row)
    refused = sum(isinstance(each, Refused) for each in results)
    body = {"batch": batch, "taken": len(rows) - refused, "refused": refused, "results": rows}
    return Answer(200, {}, compact(body))
