"""The log's signed heads, from which a mirror sees whether the log was cut off or made anew since.

The rows of the log themselves are changes.py; the audit chain and its heads are not public.
"""

from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api import pagination
from incidents.api.base import Resource
from incidents.api.operations import Operation
from incidents.api.pagination import Ordering, Turn
from incidents.api.renderers import compact
from incidents.documents.checkpoints import Checkpoint as Document
from incidents.models import Checkpoint

LIST = "log/checkpoints"
COLUMNS = ("id", "seq", "hash", "signed_at", "key_id", "public_key", "signature")


class Log(Resource):
    """Heads of the publication log, signed; `verify_log --feed FILE --checkpoints FILE` compares a mirror with them."""

    resource = "log"
    operations = {
        "checkpoints": Operation(
            id="log_checkpoints_list",
            path="checkpoints/",
            summary="Signed heads of the log",
            description="The newest first. Whoever keeps them can prove later what the log was, without this server.",
            answer=Document,
            parameters=pagination.parameters(LIST),
            page=True,
            conditional=True,
        ),
    }

    def checkpoints(self, request: Request) -> HttpResponse:
        """A page of checkpoints of the publication log."""
        values = self.values
        rows = Checkpoint.objects.using("public").filter(log=choices.SignedLog.PUBLICATION)
        found = pagination.page(
            lambda: rows,
            Turn(
                resource=LIST,
                ordering=Ordering("-id", ("id",), descending=True),
                filters="",
                limit=values["limit"],
                cursor=values["cursor"],
                columns=COLUMNS,
            ),
        )
        texts = [compact(each) for each in Document(found.rows, many=True).data]
        answer = self.listing(found, texts, count=rows.count() if values["count"] else None)
        return self.digested(request, answer)
