"""The shape of what is sent, whatever it refers to: that is contents.py's matter."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from rest_framework.serializers import ValidationError

from incidents.documents.submissions import SubmissionContent
from incidents.rules.refusals import Refused, first, flattened, spoken


def shaped(content: Any) -> dict[str, Any]:
    """The content with typed values, whatever it refers to; raises Refused for what has not the shape.

    The framework words faults in the language of the request, and some for good in that of the first: at the desk that
    is the reader's, and programs are told in English.
    """
    try:
        with translation.override(settings.LANGUAGE_CODE):
            return dict(_shape().run_validation(content))
    except ValidationError as refused:
        raise Refused(*spoken(first(flattened(refused.detail)))) from refused


@cache
def _shape() -> SubmissionContent:
    """The serializer, put together once: to copy its fields costs as much as to read a submission with them."""
    return SubmissionContent()
