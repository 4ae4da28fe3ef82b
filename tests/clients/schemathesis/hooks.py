"""What schemathesis is told beside the document."""

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

LONGEST_DEADLINE_MS = 2000


@schemathesis.hook
def filter_failure(ctx, failure, case, response):
    """Accepts the refusal of parameters that do not go together, and nothing else.

    OpenAPI has no words for rules across parameters: radius with lat and lon or else bbox, a cursor
    with the list that it belongs to, station or new: true. A request that breaks one of them is valid
    by its schema and still refused, with 422 and the code conflicting-parameters.
    """
    is_refused = isinstance(failure, RejectedPositiveData) and response.status_code == 422
    return not (is_refused and response.json().get("code") == "conflicting-parameters")


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Leaves a valid deadline away, so that the longest one holds: one of 1 ms is rightly a 504."""
    wanted = str((case.headers or {}).get("X-Deadline-Ms", ""))
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= LONGEST_DEADLINE_MS:
        del case.headers["X-Deadline-Ms"]
