"""HTML to text, with the marks that plain text has: quoted lines get `> `, lines of a signature get `SIGNATURE`.

The hard truth: only containers that mail programs make prove what is quoted. Linear, and never handed to the parser
deeper than 300 tags: 200,000 nested ones would take it minutes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.mail.marks import SIGNATURE, is_bare, squeezed, visible, words
from triage.mail.patterns import Phrases
from triage.mail.quotes import role

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode


ALL = 1024 * 1024  # characters: more than any text that comes here
_DEEPEST = 300
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,40})[^<>]*>?")
_DO_NOT_NEST = words(
    "area base body br col colgroup dd dt embed head hr html img input li link meta option p param source "
    "tbody td tfoot th thead tr wbr"
)
_DROPPED = words("head iframe math noscript object script select style svg template textarea title")
_BLOCKS = words(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "li main nav ol p pre section table tr ul"
)
_SPACED = words("h1 h2 h3 h4 h5 h6 p")
_BULLET = "- "
_CELLS = frozenset(("td", "th"))

# Not font-size:0 (MJML puts it on what wraps the words) nor mso-hide:all (hides from Outlook alone).
_HIDDEN = Phrases(
    r"display:none|visibility:hidden|max-height:0(?:px)?(?:;|!|$)(?=.*overflow:hidden)|opacity:0(?:;|!|$)|"
    r"overflow:hidden(?=.*max-height:0(?:px)?(?:;|!|$))",
    words("display:none hidden opacity:0 max-height:0"),
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
    length: int = 0  # of the finished lines, in characters

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
        words = " ".join(text.split())
        if words:
            self.has_words = True
            self.pieces.append((" " if text[0].isspace() else "") + words + (" " if text[-1].isspace() else ""))
        elif self.pieces or "\xa0" in text:  # a paragraph that holds only &nbsp; is an empty line
            self.pieces.append(" " if text else "")

    def end_line(self) -> None:
        """Finish the current line, even an empty one (`<br>`)."""
        line = (self.prefix() + " ".join("".join(self.pieces).split())).rstrip(" ")
        self.lines.append(line)
        self.length += len(line)
        self.pieces.clear()

    def end_block(self) -> None:
        """Finish the current line if there is one."""
        if self.pieces:
            self.end_line()

    def blank(self) -> None:
        """Leave one empty line, as the margin of a paragraph does."""
        self.end_block()
        if self.lines and not is_bare(self.lines[-1]):
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


def html_to_text(html: str, enough: int = ALL) -> str:
    """Readable text of an HTML mail: lines for blocks, `> ` before quoted lines, `SIGNATURE` before signature lines.

    After `enough` characters nobody wants to know how it goes on.
    """
    from selectolax.lexbor import LexborHTMLParser  # light start-up

    tree = LexborHTMLParser(_flattened(html))
    page = _Page()
    if (root := tree.body or tree.root) is not None:
        _walk(root, page, enough)
    page.end_block()
    return "\n".join(squeezed(page.lines))


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


def _walk(root: LexborNode, page: _Page, enough: int) -> None:
    """Visit the tree in document order without recursion."""
    open_elements: list[_Element] = []
    node: LexborNode | None = root
    while node is not None and page.length < enough:
        element = _enter(node, page, open_elements)
        if element is not None:
            if (child := node.first_child) is not None:
                open_elements.append(element)
                node = child
                continue
            _leave(element, page, open_elements)
        following = node.next
        while following is None and open_elements:
            element = open_elements.pop()
            _leave(element, page, open_elements)
            following = element.node.next
        node = following if open_elements else None


def _enter(node: LexborNode, page: _Page, parents: list[_Element]) -> _Element | None:
    """Open an element; None when there is nothing to look at inside."""
    tag = node.tag or ""
    if tag == "-text":
        page.write(visible(node.text_content or "").replace(SIGNATURE, ""))
        return None
    if tag.startswith(("-", "!")) or tag in _DROPPED:
        return None
    attributes = node.attributes
    style = (attributes.get("style") or "").lower().replace(" ", "")
    if "hidden" in attributes or (style and _HIDDEN.search(style)):
        return None
    if tag == "br":
        page.end_line()
        return None
    if tag == "img":
        page.write(_spoken(attributes.get("alt") or ""))
        return None
    marks = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()
    return _opened(node, tag, marks, style, page, parents)


def _spoken(alt: str) -> str:
    """Keep the text of an image when it is words and not a file name or a machine's guess."""
    folded = " ".join(alt.split()).casefold()
    if len(folded) > 80 or _FILE_NAME.search(folded) or any(guess in folded for guess in _GUESSED_ALT):
        return ""
    return folded and f" {alt} "


def _opened(node: LexborNode, tag: str, marks: str, style: str, page: _Page, parents: list[_Element]) -> _Element:
    """Begin an element on the page: end the line above it, and note what it changes."""
    alone = bool(parents) and parents[-1].tag in _CELLS and _is_alone(node)
    element = _Element(node, tag, block=tag in _BLOCKS and not alone)
    element.spaced = tag in _SPACED and not alone and "mso" not in marks and "margin:0" not in style
    element.verbatim = int(tag == "pre" or "white-space:pre" in style)
    _open_line(element, page)
    if marks != " " or style or tag == "blockquote":
        _judge(element, marks, style, page)
    page.verbatim += element.verbatim
    if tag == "li":
        page.pieces.append(_BULLET)
    return element


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


def _judge(element: _Element, marks: str, style: str, page: _Page) -> None:
    """Note what mail programs say that the element is: quote, wrapper of a quote, start of history, signature."""
    if element.tag == "blockquote":
        element.quotes = int(not _is_indentation(element.node, marks, style))
    elif _names(marks, _HISTORY_STARTS) or _is_outlook_header(element.node, style, page):
        page.end_block()
        page.quotes += 1  # never undone: all that follows is history
    elif "appendonsend" in marks:
        page.quotes += int(page.has_words and not page.quotes)
    elif _names(marks, _QUOTED_PARTS):
        element.quotes = 1
    elif _names(marks, _WRAPPERS):
        element.quotes = 1
        element.wrapper = not page.quotes and _holds_answers(element.node)
    elif _is_signature(marks):
        element.signatures = 1
    if element.quotes or element.signatures:
        page.end_block()
    page.quotes += element.quotes
    page.signatures += element.signatures


def _names(marks: str, names: tuple[str, ...]) -> bool:
    """Do the class and the id of an element hold one of these names?"""
    return any(map(marks.__contains__, names))


def _is_indentation(blockquote: LexborNode, marks: str, style: str) -> bool:
    """Is this blockquote what the "indent" button of Gmail and Outlook on the web makes?"""
    return (
        "cite" not in (blockquote.attributes.get("type") or "").lower()
        and not marks.strip()
        and bool(_INDENTED.search(style))
    )


def _is_outlook_header(node: LexborNode, style: str, page: _Page) -> bool:
    """Is this the bordered block of Outlook (Word's HTML) below which the old mail stands, in whatever language?"""
    if page.quotes or "border-top:solid" not in style:
        return False
    return sum(1 for line in _opening_lines(node)[:8] if 0 < line.find(":") < 25) >= 3


def _is_signature(marks: str) -> bool:
    return _names(marks, _SIGNATURES) or "signature" in marks.split()


def _holds_answers(wrapper: LexborNode) -> bool:
    """Are the quotes in this wrapper blockquotes, so that words beside them are answers? Not so in a forward."""
    opening = _opening_lines(wrapper)[:6]
    forwarded = any(line.startswith("-----") for line in opening) or len({role(line) for line in opening} - {""}) >= 2
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
