r"""What the responses of an IMAP server say: lists of mailboxes, numbers, and the items of messages.

Regular expressions take them apart, an order of magnitude faster than imapclient's parser goes from byte to byte; what
they do not know (`~{5}`, `%`, a token that ends in a quotation mark) is handed to it, so that both always agree.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.mail.wire import Response

Row = dict[bytes, Any]
r"""The items of one FETCH response: `{b"SEQ": 3, b"UID": 7, b"FLAGS": (rb"\Seen",), …}`, names in upper case."""


class Listed(NamedTuple):
    """A mailbox as LIST tells of it."""

    attributes: Sequence[bytes]
    delimiter: bytes | None
    name: bytes | int


_FETCH = re.compile(rb"(\d+) FETCH (?=\()", re.IGNORECASE)
_LIST = re.compile(rb"LIST (?=\()", re.IGNORECASE)
_NUMBERS = re.compile(rb"SEARCH\b([\d ]*)(.?)", re.IGNORECASE | re.DOTALL)
_EXISTS = re.compile(rb"(\d+) EXISTS\b", re.IGNORECASE)
_CLOSED = re.compile(rb"OK \[CLOSED]", re.IGNORECASE)
_CODE = re.compile(rb"(?:OK|NO|BAD|PREAUTH) \[(UIDVALIDITY|UIDNEXT|CAPABILITY) ([^]]*)", re.IGNORECASE)
_CAPABILITY = re.compile(rb"(?:(?:OK|PREAUTH) \[)?CAPABILITY ([^]]*)", re.IGNORECASE)
_TOKEN = re.compile(
    rb' *+(?:((?:[^\x00-\x20()%"\[{]++|\[[^]]*+\])++)(?=[ ()]|\Z)'  # a word: RFC822.SIZE, BODY[HEADER]<0>
    rb'|([()])|("(?:[^"\\]++|\\.)*+")(?=[ )]|\Z)'
    rb"|(.++))",  # all that is beyond us
    re.DOTALL,
)
_MOMENT = re.compile(
    rb"([ \d]\d)-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-([12]\d{3}) (\d\d):(\d\d):(\d\d) "
    rb"([+-])(0\d|1[0-4])([0-5]\d)"
)
_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


class _UnknownError(Exception):
    """Not a form that is read here."""


# -- what is asked ------------------------------------------------


def fetch_row(response: Response) -> Row | None:
    """Read one FETCH response; None when it is another one, or cannot be read by anybody."""
    start = _FETCH.match(response[0])
    if not start:
        return None
    try:
        return _row(int(start[1]), _values([response[0][start.end() :], *response[1:]]))
    except (_UnknownError, RecursionError):
        return _row_by_imapclient([start[1] + b" " + response[0][start.end() :], *response[1:]])


def listed(responses: Iterable[Response]) -> list[Listed]:
    """Read the attributes, the delimiter and the name of each mailbox in the answer to LIST."""
    found: list[Listed] = []
    for response in responses:
        if start := _LIST.match(response[0]):
            values = _any_values([response[0][start.end() :], *response[1:]])
            if len(values) == 3 and isinstance(values[0], tuple) and isinstance(values[2], bytes | int):
                attributes = [each for each in values[0] if isinstance(each, bytes)]
                found.append(Listed(attributes, values[1] if isinstance(values[1], bytes) else None, values[2]))
    return found


def numbers(responses: Iterable[Response]) -> list[int]:
    """Read the answer to SEARCH; some servers split it.

    Raises:
        ValueError: There is something else.

    """
    found: list[int] = []
    for response in responses:
        if said := _NUMBERS.match(response[0]):
            if said[2] not in (b"", b"("):  # `(MODSEQ 5)`
                raise ValueError(response[0][:300].decode("utf-8", "replace"))
            found.extend(map(int, said[1].split()))
    return found


def opened(responses: Iterable[Response]) -> tuple[int, int, int]:
    """Read UIDVALIDITY, UIDNEXT and the number of messages from the answer to EXAMINE; 0 where it does not say."""
    said: dict[bytes, int] = {}
    for response in responses:
        if _CLOSED.match(response[0]):  # what came until now was about the mailbox before (RFC 9051, section 7.1)
            said.clear()
        if (code := _CODE.match(response[0])) and code[2].isdigit():
            said.setdefault(code[1].upper(), int(code[2]))
        if exists := _EXISTS.match(response[0]):
            said.setdefault(b"EXISTS", int(exists[1]))
    return said.get(b"UIDVALIDITY", 0), said.get(b"UIDNEXT", 0), said.get(b"EXISTS", 0)


def capabilities(responses: Iterable[Response]) -> frozenset[str]:
    """Read what a server can, in upper case; empty where it does not say."""
    said = [found[1] for response in responses if (found := _CAPABILITY.match(response[0]))]
    return frozenset(said[-1].decode("ascii", "replace").upper().split()) if said else frozenset()


# -- how it is taken apart ------------------------------------------------


def _values(response: Response) -> list[Any]:
    """Take a response apart: nested tuples of bytes, whole numbers and None."""
    stack: list[list[Any]] = []
    values: list[Any] = []
    for index in range(0, len(response), 2):
        text, literal = response[index], response[index + 1 : index + 2]
        for word, bracket, quoted, unknown in _TOKEN.findall(_without_size(text) if literal else text.strip(b" ")):
            if word:
                values.append(_atom(word))
            elif bracket == b"(":
                stack.append(values)
                values = []
            elif bracket and stack:
                stack[-1].append(tuple(values))
                values = stack.pop()
            elif quoted:
                values.append(re.sub(rb'\\(["\\])', rb"\1", quoted[1:-1]) if b"\\" in quoted else quoted[1:-1])
            else:
                raise _UnknownError(unknown)
        values.extend(literal)
    if stack:
        raise _UnknownError
    return values


def _without_size(text: bytes) -> bytes:
    """Cut `{5}`, the announcement of a literal, where it stands alone."""
    before = text[: text.rindex(b"{")]
    if before[-1:] not in (b" ", b"("):
        raise _UnknownError(text)
    return before.strip(b" ")


def _atom(word: bytes) -> bytes | int | None:
    if word.isdigit() and len(word) < 20:
        return int(word) if word[:1] != b"0" or word == b"0" else word
    if word.isdigit():
        raise _UnknownError(word)
    return None if word == b"NIL" else word


def _row(number: int, values: list[Any]) -> Row:
    if len(values) != 1 or len(values[0]) % 2:
        raise _UnknownError
    row: Row = {b"SEQ": number}
    items = iter(values[0])
    for name, value in zip(items, items, strict=True):
        if not isinstance(name, bytes):
            raise _UnknownError
        read = _READERS.get(name.upper())
        row[name.upper()] = read(value) if read else value
    return row


def _uid(value: object) -> int:
    if isinstance(value, int):
        return value
    raise _UnknownError


def _moment(value: object) -> datetime | None:
    """Read an INTERNALDATE: `"21-Nov-2026 16:30:05 +0100"`."""
    found = _MOMENT.fullmatch(value) if isinstance(value, bytes) else None
    if found is None or found.group(7, 8, 9) == (b"-", b"00", b"00"):  # RFC 5322: the zone is not known
        raise _UnknownError
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    try:
        zone = _zone(sign, hours, minutes)
        return datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=zone)
    except ValueError:
        return None


@cache
def _zone(sign: bytes, hours: bytes, minutes: bytes) -> timezone:
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-ahead if sign == b"-" else ahead) if ahead else UTC


def _structure(value: object) -> tuple[Any, ...]:
    """Put the parts of a multipart, which stand side by side, into a list of their own."""
    if not isinstance(value, tuple) or not value:
        raise _UnknownError
    if not isinstance(value[0], tuple):
        return value
    end = next((index for index, part in enumerate(value) if isinstance(part, bytes)), None)
    if end is None:
        raise _UnknownError
    return ([_structure(part) for part in value[:end]], *value[end:])


def _envelope(_value: object) -> None:
    raise _UnknownError  # never asked for


_READERS = {
    b"UID": _uid,
    b"INTERNALDATE": _moment,
    b"BODY": _structure,
    b"BODYSTRUCTURE": _structure,
    b"ENVELOPE": _envelope,
}


# -- what is beyond it ------------------------------------------------


def _records(response: Response) -> list[Any]:
    """Write a response as imaplib would: literals beside the lines that announce them."""
    pairs = [(response[index], response[index + 1]) for index in range(0, len(response) - 1, 2)]
    return [*pairs, response[-1]]


def _row_by_imapclient(response: Response) -> Row | None:
    from imapclient.response_parser import parse_fetch_response

    try:
        rows: list[Row] = list(parse_fetch_response(_records(response), False, False).values())
    except Exception:  # noqa: BLE001 - whatever is odd about one message spoils no other
        return None
    return rows[0] if len(rows) == 1 else None


def _any_values(response: Response) -> Sequence[Any]:
    """Take a response apart, by whoever can; empty when nobody can."""
    with suppress(_UnknownError):
        return _values(response)
    from imapclient.response_parser import parse_response

    with suppress(Exception):  # as above
        values: Sequence[Any] = parse_response(_records(response))
        return values
    return ()
