"""What imapclient's parser makes of a FETCH response, for comparison with ours."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from imapclient.response_parser import parse_fetch_response

if TYPE_CHECKING:
    from triage.mail.responses import Row
    from triage.mail.wire import Response


def by_imapclient(response: Response) -> Row | None:
    """Read a FETCH response by imapclient as imaplib hands it over; None when it is none or cannot be read."""
    start = re.match(rb"(\d+) FETCH (?=\()", response[0], re.IGNORECASE)
    if start is None:
        return None
    lines = [start[1] + b" " + response[0][start.end() :], *response[1:]]
    records: list[Any] = [*zip(lines[:-1:2], lines[1::2], strict=True), lines[-1]]
    try:
        rows: list[Row] = list(parse_fetch_response(records, normalise_times=False, uid_is_key=False).values())
    except Exception:  # noqa: BLE001 - it raises whatever happens to go wrong
        return None
    return rows[0] if len(rows) == 1 else None


def spelt_out(value: Any) -> Any:  # noqa: ANN401 - whatever stands in a row
    """Write a value so that what compares as equal but is not the same differs: types, and the zones of moments."""
    if isinstance(value, dict):
        return {key: spelt_out(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [isinstance(value, list), *map(spelt_out, value)]
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None), value.tzinfo and value.tzinfo.utcoffset(value))
    return (type(value), value)
