"""The sender's newest words: HTML to text, without quotes, signature, device line and disclaimer.

The hard truth: nothing in a mail says where the answer ends and the quote begins; every program marks it in its own
words, and a leaked quote makes the shop's words look like the customer's. So everything here looks for proof (a quote
header, `>`, a container that a mail program made), and what is not proven to be quote or signature stays with the
sender.

HTML is turned into the same marks that plain text has: quoted lines get `> `, lines of a signature get `SIGNATURE`
before them. Nothing here raises, and all of it is linear in the length of the mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from typing import TYPE_CHECKING

from triage.mail.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

SIGNATURE = "\ufdd1"
"""Stands before a line of which HTML says that it is signature: a Unicode noncharacter, so never in a mail's text."""

_INVISIBLE = dict.fromkeys(
    (
        *(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"),
        *map(ord, "\u00ad\u034f\u061c\u1427\u180e\ufeff"),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
    )
)
"""Preheaders' fillers, Outlook's bidirectional marks, Mailtrack's `ᐧ`, and controls that `&#27;` can bring back."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _either(*phrases: str) -> str:
    """Join regular expressions to one that takes any of them."""
    return f"(?:{'|'.join(phrases)})"


# Subjects ------------------------------------------------------------------------------------------------------------

_FORWARDS = _words("fw fwd wg tr doorst doorgestuurd doorgezonden vs rv enc pd")
_SUBJECT_MARK = (
    r"\s*(?:"
    r"(re|ré|r|aw|antw|antwoord|antwort|betr|sv|res|odp|ynt|rif|fwd?|wg|tr|doorst|doorgestuurd|doorgezonden|vs|rv|enc|pd)"
    r"\.?\s{0,3}(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4})?\s{0,3}[:：]"
    r"|\[(?:external|ext|extern|externe|extern bericht|spam|suspected spam|possible spam|caution)\]:?"
    r"|\*{2,5}\s?(?:suspected )?spam\s?\*{2,5}|\*spam\*|\{spam\??\}"
    r")"
)


def stripped_subject(subject: str) -> str:
    """Take reply and forward marks and list tags off a subject; the rest casefolded, with single spaces."""
    folded = subject.translate(_INVISIBLE).casefold()
    return " ".join(folded[_after_marks(folded)[0] :].split())


def is_forward_subject(subject: str) -> bool:
    """Tell whether the outermost mark says "forwarded"; `Re: Fwd: …` answers a forward and is none itself."""
    return _after_marks(subject.translate(_INVISIBLE).casefold())[1] in _FORWARDS


def _after_marks(folded: str) -> tuple[int, str]:
    """Where the marks end, and the outermost of them."""
    position, outermost = 0, ""
    while found := compiled(_SUBJECT_MARK).match(folded, position):
        position, outermost = found.end(), outermost or found[1] or ""
    return position, outermost


# HTML to text --------------------------------------------------------------------------------------------------------

_UNWRITTEN = {**_INVISIBLE, ord(SIGNATURE): None}
_DEEPEST = 300
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,40})[^<>]*>?")
_DO_NOT_NEST = _words(
    "area base body br col colgroup dd dt embed head hr html img input li link meta option p param source "
    "tbody td tfoot th thead tr wbr"
)
_DROPPED = _words("head iframe math noscript object script select style svg template textarea title")
_BLOCKS = _words(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "li main nav ol p pre section table tr ul"
)
_SPACED = _words("h1 h2 h3 h4 h5 h6 p")
_BULLET = "- "
_CELLS = frozenset(("td", "th"))

# Not font-size:0 (MJML puts it on what wraps the words) nor mso-hide:all (hides from Outlook alone).
_HIDDEN = re.compile(
    r"display:none|visibility:hidden|max-height:0(?:px)?(?:;|!|$)(?=.*overflow:hidden)|opacity:0(?:;|!|$)|"
    r"overflow:hidden(?=.*max-height:0(?:px)?(?:;|!|$))"
)
_QUOTED_PARTS = ("moz-cite-prefix", "gmail_attr", "moz-email-headers-table", "moz-forward-container")
_WRAPPERS = ("gmail_quote", "protonmail_quote", "yahoo_quoted", "zmail_extra", "tutanota_quote", "gmail_extra_quote")
_HISTORY_STARTS = (
    "divrplyfwdmsg",
    "olk_src_body_section",
    "mail-editor-reference-message-container",
    "ms-outlook-mobile-reference-message",
    "stopspelling",  # Hotmail's rule above the old mail
)
_SIGNATURES = (
    "gmail_signature",
    "moz-signature",
    "applemailsignature",
    "protonmail_signature_block",
    "ms-outlook-mobile-signature",
    "yahoo-signature",
    "io-ox-signature",
    "_rc_sig",
)
_INDENTED = re.compile(r"border(?:-width)?:(?:none|0)")
_FILE_NAME = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp)\b|^image\d*$|^(?:cid|https?):")
_GUESSED_ALT = ("automatisch gegenereerd", "description automatically", "ai-gegenereerd", "ai-generated", "généré")


@dataclass(slots=True)
class _Page:
    """The text so far: finished lines, the pieces of the current one, and what the open elements say about it."""

    lines: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    quotes: int = 0
    signatures: int = 0
    verbatim: int = 0
    has_words: bool = False

    def prefix(self) -> str:
        """Say what stands before each line here; nine levels of `>` are plenty."""
        if self.quotes:
            return ">" * min(self.quotes, 9) + " "
        return SIGNATURE if self.signatures else ""

    def write(self, text: str) -> None:
        """Add a text node; white space collapses unless it is kept verbatim."""
        if self.verbatim and "\n" in text:
            for line in text.split("\n")[:-1]:
                self.pieces.append(line)
                self.end_line()
            text = text.rpartition("\n")[2]
        self._write_words(text)

    def _write_words(self, text: str) -> None:
        words = " ".join(text.split())
        self.has_words = self.has_words or bool(words)
        if words:
            self.pieces.append((" " if text[0].isspace() else "") + words + (" " if text[-1].isspace() else ""))
        elif self.pieces or "\xa0" in text:  # a paragraph that holds only &nbsp; is an empty line
            self.pieces.append(" " if text else "")

    def end_line(self) -> None:
        """Finish the current line, even an empty one (`<br>`)."""
        self.lines.append((self.prefix() + " ".join("".join(self.pieces).split())).rstrip(" "))
        self.pieces.clear()

    def end_block(self) -> None:
        """Finish the current line if there is one."""
        if self.pieces:
            self.end_line()

    def blank(self) -> None:
        """Leave one empty line, as the margin of a paragraph does."""
        self.end_block()
        if self.lines and not _is_bare(self.lines[-1]):
            self.end_line()


@dataclass(slots=True)
class _Element:
    """An open element and what it changed on the page, so that leaving it can undo that."""

    node: LexborNode
    tag: str
    block: bool = False
    spaced: bool = False
    quotes: int = 0
    signatures: int = 0
    verbatim: int = 0
    wrapper: bool = False


def html_to_text(html: str) -> str:
    """Readable text of an HTML mail: lines for blocks, `> ` before quoted lines, `SIGNATURE` before signature lines."""
    from selectolax.lexbor import LexborHTMLParser  # light start-up

    tree = LexborHTMLParser(_flattened(html))
    page = _Page()
    if (root := tree.body or tree.root) is not None:
        _walk(root, page)
    page.end_block()
    return "\n".join(_squeezed(page.lines))


def _is_bare(line: str) -> bool:
    return not line.strip("> " + SIGNATURE)


def _squeezed(lines: list[str]) -> Iterator[str]:
    """Leave out empty lines at either end, and all but one where several stand together."""
    before_bare = True
    waiting: str | None = None
    for line in lines:
        if _is_bare(line):
            waiting = None if before_bare else line
            continue
        if waiting is not None:
            yield waiting
        waiting, before_bare = None, False
        yield line


def _flattened(html: str) -> str:
    """Leave out tags nested deeper than any mail's, for an HTML parser looks through all open elements at each tag.

    Measured with selectolax 1.0: 200,000 nested `<div>` took two minutes.
    """
    if html.count("<") <= _DEEPEST:
        return html
    depth = 0

    def keep(found: re.Match[str]) -> str:
        nonlocal depth
        if ":" in found[2]:  # Word's <o:p> and <v:shape>, often left open
            return ""
        if found[2].lower() in _DO_NOT_NEST:
            return found[0]
        kept = depth < _DEEPEST if not found[1] else depth <= _DEEPEST
        depth = max(0, depth - 1) if found[1] else depth + 1
        return found[0] if kept else "\n"

    return _TAG.sub(keep, html)


def _walk(root: LexborNode, page: _Page) -> None:
    """Visit the tree in document order without recursion."""
    open_elements: list[_Element] = []
    node: LexborNode | None = root
    while node is not None:
        element = _enter(node, page, open_elements)
        if element is not None:
            if node.first_child is not None:
                open_elements.append(element)
                node = node.first_child
                continue
            _leave(element, page, open_elements)
        while node.next is None and open_elements:
            node = open_elements[-1].node
            _leave(open_elements.pop(), page, open_elements)
        node = node.next if open_elements else None


def _enter(node: LexborNode, page: _Page, parents: list[_Element]) -> _Element | None:
    """Open an element; None when there is nothing to look at inside."""
    tag = node.tag or ""
    if tag == "-text":
        page.write((node.text_content or "").translate(_UNWRITTEN))
        return None
    if tag.startswith(("-", "!")) or tag in _DROPPED:
        return None
    attributes = {name: value or "" for name, value in node.attributes.items()}
    if "hidden" in attributes or _HIDDEN.search(_style(attributes)):
        return None
    if tag == "br":
        page.end_line()
        return None
    if tag == "img":
        page.write(_spoken(attributes.get("alt", "")))
        return None
    return _opened(node, tag, attributes, page, parents)


def _spoken(alt: str) -> str:
    """Keep the text of an image when it is words and not a file name or a machine's guess."""
    folded = " ".join(alt.split()).casefold()
    if len(folded) > 80 or _FILE_NAME.search(folded) or any(guess in folded for guess in _GUESSED_ALT):
        return ""
    return folded and f" {alt} "


def _opened(node: LexborNode, tag: str, attributes: dict[str, str], page: _Page, parents: list[_Element]) -> _Element:
    """Begin an element on the page: end the line above it, and note what it changes."""
    alone = bool(parents) and parents[-1].tag in _CELLS and _is_alone(node)
    element = _Element(node, tag, block=tag in _BLOCKS and not alone)
    marks = f"{attributes.get('class', '')} {attributes.get('id', '')}".lower()
    style = _style(attributes)
    element.spaced = tag in _SPACED and not alone and "mso" not in marks and "margin:0" not in style
    element.verbatim = int(tag == "pre" or "white-space:pre" in style)
    _open_line(element, page)
    _judge(element, marks, attributes, page)
    page.quotes += element.quotes
    page.signatures += element.signatures
    page.verbatim += element.verbatim
    if tag == "li":
        page.pieces.append(_BULLET)
    return element


def _style(attributes: dict[str, str]) -> str:
    return attributes.get("style", "").lower().replace(" ", "")


def _is_alone(node: LexborNode) -> bool:
    """Is this the only thing in its table cell? Then it needs no line of its own."""
    return _is_last(node.prev, "prev") and _is_last(node.next, "next")


def _is_last(beside: LexborNode | None, way: str) -> bool:
    if beside is None:
        return True
    blank = beside.tag == "-text" and not (beside.text_content or "").strip(" \t\r\n\xa0\ufdd0\ufdd1\ufdd2\ufdd3")
    return blank and getattr(beside, way) is None


def _open_line(element: _Element, page: _Page) -> None:
    if page.pieces == [_BULLET]:
        return
    if element.spaced:
        page.blank()
    elif element.block:
        page.end_block()
    elif element.tag in _CELLS and page.pieces:
        page.pieces.append(" ")


def _judge(element: _Element, marks: str, attributes: dict[str, str], page: _Page) -> None:
    """Note what mail programs say that the element is: quote, wrapper of a quote, start of history, signature."""
    if not attributes and element.tag != "blockquote":
        return
    if element.tag == "blockquote":
        element.quotes = int(not _is_indentation(marks, attributes))
    elif any(name in marks for name in _HISTORY_STARTS) or _is_outlook_header(element.node, _style(attributes), page):
        page.end_block()
        page.quotes += 1  # never undone: all that follows is history
    elif "appendonsend" in marks:
        page.quotes += int(page.has_words and not page.quotes)
    elif any(name in marks for name in _QUOTED_PARTS):
        element.quotes = 1
    elif any(name in marks for name in _WRAPPERS):
        element.quotes = 1
        element.wrapper = not page.quotes and _holds_answers(element.node)
    elif _is_signature(marks):
        element.signatures = 1
    if element.quotes or element.signatures:
        page.end_block()


def _is_indentation(marks: str, attributes: dict[str, str]) -> bool:
    """Is this blockquote what the "indent" button of Gmail and Outlook on the web makes?"""
    return (
        "cite" not in attributes.get("type", "").lower()
        and not marks.strip()
        and bool(_INDENTED.search(_style(attributes)))
    )


def _is_outlook_header(node: LexborNode, style: str, page: _Page) -> bool:
    """Is this the bordered block of Outlook (Word's HTML) below which the old mail stands, in whatever language?"""
    if page.quotes or "border-top:solid" not in style:
        return False
    return sum(1 for line in _opening_lines(node)[:8] if 0 < line.find(":") < 25) >= 3


def _is_signature(marks: str) -> bool:
    return any(name in marks for name in _SIGNATURES) or "signature" in marks.split()


def _holds_answers(wrapper: LexborNode) -> bool:
    """Are the quotes in this wrapper blockquotes, so that words beside them are answers? Not so in a forward."""
    opening = _opening_lines(wrapper)[:6]
    forwarded = any(line.startswith("-----") for line in opening) or len({_role(line) for line in opening} - {""}) >= 2
    return not forwarded and wrapper.css_first("blockquote") is not None


def _opening_lines(node: LexborNode) -> list[str]:
    """Read the text lines at the start of an element, at most 60 nodes of it."""
    lines: list[str] = [""]
    for count, part in enumerate(node.traverse(include_text=True)):
        if count > 60:
            break
        if part.tag in _BLOCKS or part.tag == "br":
            lines.append("")
        elif part.tag == "-text":
            lines[-1] += " ".join((part.text_content or "").split())[:300] + " "
    return [line.strip() for line in lines if line.strip()]


def _leave(element: _Element, page: _Page, parents: list[_Element]) -> None:
    """Close an element: end its line and undo what it changed."""
    if element.spaced:
        page.blank()
    elif element.block or element.quotes or element.signatures:
        page.end_block()
    page.quotes -= element.quotes
    page.signatures -= element.signatures
    page.verbatim -= element.verbatim
    if element.tag == "blockquote" and element.quotes:
        _release_wrapper(page, parents)


def _release_wrapper(page: _Page, parents: list[_Element]) -> None:
    """After the first blockquote in a Gmail or Proton wrapper, words directly in the wrapper are answers."""
    wrapper = next((parent for parent in reversed(parents) if parent.quotes), None)
    if wrapper is not None and wrapper.wrapper:
        page.quotes -= wrapper.quotes
        wrapper.quotes = 0


# Which lines are quoted, and which begin a quote ---------------------------------------------------------------------

_REACH = 400
"""How much of a line is looked at: no mark is longer, and hostile lines stay cheap."""

_QUOTED = re.compile(r"\s{0,8}(?:[A-Z]{0,3}>|&gt;|\|(?!.*\|\s*$))")
_WRITING = _either(
    r"schreef|geschreven|wrote|writes|schrieb|schreibt|[aà] écrit|escribi[óo]|ha scritto|escreveu|skrev|kirjoitti",
    r"napisał\(a\)|napisała?|napsal|написал|пише|пишет|írta|yazdı|写道|寫道",
)
_VERB = rf"(?<!\w){_WRITING}(?!\w)"
_BRACKET_TAIL = rf"(?i)\s{{0,3}}>\s{{0,3}}(?:{_WRITING}|het volgende geschreven)?\s{{0,3}}:$"
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2}\s?h\s?\d{2}\b")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_WEEKDAYS = _either(
    r"maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ma|di|wo|do|vr|za|zo",
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun",
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mo|mi|fr|sa|so",
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim",
    r"man|pe|tir|ons|fre|tor|søn|lør|mån|tis|lör|sön|jueves|giovedì|понедельник|ср",
)
_OPENER = _either(
    r"(?:on|op|am|le|el|il|den|em|at|dnia|w dniu|in data|dne)\s(?=.{0,45}\d)",
    r"\d",
    rf"{_WEEKDAYS}(?=[.,\s].{{0,15}}\d)",
)
_NAME_FIRST = (
    rf"<[^<>]{{3,120}}>\s{{0,3}}{_WRITING}(?!\w)|^\S{{1,80}}@\S{{1,80}} {_WRITING}(?!\w)|"
    r"\w (?:schreef op|schrieb am|wrote on) .{0,30}\d"
)
_QUOTING = ("quoting ", "zitat von ", "citeren ", "citando ", "selon ")  # Horde
_HEADER_ENDS = (":", "：", ">", "wrote", "---", "*", "_")
_STAMPED = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} (?:gmt|utc)[+-]\d{1,2}:\d{2} \S")
_BY_PRONOUN = (
    r"(?:schreef|schrieb) (?:ik|u|je|jij|jullie|wij|we|hij|ze|zij|ich|sie|er|ihr|wir|du)\b|"
    r"\b(?:i|you|we|he|she|they|ik|u|je|jij|ich|sie|du|er|vous|tu|il|elle|nous|on|die|dat|waarin) "
    r"(?:mij |me |ons |mir |uns |m'|nous )?(?:wrote|schreef|schrieb|(?:a|à) écrit)"
)

_ROLES = {
    word: role
    for role, words in {
        "from": "from|van|von|de|da|fra|från|od|expéditeur|mittente|remitente|lähettäjä|afzender|от",
        "sent": "sent|date|verzonden|verzonden op|verstuurd|datum|gesendet|envoyé|envoyé le|date d'envoi|message du|"
        "enviado|enviado el|enviado em|fecha|data|inviato|sendt|dato|skickat|wysłano|lähetetty|päivämäärä|"
        "отправлено|дата",
        "to": "to|aan|an|à|a|para|till|til|do|pour|destinataire|vastaanottaja|кому",
        "copy": "cc|kopie|copie|copie à|kopi|kopia|bcc",
        "subject": "subject|onderwerp|betreff|objet|sujet|asunto|assunto|oggetto|emne|ämne|temat|aihe|тема",
        "more": "reply-to|antwoord aan|antwort an|répondre à|risposta|importance|urgentie|prioriteit|priority|"
        "attachments|bijlagen|anlagen|pièces jointes",
    }.items()
    for word in words.split("|")
}
_FORM_FIELDS = _either(
    r"(?:uw )?(?:bericht|vraag|naam|telefoon(?:nummer)?|opmerking(?:en)?)|bericht inhoud|e-?mail(?:adres)?",
    r"(?:your )?(?:message|name|phone|comments?)|message body",
    r"(?:ihre )?nachricht|telefon|nom|téléphone|(?:votre )?message",
)
_FORWARDED = _either(
    r"oorspronkelijke? (?:bericht|e-?mail)|originee?le? (?:bericht|e-?mail)|antwoordbericht",
    r"doorgestuurde? (?:bericht|e-?mail)|doorgezonden bericht",
    r"original message|forwarded (?:message|e-?mail|by)|reply message",
    r"ursprüngliche (?:nachricht|e-?mail)|original-?(?:nachricht|e-?mail)|weitergeleitete (?:nachricht|e-?mail)",
    r"message (?:d'origine|original|transféré|transmis|réexpédié)|(?:mail|courriel) original|e-mail d'origine",
    r"mensaje (?:original|reenviado)|messaggio (?:originale|inoltrato)|mensagem (?:original|encaminhada)",
    r"oprindelig (?:besked|meddelelse)|original ?meddelelse|videresendt|opprinnelig melding",
    r"ursprungligt meddelande|originalmeddelande|vidarebefordrat|oryginalna wiadomość|wiadomość oryginalna",
)
_BEGIN_FORWARD = (
    r"(?:begin (?:doorgestuurd bericht|forwarded message)|anfang der weitergeleiteten (?:nachricht|e-mail)|"
    r"début du message (?:réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato)\s?:"
)
_BAR = re.compile(r"[-_=*~#—–]{3,}\s*$|__$")


@dataclass(frozen=True, slots=True)
class Split:
    """A mail in three: the sender's newest words, the quoted history, and what only says who wrote."""

    newest: str
    history: str
    signature: str


class _Part(Enum):
    NEWEST = auto()
    HISTORY = auto()
    SIGNATURE = auto()


def split_newest(text: str) -> Split:
    """Tell the sender's newest words from quoted history and signature.

    Words written between or below quoted lines are the sender's. A mere forward has no newest words. A text that would
    be left without words although it quotes nothing is given back as it stands.
    """
    lines = _lines(text)
    parts = _history_marked(lines)
    for start, stop in _runs(parts):
        parts[start:stop] = _signature_marked(lines[start:stop])
    split = Split(*(_joined(lines, parts, part) for part in _Part))
    if split.newest or _quotes_someone(split.history):
        return split
    return Split("\n".join(lines).replace(SIGNATURE, "").strip(), "", "")


def _lines(text: str) -> list[str]:
    tidy = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").translate(_INVISIBLE)
    return [line.rstrip() for line in tidy.split("\n")]


def _joined(lines: list[str], parts: list[_Part], wanted: _Part) -> str:
    """Join the lines of one part, with an empty line where others stood between them."""
    chosen: list[str] = []
    for index, line in enumerate(lines):
        if parts[index] is wanted:
            if wanted is _Part.NEWEST and index and parts[index - 1] is not wanted:
                chosen.append("")
            chosen.append(line.removeprefix(SIGNATURE))
    if wanted is _Part.HISTORY:
        return "\n".join(chosen).strip("\n")
    return "\n".join(_squeezed(chosen)).strip()


def _runs(parts: list[_Part]) -> list[tuple[int, int]]:
    """Where the sender's own lines stand together: from, up to."""
    edges = [
        index
        for index in range(len(parts) + 1)
        if (index < len(parts) and parts[index] is _Part.NEWEST) != (index > 0 and parts[index - 1] is _Part.NEWEST)
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _history_marked(lines: list[str]) -> list[_Part]:
    """Each line's part, as far as quotes decide it."""
    quoted = _quoted(lines)
    parts = [_Part.HISTORY if mark else _Part.NEWEST for mark in quoted]
    following = _next_filled(lines)
    has_words = False
    index = 0
    while index < len(lines):
        if quoted[index] or not lines[index]:
            index += 1
        elif _starts_history(lines, index, has_words=has_words):
            return _all_history_from(_bars_above(lines, index), parts)
        elif end := _attribution_end(lines, quoted, following, index):
            if has_words and following[end] < len(lines) and not quoted[following[end]]:
                return _all_history_from(index, parts)
            parts[index:end] = [_Part.HISTORY] * (end - index)
            index = end
        else:
            has_words = has_words or not _BAR.match(lines[index])
            index += 1
    return parts


def _starts_history(lines: list[str], index: int, *, has_words: bool) -> bool:
    """Is all from this line on history, whether it is marked or not?"""
    return (
        _is_separator(lines, index)
        or _is_header_block(lines, index, has_words=has_words)
        or _begins_with_attribution(lines[index])
    )


def _all_history_from(start: int, parts: list[_Part]) -> list[_Part]:
    return parts[:start] + [_Part.HISTORY] * (len(parts) - start)


def _quotes_someone(history: str) -> bool:
    """Is there a quote header in the history, be it itself quoted?"""
    bare = [line.lstrip("> |") for line in history.split("\n")]
    following = _next_filled(bare)
    nothing = [False] * len(bare)
    return any(
        _starts_history(bare, index, has_words=True) or _attribution_end(bare, nothing, following, index)
        for index, line in enumerate(bare)
        if line
    )


def _next_filled(lines: list[str]) -> list[int]:
    """For each place, the first line from there on that is not empty; the length when there is none."""
    following = [len(lines)] * (len(lines) + 1)
    for index in range(len(lines) - 1, -1, -1):
        following[index] = index if lines[index] else following[index + 1]
    return following


def _quoted(lines: list[str]) -> list[bool]:
    """Which lines are marked as quoted, wrapped rests of quoted lines included."""
    marks = [bool(_QUOTED.match(line[:_REACH])) and not compiled(_BRACKET_TAIL).match(line[:_REACH]) for line in lines]
    for index in range(1, len(lines) - 1):
        if marks[index - 1] and marks[index + 1] and not marks[index]:
            marks[index] = _is_wrapped_rest(lines[index - 1], lines[index])
    return marks


def _is_wrapped_rest(before: str, line: str) -> bool:
    """Did a mail program break a long quoted line, leaving its end without `>`?"""
    return len(before) >= 70 and 0 < len(line) < 50 and line[0].islower()


def _is_separator(lines: list[str], index: int) -> bool:
    """Is this `-----Original Message-----` or its like? An unknown wording needs header fields below it."""
    line = lines[index].strip(" *>")[:_REACH].casefold()
    if compiled(_BEGIN_FORWARD).match(line) or line.startswith("original message processed by"):  # Apple; Tobit David
        return True
    if len(line) > 120 or not line.startswith(("--", "__", "==")):
        return False
    words = line.strip("-_=* ")
    if not words or compiled(_FORWARDED).match(words):
        return bool(words)
    below = {_role(other) for other in lines[index + 1 : index + 4]} - {""}
    return line.endswith("--") and len(below) >= 2


def _bars_above(lines: list[str], index: int) -> int:
    """Move the start of a quote up over the bar and the empty lines above it."""
    start = index
    while start and (not lines[start - 1] or _BAR.match(lines[start - 1].strip(" *")[:_REACH])):
        start -= 1
    return start


def _field(line: str) -> str:
    """Read the name of a header field at the start of a line, casefolded, or empty: `*Van:* Jan` gives `van`."""
    start = line[:40]
    if ":" not in start and "：" not in start:
        return ""
    return start.replace("：", ":").partition(":")[0].strip(" *_>\t").casefold()


def _role(line: str) -> str:
    return _ROLES.get(_field(line), "")


def _is_header_block(lines: list[str], index: int, *, has_words: bool) -> bool:
    """Do the header fields of an older mail stand here (Outlook, Samsung, GMX)?

    Three different fields, sender or date among them. A contact form also begins with such fields, but goes on with
    fields of its own; a letter's heading names no address and no time.
    """
    first = _role(lines[index])
    if not first or not {_role(line) for line in lines[index + 1 : index + 6]} - {first, ""}:
        return False
    block, end = _header_block(lines, index)
    roles = {_role(line) for line in block} - {""}
    values = " ".join(block)
    dated = "@" in values or bool(_TIME.search(values[:2000]))
    sure = len(roles) >= 3 and bool(roles & {"from", "sent"}) and bool(roles & {"to", "sent", "subject"})
    barred = len(roles) >= 2 and {"from", "sent"} <= roles and dated
    is_form = end < len(lines) and compiled(_FORM_FIELDS).fullmatch(_field(lines[end])) is not None
    return (sure or barred) and (dated or has_words) and not is_form


def _header_block(lines: list[str], index: int) -> tuple[list[str], int]:
    """Gather the header fields from here on with their wrapped lines, and find the next line that is filled."""
    block: list[str] = []
    wrapped = 0
    end = index
    while end < len(lines) and len(block) < 14 and wrapped < 4:
        line = lines[end]
        if not line and not (end + 1 < len(lines) and _role(lines[end + 1])):
            break
        if compiled(_FORM_FIELDS).fullmatch(_field(line)):
            break
        wrapped = 0 if not line or _role(line) else wrapped + 1
        block += [line[:_REACH]] if line else []
        end += 1
    return block, next((place for place in range(end, min(end + 4, len(lines))) if lines[place]), len(lines))


def _attribution_end(lines: list[str], quoted: list[bool], following: list[int], index: int) -> int:
    """Where "On … X wrote:" that begins at this line ends (one to four lines on), or 0 when there is none."""
    found = 0
    if _BAR.match(lines[index][:_REACH]):
        return found
    for end in range(index + 1, min(index + 4, len(lines)) + 1):
        last = end - 1
        if not lines[last] or quoted[last]:
            break
        if not lines[last].endswith(_HEADER_ENDS) and not lines[index][0].isdigit():
            continue
        after = following[end]
        if _is_attribution(" ".join(lines[index:end]), before_quote=after < len(lines) and quoted[after]):
            found = 0 if _begins_later(lines, index, end) else end
            if lines[last].endswith((":", "：")):
                break
    return found


def _begins_later(lines: list[str], index: int, end: int) -> bool:
    """Would a line further down begin the same header? Then those above it are somebody's words.

    Not so where the lines above are themselves its start: `On Nov 3, 2025,` and below it `Jan <jan@…> wrote:`.
    """
    opened = bool(compiled(_OPENER).match(lines[index].casefold()))
    return any(
        _is_attribution(" ".join(lines[later:end]), before_quote=False)
        and not (opened and lines[later - 1].endswith(","))
        for later in range(index + 1, end)
    )


def _is_attribution(joined: str, *, before_quote: bool) -> bool:
    """Is this line (joined, if it was wrapped) a program's "On … X wrote:" and not a person's?"""
    if len(joined) > _REACH or joined.count("<") != joined.count(">") or joined.count(")") > joined.count("("):
        return False
    line = joined.strip(" *_\t").casefold()
    if line.startswith("<"):  # the rest of a wrapped header
        return False
    told = line.strip("- ")
    closed = line.endswith((":", "：")) or (line.endswith("--") and line.startswith("--")) or told.endswith("wrote")
    verb = compiled(_VERB).search(told)
    if not verb:
        return _is_dated_address(told, closed=closed)
    if not closed:
        return False
    machine = "@" in told or bool(_TIME.search(told))
    if compiled(_BY_PRONOUN).search(told) and "@" not in told:
        return machine and before_quote and len(told) < 60
    opened = bool(compiled(_OPENER).match(told) or compiled(_NAME_FIRST).search(told[:200]))
    return (opened and (machine or before_quote)) or (before_quote and len(told) < 80)


def _begins_with_attribution(line: str) -> bool:
    """Is this a quote header with the quote itself on the same line (Yahoo's app)?"""
    head, mark, quote = line[: 2 * _REACH].partition(">:")
    if not mark:
        head, mark, quote = line[: 2 * _REACH].partition("> wrote:")
    return (
        bool(quote.strip()) and bool(_TIME.search(head[:_REACH])) and _is_attribution(head + mark, before_quote=False)
    )


def _is_dated_address(line: str, *, closed: bool) -> bool:
    """Is this `3.11.2025, 10:12, "Jan" <jan@…>:`, a quote header without a verb (Yandex, old Gmail)?"""
    if _STAMPED.match(line) or (closed and "@" in line and line.startswith(_QUOTING)):
        return True
    dated = bool(compiled(_OPENER).match(line)) and bool(_TIME.search(line) or _YEAR.search(line))
    return dated and "@" in line.rpartition(" ")[2] and (closed or line.endswith(">"))


# Signature, device line, disclaimer ----------------------------------------------------------------------------------

_DASHES = re.compile(r"(?:--|—|–)$")
_POSTSCRIPT = re.compile(r"(?:p\.?\s?s\.?|n\.?b\.?|ps\d)(?:\s|:|;|$)", re.IGNORECASE)
_MATTER = re.compile(
    r"(?:order|bestel|factuur|pakbon|retour|klant|artikel|invoice|rechnung|auftrag|kunden|commande|facture|track|zending)"
    r".{0,30}\d",
    re.IGNORECASE,
)
_URL = re.compile(r"<?(?:https?://|www\.)\S{1,300}|<mailto:[^>]{0,200}>|\[(?:cid|image)[^\]]{0,200}\]")

_DEVICE = _either(
    r"iphone|ipad|ipod|apple watch|android|samsung|galaxy|huawei|xiaomi|redmi|oneplus|oppo|fairphone|pixel|nokia|htc",
    r"wiko|motorola|sony|xperia|lg|alcatel|blackberry|windows|ti-85|telefoon|mobiel|mobieltje|gsm|smartphone|tablet",
    r"phone|mobile|cell|handy|mobiltelefon|mobilgerät|portable|téléphone|móvil|celular|cellulare|mobil|telefon",
    r"outlook|yahoo|gmail|proton ?mail|spark|typeapp|bluemail|aol|airmail|mailbox|sparrow|zoho|tuta|tutanota|gmx",
    r"web\.de|freenet|t-online|telekom|k-9|thunderbird|nextcloud|kpn|ziggo|telenet|proximus|orange|laposte|free",
    r"mail(?: app)?|e-mail app",
)
_SENT = (
    r"(?:dit bericht is |deze e-?mail is |diese nachricht wurde |this e-?mail was |message )?"
    r"(?:verstuurd|verzonden|gestuurd|vanaf|vanuit|sent|from|gesendet|versendet|von|envoyée?|enviado|inviato|sendt|"
    r"skickat|wysłane)"
)
_BY = (
    "from|via|with|by|my|vanaf|vanuit|met|door|van|mijn|m'n|von|mit|über|meinem|meiner|depuis|de|avec|mon|desde|do|da|"
    "fra|från|z"
)
_DEVICE_LINE = rf"{_SENT}\b.{{0,10}}\b(?:{_BY})\b.{{0,40}}(?<![\w@.])(?:{_DEVICE})(?!\w)"
_DEVICE_VERB_LAST = (
    r"(?:von meinem|von meiner|von unterwegs|vanaf mijn|vanaf m'n|vanuit mijn|diese nachricht wurde von|"
    r"从我的|從我的).{0,60}"
    r"(?:gesendet|geschickt|verzonden|verstuurd|发送|傳送)$"
)
_GET_OUTLOOK = re.compile(r"\boutlook\b.{0,20}\b(?:ios|android|mac|mobile)\b")
_TERSE = (
    r"(?:excuseer (?:mijn|eventuele)|sorry voor (?:mijn|eventuele) (?:typ|spel|kort)|please excuse|excuse my brevity|"
    r"bitte entschuldigen sie (?:die kürze|meine kürze)|veuillez excuser ma brièveté|yahoo mail: )"
)

_THANKS_AND = (
    r"(?:(?:alvast |hartelijk )?(?:bedankt|dank(?: u)?)|thanks|thank you|danke|vielen dank|merci)"
    r"(?: en| and| und| et|,) "
)
_DUTCH_WARMTH = (
    r"(?:vriendelijke?|vr\.?|hartelijke?|beste|lieve|sportieve|warme|zonnige|oprechte|goede|collegiale|creatieve|groene|"
    r"muzikale|feestelijke|winterse|zomerse)(?: en [a-z]{3,15})?"
)
_GREETING = (
    rf"(?:{_THANKS_AND})?"
    + _either(
        rf"(?:met )?(?:zeer |heel |een )?{_DUTCH_WARMTH} (?:groet(?:en|jes)?|gr\b\.?)",
        r"(?:veel |de |vele |met )?groet(?:en|jes)?|gr(?:tjs|tjes|oetj?s)?\b\.?|mvg\b|m\.v\.g\.?|mvrgr?\b|vr\.? ?gr\.?",
        r"(?:met (?:de meeste )?)?hoogachting|hoogachtend|liefs|hgr\b|vrgr\b",
        r"(?:with )?(?:my )?(?:kind(?:est)?|best|warm(?:est)?|many|friendly)(?: and [a-z]{3,15})? (?:regards|wishes)",
        r"regards|rgds|cheers|yours (?:sincerely|faithfully|truly)|(?:yours )?sincerely(?: yours)?|kr\b|best(?=,|$)",
        # casefold() has made ss of ß
        r"mit (?:sehr |ganz )?(?:freundlichen?|besten|lieben|herzlichen|schönen|sonnigen|vielen) gr(?:ü|ue)ss(?:en)?",
        r"(?:freundliche|beste|(?:ganz )?liebe|viele|herzliche|schöne)r? gr(?:ü|ue)ss(?:e|en)?|gruss|gr(?:ü|ue)sse",
        r"mfg\b|lg\b|vg\b|bg\b(?=,|$)|hochachtungsvoll",
        r"(?:bien |très )?cordialement|bien à (?:vous|toi)|cdl?t\b|amicalement|sincèrement|respectueusement",
        r"(?:mes |nos )?(?:meilleures |sincères |amicales |cordiales )?salutations(?: distinguées| les meilleures)?",
        r"veuillez (?:agréer|recevoir)|je vous prie d'agréer",
        r"(?:med )?(?:venlig|vennlig|vänlig|kærlig|bedste|beste)a? (?:hilsen|hilsner|hälsning(?:ar)?)|hilsen",
        r"mvh\b|vh\b|kh\b|pozdrawiam|z poważaniem|atenciosamente|cumprimentos|atentamente",
        r"(?:un )?saludos?(?: cordial(?:es)?)?|(?:cordiali |distinti )?saluti",
    )
    + r"(?!\w)"
)
_CONTACT = _either(
    r"\+?\d[\d ().\-/]{7,20}",
    r"\S@\S|https?://|www\.|\b[\w-]{2,40}\.(?:nl|com|be|de|fr|eu|net|org|shop|lu|at)\b",
    r"\b\d{4} ?[A-Z]{2}\b|^(?:[A-Z]-)?\d{4,5} [A-Z]",
    r"(?i:^(?:t|tel|telefoon|telephone|phone|m|mob|mobiel|mobile|e|e-?mail|f|"
    r"fax|w|web|i|a|kvk|btw|iban|adres)\s?[.:])",
    r"(?i:(?:straat|laan|weg|plein|dijk|kade|gracht|singel|hof|dreef|pad|stra(?:ss|ß)e|str\.|steenweg|baan|street|"
    r"road|platz|allee|markt|lei)\s\d{1,5}\b|\b(?:rue|avenue|boulevard)\b)",
    r"(?i:\b(?:b\.?v\.?|n\.?v\.?|vof|gmbh|ltd|bvba|sarl|s\.?a\.?)$)",
)
_PROSE = _words(
    "ik u uw je jullie we wij me mij mijn kan kunt kunnen wil wilt willen heb heeft hebben is zijn was niet geen graag "
    "maar nog dat of als wanneer hoe waar waarom moet moeten wordt krijg hoor zie bel laat "
    "i you your my please can could would have has had not but if when how where why don't i'm will am do does "
    "ich sie mir mich bitte nicht ist kann können wir habe haben aber wann wie wo warum "
    "j'ai vous votre pas est mais merci quand comment pourquoi suis avez pouvez"
)
_PARTICLES = _words("de den der van von vom zu la le el di da dos en & und and et - | / ter ten te t 't v.")

_LEGAL_START = _either(
    r"\bdit (?:e-?mail ?)?bericht\b|\bdeze e-?mail|\bde (?:inhoud|informatie)\b",
    r"\baan (?:dit bericht|deze e-?mail)\b",
    r"\bthis (?:e-?mail|message|communication|transmission)\b",
    r"\bthe (?:information|contents?) (?:contained )?(?:in|of)\b",
    r"\bdiese (?:e-?mail|nachricht|mail)\b|\bce (?:message|courriel|mail)\b|\bcet e-?mail\b|\bl'information\b",
    r"\ble informazioni contenute\b|\beste mensaje\b",
)
_LEGAL_KEY = _either(
    r"vertrouwelijk|uitsluitend (?:bestemd|bedoeld)|bestemd voor (?:de|degene)|geadresseerde",
    r"geen rechten (?:worden )?(?:ontleend|ontlenen)",
    r"confidential|privileged|intended (?:solely|only|exclusively|for the|recipient)|solely for the",
    r"vertraulich|rechtlich geschützt|bestimmungsgemäss|confidentiel|destinataire|riservat|confidencial",
    r"(?:gescand|gecontroleerd|gecheckt|scanned|checked|geprüft|analysé).{0,30}(?:virus|avast|avg|malware)",
    r"virusvrij|virus-free",
)
_LEGAL_ALONE = _either(
    r"^disclaimer\s?:?$",
    r"denk (?:aub |a\.u\.b\. |alstublieft )?(?:aan|om) het milieu|(?:be)?spaar (?:het )?(?:papier|milieu)",
    r"moet u deze e-?mail (?:echt )?(?:printen|afdrukken)|pensez à l'environnement|avant d'imprimer",
    r"(?:consider|think of) the environment|think before you print|denken sie an die umwelt",
    r"^(?:caution|attention|let op|external(?: email)?|warning|achtung)\s?[:!].{0,40}(?:e-?mail|extern|afkomstig)",
    r"^\[?externa?l?e? e-?mail\]?$",
    r"you don't often get e-?mail from",
    r"(?:u|je) ontvangt niet vaak e-?mail van|sie erhalten nicht oft eine? e-?mail",
    r"this e-?mail was sent from a contact form",
    r"deze e-?mail (?:is|werd) verzonden (?:via|vanaf) (?:een|het) contactformulier",
)


class _Mood(Enum):
    """What the lines so far lead one to expect of the next."""

    WORDS = auto()
    SIGNED = auto()  # after "Kind regards": names and addresses follow, or words after all
    DASHED = auto()  # after "-- ": signature to the end
    LEGAL = auto()  # in a disclaimer: to the end


def _signature_marked(lines: list[str]) -> list[_Part]:
    """Each line's part in a run of the sender's own lines."""
    parts: list[_Part] = []
    mood = _Mood.WORDS
    banner_ends = 0
    filled = 0
    for index, line in enumerate(lines):
        probe = line.strip(" *_" + SIGNATURE)[:_REACH]
        if not probe and not line:
            parts.append(parts[-1] if parts else _Part.NEWEST)
            continue
        filled += 1
        if mood is not _Mood.LEGAL and _is_legal(lines, index, probe.casefold()):
            banner_ends = _paragraph_end(lines, index)
            mood = mood if filled == 1 and banner_ends < len(lines) else _Mood.LEGAL
        mood = _next_mood(mood, lines, index, probe)
        parts.append(_own_part(mood, line, probe, in_banner=index < banner_ends))
    return parts


def _own_part(mood: _Mood, line: str, probe: str, *, in_banner: bool) -> _Part:
    """Is this line words or signature?"""
    if in_banner or _is_device_line(probe):
        return _Part.SIGNATURE
    if mood is _Mood.WORDS:
        # People type into the signature of their phone's mail program, so a marked line is judged, too.
        marked = line.startswith(SIGNATURE) and not (_asks(probe) or _is_prose(probe) or _MATTER.search(probe))
        return _Part.SIGNATURE if marked else _Part.NEWEST
    return _Part.NEWEST if mood is _Mood.SIGNED and _MATTER.search(probe) else _Part.SIGNATURE


def _next_mood(mood: _Mood, lines: list[str], index: int, probe: str) -> _Mood:
    """Judge by this line, and by what stood before it, what the lines from here on are."""
    if mood is _Mood.LEGAL:
        return mood
    if _POSTSCRIPT.match(probe):
        return _Mood.WORDS
    if _is_greeting(probe):
        return mood if mood is _Mood.DASHED else _Mood.SIGNED
    if _is_signature_bar(lines, index):
        return _Mood.DASHED
    if mood is _Mood.SIGNED and not _belongs_to_signature(probe):
        return _Mood.WORDS
    return mood


def _is_signature_bar(lines: list[str], index: int) -> bool:
    """Is this `-- ` (at most twelve lines follow) or a bar above nothing but names and addresses?"""
    line = lines[index].strip()
    if not (_DASHES.match(line) or _BAR.match(line[:_REACH])):
        return False
    filled = (other.strip()[:_REACH] for other in lines[index + 1 : index + 30] if other)
    below = list(islice(filled, 13))
    if len(below) > 12:
        return False
    return bool(_DASHES.match(line)) or _is_list_footer(below) or all(_BAR.match(it) or _is_named(it) for it in below)


def _is_list_footer(below: list[str]) -> bool:
    """Do a list's name, address and link stand here, as Mailman puts them below a bar?"""
    return 2 <= len(below) <= 6 and "mailing list" in below[0].casefold() and bool(compiled(_CONTACT).search(below[1]))


def _belongs_to_signature(probe: str) -> bool:
    return bool(_MATTER.search(probe)) or _is_device_line(probe) or bool(_BAR.match(probe)) or _is_named(probe)


def _is_greeting(probe: str) -> bool:
    """Is this "Kind regards", alone or with a name behind it?"""
    line = probe.casefold()
    found = compiled(_GREETING).match(line)
    if not found or len(line) > 90:
        return False
    rest = probe[len(probe) - len(line) + found.end() :] if len(probe) != len(line) else probe[found.end() :]
    rest = rest.strip(" ,.!;:-–—/|*)(")
    return not rest or compiled(_GREETING).match(rest.casefold()) is not None or _is_short_name(rest)


def _is_short_name(rest: str) -> bool:
    words = rest.split()
    return len(words) <= 6 and not _asks(rest) and not _is_prose(rest) and not any(word[0].isdigit() for word in words)


def _is_named(line: str) -> bool:
    """Is this a line as signatures have it: a name, a company, an address, a number to call?"""
    if _asks(line) or _is_prose(line):
        return False
    words = _URL.sub(" ", line).split()
    if len(words) <= 2:
        return not line.endswith("!")
    return bool(compiled(_CONTACT).search(line)) or _is_capitalised(words)


def _is_capitalised(words: list[str]) -> bool:
    """Do most words begin with a capital, as in names and titles?"""
    telling = [word for word in words if word.casefold() not in _PARTICLES and word[0].isalpha()]
    return len(words) <= 9 and bool(telling) and 3 * sum(word[0].isupper() for word in telling) >= 2 * len(telling)


def _asks(line: str) -> bool:
    return "?" in _URL.sub(" ", line)


def _is_prose(line: str) -> bool:
    """Tell a sentence: four words or more, with a pronoun or a verb that everybody uses."""
    words = line.casefold().split()
    return len(words) >= 4 and any(word.strip(".,!;:()\"'") in _PROSE for word in words)


def _is_device_line(probe: str) -> bool:
    """Is this "Sent from my iPhone" or what Outlook's and other apps put there?"""
    line = _URL.sub(" ", probe.casefold()).strip(" .<>()[]*-–—_'\"")
    if len(line) > 110 or not line:
        return False
    if _GET_OUTLOOK.search(line):
        return len(line) < 70 and not _is_prose(line.replace("my ", "").replace("mijn ", ""))
    if compiled(_TERSE).match(line) or compiled(_DEVICE_VERB_LAST).match(line):
        return True
    clause = re.split(r"[,;!]|\. ", line, maxsplit=1)[0]
    return len(clause.split()) <= 11 and bool(compiled(_DEVICE_LINE).match(clause)) and not clause.endswith("?")


def _is_legal(lines: list[str], index: int, folded: str) -> bool:
    """Tell whether a disclaimer, a plea for the environment or a gateway's banner begins at this line."""
    if compiled(_LEGAL_ALONE).search(folded):
        return True
    if not compiled(_LEGAL_START).search(folded[:80]):
        return False
    paragraph = " ".join(lines[index : min(_paragraph_end(lines, index), index + 8)])
    return bool(compiled(_LEGAL_KEY).search(paragraph[:1000].casefold()))


def _paragraph_end(lines: list[str], index: int) -> int:
    """Find the first empty line from here on, at most 40 lines down."""
    return next((place for place in range(index, min(index + 40, len(lines))) if not lines[place]), index + 40)
