"""What the OpenAPI document says of errors and headers, in one place for all operations.

Which of them an operation has is schema.py's matter.
"""

from typing import Any

Schema = dict[str, Any]
ERRORS = {
    400: "A parameter cannot be used; `errors` names each with a valid example.",
    401: "The key opens nothing, or this needs one; `detail` says what to do.",
    403: "The key lacks a scope; `detail` names it.",
    404: "There is nothing here, or nothing that is public.",
    405: "The methods that are answered here stand in Allow.",
    406: "None of the accepted formats is available.",
    409: "It does not fit the state it is in, or the same request is being answered.",
    412: "It was changed since the version in If-Match; read it again.",
    411: "The body says nowhere how long it is, and the server does not read it in chunks.",
    413: "The body is too large.",
    415: "Only application/json is read, and no Content-Encoding.",
    422: "The Idempotency-Key was used for another request.",
    428: "If-Match is missing.",
    410: "It was withdrawn, or the document of this version was erased; `tombstone` says when and why.",
    429: "Too many requests; Retry-After says how many seconds to wait.",
    500: "The server failed; the failure was logged under `request_id`.",
    503: "The database cannot answer at the moment; Retry-After says when to send it again.",
}
HEADERS: dict[str, Schema] = {
    "X-Request-ID": {"description": "The id of this request in our logs.", "schema": {"type": "string"}},
    "X-Dataset-Seq": {
        "description": "The log's last sequence number that this answer knows of; of a stream of everything the last "
        "before it began: what was published at that moment may be in it, as NDJSON says in its last line.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Link": {"description": "Related addresses (RFC 8288).", "schema": {"type": "string"}},
    "X-Next-Cursor": {
        "description": "The cursor of the next page, for formats without an envelope; absent on the last.",
        "schema": {"type": "string"},
    },
    "Content-Disposition": {
        "description": "The name of a file to save what is no JSON in, such as incidents.csv.",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "Strong, or weak (`W/`) where bytes may differ, as of what is compressed; send it as it came as "
        "If-None-Match, or as If-Match where that is asked.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "How many requests (q) may be made in how many seconds (w), where there is a limit: "
        '`"address";q=600;w=60`, or `"key"` of a request with one.',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'How many are left (r) in how many seconds (t): `"address";r=599;t=42`.',
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {"description": "The challenge (RFC 6750).", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "Location": {"description": "Where it is now.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` where the request was done before and this only answers it again; else absent.",
        "schema": {"type": "string"},
    },
}


REQUEST_HEADERS: dict[str, Schema] = {
    "If-Match": {
        "required": True,
        "description": "The ETag of the version that you change; 412 if it was changed since.",
        "schema": {"type": "string"},
    },
    "Idempotency-Key": {
        "required": False,
        "description": "A text of your own, such as a UUID: the same request with it is done once, and its first answer"
        " is given again for seven days; where what it told was erased since, 409, and nothing is done again. A single"
        " step is answered by how its record is then. A dry run does not look at it.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
}


def headers(*names: str) -> Schema:
    """Response headers by name."""
    return {name: HEADERS[name] for name in names}
