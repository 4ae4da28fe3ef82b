"""What schemathesis is told beside the document."""

import re

import schemathesis
from schemathesis import GenerationMode
from schemathesis.openapi.checks import RejectedPositiveData

LONGEST_DEADLINE_MS = 2000
POSITION = re.compile(r"[A-Za-z0-9._-]{1,64}\.[0-9]{1,16}")


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
    """Leaves a valid deadline away, so that the longest one holds: one of 1 ms is rightly a 504.

    And what schemathesis takes for a position and is none by the document's own pattern: a bare number, as
    a text that a header can hold. Where it means to send a wrong one it does.
    """
    wanted = str((case.headers or {}).get("X-Deadline-Ms", ""))
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= LONGEST_DEADLINE_MS:
        del case.headers["X-Deadline-Ms"]
    place = (case.headers or {}).get("Posto-Position")
    is_meant_well = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    if place is not None and is_meant_well and not POSITION.fullmatch(str(place)):
        del case.headers["Posto-Position"]
