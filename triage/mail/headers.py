"""Header fields and what their values say: text, parameters, addresses, Message-IDs, dates.

The hard truth: no two mailers agree on the standards, and reading a *field* is where libraries raise or run for minutes
(mail-facts, section 4). So fields are raw bytes until they are asked for, addresses are split first and decoded after,
everything that can be long has a cap, and every decoder has a way out.
"""

from __future__ import annotations

import binascii
import codecs
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from triage.mail.scrub import one_line, scrub
from triage.model import Address

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_FIELD = 8 * 1024  # bytes of one header field
_MAX_HEADER = 64 * 1024  # bytes of all header fields
_MAX_FIELD_LINES = 4000
_MAX_ADDRESSES = 100
MAX_EMAIL = 320  # RFC 3696 with its erratum
MAX_NAME = 200
_MAX_IDS = 100
_MAX_ID = 250

# -- Fields ------------------------------------------------------------------------------------------------------------

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]{0,20}:")
_WHOLE_FIELD = re.compile(_FIELD.pattern + rb"([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")

Fields = list[tuple[str, bytes]]  # names as they stood, raw unfolded values


def read_fields(source: bytes, start: int) -> tuple[Fields, int]:
    """Read the header fields at `start`, and say where the body begins.

    A line that is no field is skipped when a field follows it (mbox `From `), else the body begins there: some mailers
    forget the empty line.
    """
    if source.startswith(b"\n", start):
        return [], start + 1
    end = source.find(b"\n\n", start)
    end = len(source) if end < 0 else end
    if fields := _sound_fields(source[start:end]):
        return fields, min(end + 2, len(source))
    return _odd_fields(source, start, end)


def _sound_fields(header: bytes) -> Fields:
    """Read a header that is nothing but fields, as nearly all are; empty where it is not, or too long."""
    fields: Fields = []
    position = 0
    if len(header) <= _MAX_HEADER and header.count(b"\n") < _MAX_FIELD_LINES:
        while match := _WHOLE_FIELD.match(header, position):
            value = match[2].strip() if b"\n" not in match[2] else b" ".join(map(bytes.strip, match[2].split(b"\n")))
            fields.append((match[1].decode("ascii"), value[:_MAX_FIELD]))
            position = match.end()
    return fields if position == len(header) else []


def _odd_fields(source: bytes, start: int, end: int) -> tuple[Fields, int]:
    """Read what fields there are, line by line."""
    lines = source[start : min(end, start + _MAX_HEADER)].split(b"\n", _MAX_FIELD_LINES)[:_MAX_FIELD_LINES]
    fields: list[tuple[str, list[bytes]]] = []
    position = start
    for number, line in enumerate(lines):
        if line[:1] in {b" ", b"\t"}:
            if fields:
                fields[-1][1].append(line.strip())
        elif match := _FIELD.match(line):
            fields.append((match[1].decode("ascii"), [line[match.end() :].strip()]))
        elif line.startswith(b"--") or not _is_noise(lines, number):
            return _unfolded(fields), position
        position += len(line) + 1
    return _unfolded(fields), min(end + 2, len(source))


def _is_noise(lines: list[bytes], number: int) -> bool:
    """Whether a line that is no field stands among fields."""
    return number + 1 < len(lines) and _FIELD.match(lines[number + 1]) is not None


def _unfolded(fields: list[tuple[str, list[bytes]]]) -> Fields:
    return [(name, b" ".join(chunks)[:_MAX_FIELD]) for name, chunks in fields]


def raw_text(value: bytes) -> str:
    """Turn a header's bytes into text: UTF-8 as RFC 6532 allows it, else what old Windows mailers sent bare."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


# -- Values of fields --------------------------------------------------------------------------------------------------

_CHARSETS = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252",  # as every browser reads it (WHATWG): Windows mailers say the one and send the other
    "latin1": "cp1252",
    "iso8859-1": "cp1252",
    "ansi": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "windows-874": "cp874",
    "x-mac-roman": "mac_roman",
}
_WESTERN = frozenset({"utf-8", "cp1252", "windows-1252", "iso-8859-15", "latin9", "cp850", "mac_roman"})
# Codecs that are no charsets of mail; punycode takes quadratic time.
_REFUSED = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})


def decode(data: bytes, charset: str) -> tuple[str, bool]:
    """Text of bytes in a charset that may be wrong, unknown or nonsense, and whether all of it could be read.

    An incomplete last character is left out. Bytes that are UTF-8 are taken as such where a Western charset is
    claimed: by chance that hardly happens, by carelessness often.
    """
    name = charset.strip(" \t\"'").lower().partition(" ")[0]
    name = _CHARSETS.get(name, name)
    mislabelled = name.startswith(("utf-16", "utf-32")) and b"\0" not in data
    claimed = [] if name in _WESTERN or mislabelled else [name]
    for candidate in (*claimed, "utf-8", *([name] if name in _WESTERN else [])):
        text = _strictly(data, candidate)
        if text is not None:
            return text, True
    return _leniently(data)


def _strictly(data: bytes, charset: str) -> str | None:
    """Decode without replacement; None where that fails, `LookupError` included."""
    try:
        if codecs.lookup(charset).name.replace("-", "_") in _REFUSED:
            return None
        "".encode(charset)  # LookupError for codecs such as base64 and zlib, which are no charsets
        return codecs.getincrementaldecoder(charset)().decode(data, final=False)
    except (LookupError, ValueError, TypeError, AttributeError):
        return None


def _leniently(data: bytes) -> tuple[str, bool]:
    """UTF-8 with some broken bytes, else cp1252: the fewer replacements win."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken * 2 <= sum(1 for character in text if character > "\x7f"):
        return text, False
    text = data.decode("cp1252", "replace")
    return text, "\ufffd" not in text


def decode_words(value: str) -> str:
    """Decode RFC 2047 encoded words wherever they stand: in quotes, glued to text, split within a character."""
    if "=?" not in value:
        return value
    pieces: list[tuple[str, bytes | str]] = []
    position = 0
    for start, end, charset, data in _encoded_words(value):
        between = value[position:start]
        if between.strip() or not (pieces and pieces[-1][0]):
            pieces.append(("", between))
        if pieces[-1][0] == charset and isinstance(pieces[-1][1], bytes):
            pieces[-1] = (charset, pieces[-1][1] + data)  # a character may be split over two words
        else:
            pieces.append((charset, data))
        position = end
    pieces.append(("", value[position:]))
    return "".join(data if isinstance(data, str) else decode(data, charset)[0] for charset, data in pieces)


def _encoded_words(value: str) -> Iterator[tuple[int, int, str, bytes]]:
    """Yield the encoded words of a value: start, end, charset in lower case, bytes."""
    start = value.find("=?")
    while start >= 0:
        charset, mark, rest = value[start + 2 : start + 80].partition("?")
        text_start = start + 2 + len(charset) + 3
        end = value.find("?=", text_start)
        if end < 0:
            return
        if mark and rest[:2].lower() in {"b?", "q?"} and not charset.strip().count(" "):
            data = _encoded_bytes(value[text_start:end], rest[0])
            yield start, end + 2, charset.partition("*")[0].strip().lower() or "utf-8", data
            start = value.find("=?", end + 2)
        else:
            start = value.find("=?", start + 2)


def _encoded_bytes(text: str, encoding: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    return from_base64(raw)[0] if encoding in "bB" else binascii.a2b_qp(raw, header=True)


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")


def from_base64(raw: bytes) -> tuple[bytes, bool]:
    """Decode what there is up to the padding, an incomplete quantum included; prose by mistake so labelled stays."""
    if raw.count(b" ") * 20 > len(raw):
        return raw, True
    letters, _, _ = _NOT_BASE64.sub(b"", raw).partition(b"=")
    spare = len(letters) % 4
    complete = letters[: len(letters) - 1] if spare == 1 else letters
    return binascii.a2b_base64(complete + b"=" * (-len(complete) % 4)), spare != 1


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Split a value such as Content-Type from its parameters, and join RFC 2231's continued and encoded ones."""
    kind, mark, rest = value.partition(";")
    if not mark:
        return _kind(kind), {}
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(rest):
        text = match[3] if match[3] is not None else (match[2] or "").strip(" \t'")
        found.setdefault(match[1].lower(), text.replace('\\"', '"'))
    return _kind(kind), _joined(found)


def _kind(value: str) -> str:
    return value.partition("(")[0].strip(" \t\"'").lower()


_PARAMETER = re.compile(r'([^=;\s"]{1,60})\s{0,20}=\s{0,20}("((?:[^"\\]|\\.)*)"|[^;]*)')


def _joined(found: dict[str, str]) -> dict[str, str]:
    """Join `name*0`, `name*1*` … in their order (RFC 2231, sections 3 and 4)."""
    joined: dict[str, str] = {}
    for name, value in found.items():
        base, star, _ = name.partition("*")
        text = _percent_decoded(value) if name.endswith("*") else value
        joined[base] = joined.get(base, "") + text if star else text
    return joined


def _percent_decoded(value: str) -> str:
    charset, mark, text = value.partition("'")
    data = (text.partition("'")[2] if mark else value).replace("=", "=3D").replace("%", "=")
    return decode(binascii.a2b_qp(data.encode("utf-8", "replace")), charset if mark else "utf-8")[0]


_ADDRESS_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|\\.|[()<>,;:"\\]|[^()<>,;:"\\]+', re.DOTALL)


@dataclass(slots=True)
class _Mailbox:
    """One address while it is read: words outside angles, what stands in angles, comments, quoted words."""

    phrase: list[str] = field(default_factory=list)
    angle: list[str] | None = None
    comments: list[str] = field(default_factory=list)

    def address(self) -> Address:
        phrase = " ".join("".join(self.phrase).split())
        if self.angle is None and "@" in phrase:
            words = phrase.split()
            email = next(word for word in words if "@" in word)
            name = " ".join(word for word in words if word is not email)
        else:
            email, name = "".join(self.angle or []), phrase
        return _address(email, name or " ".join(self.comments))


def _address(email: str, name: str) -> Address:
    """Make an address as the model wants it; without an `@` there is none, and what stood there is a name."""
    email = "".join(scrub(email).split()).rpartition(":")[2].strip("<>'\".,;()[]").lower()  # route, `mailto:`
    local, _, domain = email.rpartition("@")
    name = one_line(decode_words(name), MAX_NAME).strip("\"' ")
    if not local or not domain or len(email) > MAX_EMAIL:
        return Address("", name or email[:MAX_NAME])
    return Address(email, "" if name.lower() == email else name)


@lru_cache(maxsize=256)
def read_addresses(value: str) -> tuple[Address, ...]:
    """Addresses of a header, split first and decoded after, in one pass over the tokens.

    `Jansen, Jan <jan@…>` without quotes, as Exchange has it, is one address. Cached, for most mails go to the same few.
    """
    found: list[Address] = []
    for mailbox in _mailboxes(value[:_MAX_FIELD]):
        address = mailbox.address()
        if address.email and found and not found[-1].email and mailbox.angle is not None:
            lost = found.pop()
            address = replace(address, name=f"{lost.name}, {address.name}" if address.name else lost.name)
        if address.email or address.name:
            found.append(address)
        if len(found) >= _MAX_ADDRESSES:
            break
    if not any(address.email for address in found) and "=?" in value and "@" in (decoded := decode_words(value)):
        return read_addresses(decoded.replace("=?", ""))  # some mailers encode name and address together
    return tuple(found)


def _mailboxes(value: str) -> Iterator[_Mailbox]:
    current = _Mailbox()
    depth = 0
    in_angle = False
    for match in _ADDRESS_PIECE.finditer(value):
        piece = match[0]
        if piece in "()":
            depth = max(0, depth + (1 if piece == "(" else -1))
        elif depth:
            current.comments.append(piece)
        elif piece == "<":
            in_angle, current.angle = True, []
        elif piece == ">":
            in_angle = False
        elif piece in ",;" and not in_angle:
            yield current
            current = _Mailbox()
        elif piece == ":" and not in_angle:
            current = _Mailbox()  # the name of a group
        elif in_angle and current.angle is not None:
            current.angle.append(piece)
        else:
            current.phrase.append(piece if match[1] is None else match[1].replace("\\", ""))
    yield current


_ID = re.compile(r"<([^<>]{1,1000})>")


def read_ids(value: str) -> tuple[str, ...]:
    """Find the Message-IDs in a header: each once, in order; of more than 100 the first and the last 99."""
    found = dict.fromkeys(_id(match) for match in _ID.findall(value))
    ids = [one for one in found if one]
    return tuple(ids if len(ids) <= _MAX_IDS else [ids[0], *ids[1 - _MAX_IDS :]])


def read_own_id(value: str) -> str:
    """Read the mail's own Message-ID, also where the angle brackets were forgotten; empty where there is none."""
    match = _ID.search(value)
    bare = re.sub(r"\([^()]*\)", "", value).strip("<> \t").split()
    return _id(match[1]) if match else _id(bare[0]) if bare else ""


def _id(text: str) -> str:
    return "".join(scrub(text).split())[:_MAX_ID]


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DATE = re.compile(
    r"(?:[a-z]{3}, )?(\d{1,2}) ([a-z]{3}) ((?:19|20)\d\d) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)(?: \([a-z]{1,5}\))?",
    re.IGNORECASE | re.ASCII,
)


def read_date(value: str) -> datetime | None:
    """Read the sender's claim of the time, in UTC where it names no zone; None where it is absurd or unreadable."""
    try:
        sent = _sound_date(value) or _odd_date(value)
        return sent if sent and 1990 <= sent.astimezone(UTC).year < 2100 else None
    except Exception:  # noqa: BLE001  # it raises IndexError, OverflowError and more on hostile dates
        return None


def _sound_date(value: str) -> datetime | None:
    """Read a date that is written as RFC 5322 has it, as nearly all are."""
    match = _DATE.fullmatch(value)
    if not match or match[2].lower() not in _MONTHS:
        return None
    day, year, hour, minute, second, hours, minutes = map(int, match.group(1, 3, 4, 5, 6, 8, 9))
    offset = timedelta(hours=hours, minutes=minutes)
    zone = timezone(-offset if match[7] == "-" else offset) if offset else UTC
    return datetime(year, _MONTHS.index(match[2].lower()) + 1, day, hour, minute, second, tzinfo=zone)


def _odd_date(value: str) -> datetime | None:
    from email.utils import parsedate_tz  # here: it pulls in sockets and urllib

    parts = parsedate_tz(value[:200])
    if parts is None:
        return None
    zone = timezone(timedelta(seconds=parts[9])) if parts[9] else UTC
    return datetime(*parts[:6], tzinfo=zone)
