"""The tree of a mail's parts, and the words in it.

The hard truth: the source is a header and the first bytes of a body, so that a part which ends in the middle of a
base64 quantum, an escape or a character is the normal case; what is complete of it is read. One walk over the lines
builds the tree, with a cap on parts and depth, for some mails nest a thousand times.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.mail.headers import Fields, decode, from_base64, raw_text, read_fields, read_parameters
from triage.mail.html import ALL
from triage.mail.patterns import compiled
from triage.mail.scrub import scrub
from triage.mail.text import html_to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MAX_PARTS = 500
_MAX_DEPTH = 50
_MAX_TEXT = 256 * 1024  # bytes of one text part

# -- The tree ----------------------------------------------------------------------------------------------------------

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}")


@dataclass(slots=True)
class Part:
    """One MIME entity: a multipart with children, or a leaf with the raw bytes of its body."""

    fields: Fields
    body: bytes = b""
    whole: bool = True  # False: the source ended before the part did
    children: list[Part] = field(default_factory=list)
    type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    _named: dict[str, list[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.fields:
            self._named.setdefault(name.lower(), []).append(value)
        kind, self.parameters = read_parameters(self.text("content-type"))
        if match := _TYPE.match(kind):
            self.type = match[0]
        elif "html" in kind:
            self.type = "text/html"

    def text(self, name: str) -> str:
        """Return a header's raw text, encoded words and all; the first of its name, or empty."""
        return next(self.texts(name), "")

    def texts(self, name: str) -> Iterator[str]:
        """Yield the raw texts of all headers of a name."""
        return map(raw_text, self._named.get(name, ()))

    @property
    def is_attachment(self) -> bool:
        """Whether the part is a file beside the words; bodies have no file name."""
        disposition, parameters = read_parameters(self.text("content-disposition"))
        return disposition == "attachment" or "filename" in parameters

    def walk(self) -> Iterator[Part]:
        """Yield the leaves in order."""
        stack = [self]
        while stack:
            part = stack.pop()
            if part.children:
                stack.extend(reversed(part.children))
            else:
                yield part


_DELIMITER = re.compile(rb"\n--([^\n]{1,300})$", re.MULTILINE)
_FIRST_DELIMITER = re.compile(rb"^--([!-~][^\n]{0,98}[!-~])[ \t]*$", re.MULTILINE)


class _Tree:
    """Builds the tree of parts in one walk over the lines that begin with `--`."""

    def __init__(self, source: bytes, *, truncated: bool) -> None:
        self.source = source
        self.truncated = truncated
        self.defects: list[str] = []
        self.open: list[tuple[bytes, Part]] = []  # multiparts that have not ended, with their boundaries
        self.names: set[bytes] = set()
        self.leaf: Part | None = None
        self.start = 0  # of the body of the leaf, or of the next lines to look at
        self.count = 0
        self.root = self._enter(0)

    def build(self) -> Part:
        """Read all parts; what is still open at the end is not whole."""
        position = self.start - 1
        while self.open and (match := _DELIMITER.search(self.source, position)):
            position = match.end()
            level, closing = self._level(match[1])
            if level < 0:
                continue
            self._end_leaf(match.start(), whole=True)
            self._leave(level if closing else level + 1)
            if closing:
                continue
            if self.count >= _MAX_PARTS:
                self.defects.append("too-many-parts")
                break
            self.open[-1][1].children.append(self._enter(position + 1))
            position = max(position, self.start - 1)
        self._end_leaf(len(self.source), whole=not (self.open or self.truncated))
        for _, part in self.open:
            part.whole = False
        return self.root

    def _level(self, line: bytes) -> tuple[int, bool]:
        """Find the open multipart that a delimiter belongs to (-1 for none), and whether it closes it."""
        name = line.rstrip(b" \t")
        closing = name not in self.names and name.endswith(b"--")
        name = name[:-2] if closing else name
        if name not in self.names:
            return -1, False
        return max(level for level, (boundary, _) in enumerate(self.open) if boundary == name), closing

    def _enter(self, start: int) -> Part:
        """Begin a part: a multipart is opened, anything else becomes the leaf whose body is awaited."""
        self.count += 1
        fields, self.start = read_fields(self.source, start)
        part = Part(fields)
        if self.open and self.open[-1][1].type == "multipart/digest" and not part.text("content-type"):
            part.type = "message/rfc822"
        boundary = self._boundary(part) if part.type.startswith("multipart/") else b""
        if boundary:
            self.open.append((boundary, part))
            self.names.add(boundary)
        else:
            self.leaf = part
        return part

    def _boundary(self, part: Part) -> bytes:
        if len(self.open) >= _MAX_DEPTH:
            self.defects.append("too-deep")
            return b""
        boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        if not boundary and (match := _FIRST_DELIMITER.search(self.source, self.start, self.start + 4096)):
            boundary = match[1]  # forgotten in the header, used in the body
        return boundary

    def _end_leaf(self, end: int, *, whole: bool) -> None:
        if self.leaf is not None:
            self.leaf.body = self.source[self.start : max(self.start, end)]
            self.leaf.whole = whole
            self.leaf = None

    def _leave(self, level: int) -> None:
        del self.open[level:]
        self.names = {boundary for boundary, _ in self.open}


def read_parts(source: bytes, *, truncated: bool) -> tuple[Part, list[str]]:
    """Build the tree of a mail's parts and say what was wrong with it; a multipart without parts is a text."""
    tree = _Tree(source, truncated=truncated)
    body_start = tree.start
    root = tree.build()
    if root.type.startswith("multipart/") and not root.children:
        root.type, root.body, root.whole = "text/plain", source[body_start:], not truncated
    return root, tree.defects


# -- Words of parts ----------------------------------------------------------------------------------------------------

TEXTS = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_URL = re.compile(r"(?:https?://|www\.)\S{1,2000}")
_LETTERS = re.compile(r"[^\W\d_]{2}|\d{4}|[?!]")
_NO_HTML = (
    r"(?i)(?:html|opgemaakte)\b[^\n]{0,80}(?:support|display|read|view|ondersteun|weergeven|weergegeven|unterst[üu]tz"
    r"|anzeigen|darstell|affich|prend pas en charge)"
    r"|(?:support|display|view|read|ondersteunt|weergeven|unterst[üu]tzt|darstellen|anzeigen|afficher|charge)"
    r"[^\n]{0,40}\bhtml\b"
)
_HTML_START = r"(?i)\s{0,200}<(?:!doctype html|html|head|body|div|table|p|meta|style)[\s>]"
CELL = "\ufdd2"  # a noncharacter: marks where a cell of a table ended, so that a form's labels can be told from values
_CELL_END = r"(?i)</t[dh]\s{0,20}>(?=\s{0,200}<t[dh][\s>])"
_META_CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]{1,40})")
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"
_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"


class Reader:
    """Takes the sender's words out of the tree, and notes what could not be read on the way.

    Of HTML only `enough` characters are read.
    """

    def __init__(self, enough: int = ALL) -> None:
        self.defects: list[str] = []
        self.enough = enough

    def words(self, part: Part) -> str:
        """Return the text of a part: of the best alternative, of all parts of a mixed mail, of a leaf."""
        if not part.children:
            return self._leaf(part)
        if part.type == "multipart/encrypted":
            self.defects.append("encrypted")
            return ""
        if part.type == "multipart/alternative":
            return self._alternative(part.children)
        if part.type in {"multipart/signed", "multipart/report"}:
            return self.words(part.children[0])  # what follows is the signature, or for machines
        texts = [self.words(child) for child in part.children if not child.is_attachment]
        if part.type == "multipart/related":
            return next((text for text in texts if text.strip()), "")  # the root; the rest is shown inside it
        return "\n\n".join(_without_repeats(text for text in texts if text.strip()))

    def _alternative(self, children: list[Part]) -> str:
        plain = "\n".join(self.words(child) for child in children if child.type == "text/plain")
        if has_words(plain):
            return plain
        rich = (self.words(child) for child in children if child.type != "text/plain")
        return next((text for text in rich if text.strip()), plain)

    def _leaf(self, part: Part) -> str:
        if part.type in _SMIME:
            signed = part.parameters.get("smime-type", "").lower() == "signed-data"
            self.defects.append("smime" if signed else "encrypted")
        elif part.type == "application/ms-tnef" or "winmail.dat" in part.parameters.get("name", "").lower():
            self.defects.append("winmail.dat")
        elif part.type.startswith("multipart/") and part.whole:
            self.defects.append("no-text")  # it promised parts, and none was found
        if part.type not in TEXTS:
            return ""
        text, problem = read_text(part)
        if problem:
            self.defects.append(problem)
        if part.type != "text/plain" or compiled(_HTML_START).match(text):
            return html_to_text(compiled(_CELL_END).sub(CELL + "</td>", text), self.enough)
        if part.parameters.get("format", "").lower() == "flowed":
            text = _unflowed(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
        return self._without_armour(text)

    def _without_armour(self, text: str) -> str:
        """Text without OpenPGP's armour; an encrypted block holds no words."""
        if _PGP_SIGNED in text:
            before, _, rest = text.partition(_PGP_SIGNED)
            body = rest.partition("\n\n")[2].partition(_PGP_SIGNATURE)[0]
            if not body.strip():
                self.defects.append("no-text")
            return before + body.replace("\n- -", "\n-")
        if _PGP_MESSAGE in text:
            self.defects.append("encrypted")
            return text.partition(_PGP_MESSAGE)[0]
        return text


def has_words(text: str) -> bool:
    """Whether a plain part is more than an excuse for the HTML beside it."""
    bare = _URL.sub("", text).strip() if "://" in text or "www." in text else text.strip()
    if _LETTERS.search(bare) is None:
        return False
    return len(bare) > 400 or compiled(_NO_HTML).search(bare) is None


def _without_repeats(texts: Iterable[str]) -> Iterator[str]:
    """Texts of a mixed mail, without one that only says again what stood before: some mailers mean "alternative"."""
    seen = ""
    for text in texts:
        bare = "".join(text.split())
        if bare not in seen:
            yield text
        seen += bare


def read_text(part: Part) -> tuple[str, str]:
    """Decode a text part, whatever its type, and say what was wrong with it (empty when nothing was)."""
    data, sound = _transfer_decoded(part)
    data = data[:_MAX_TEXT]
    charset = part.parameters.get("charset", "")
    if not charset and part.type == "text/html" and (match := _META_CHARSET.search(data, 0, 4096)):
        charset = match[1].decode("ascii")
    text, readable = decode(data, charset)
    return scrub(text), "" if sound and readable else "charset" if sound else "base64"


def _transfer_decoded(part: Part) -> tuple[bytes, bool]:
    """Undo the transfer encoding of a part, and say whether all bytes came through."""
    encoding = part.text("content-transfer-encoding").partition(";")[0].strip(" \t\"'").lower()
    if encoding == "base64":
        data, sound = from_base64(part.body)
        return data, sound or not part.whole
    if encoding == "quoted-printable":
        cut = part.body[-3:].rfind(b"=") if not part.whole else -1
        return binascii.a2b_qp(part.body if cut < 0 else part.body[: len(part.body[:-3]) + cut]), True
    return part.body, not encoding.endswith("uuencode")


def _unflowed(text: str, *, delete_space: bool) -> str:
    """Join lines that were broken only for the journey (RFC 3676): those that end in a space, of one quote depth."""
    lines: list[str] = []
    flowing = -1  # quote depth of the line that waits for its continuation, -1 for none
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if depth == flowing and content != "-- ":
            lines[-1] = (lines[-1][:-1] if delete_space else lines[-1]) + content
        else:
            lines.append(">" * depth + " " * (depth > 0) + content)
        flowing = depth if content.endswith(" ") and content != "-- " else -1
    return "\n".join(lines)
