"""Which lines of a mail are quoted, and which begin a quote."""

from __future__ import annotations

import re

from triage.mail.marks import BAR, REACH, Part, either
from triage.mail.patterns import compiled

_QUOTED = re.compile(r"\s{0,8}(?:[A-Z]{0,3}>|&gt;|\|(?!.*\|\s*$))")
_WRITING = either(
    r"schreef|geschreven|wrote|writes|schrieb|schreibt|[aà] écrit|escribi[óo]|ha scritto|escreveu|skrev|kirjoitti",
    r"napisał\(a\)|napisała?|napsal|написал|пише|пишет|írta|yazdı|写道|寫道",
)
_VERB = rf"(?<!\w){_WRITING}(?!\w)"
_BRACKET_TAIL = rf"(?i)\s{{0,3}}>\s{{0,3}}(?:{_WRITING}|het volgende geschreven)?\s{{0,3}}:$"
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2}\s?h\s?\d{2}\b")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_WEEKDAYS = either(
    r"maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ma|di|wo|do|vr|za|zo",
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun",
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mo|mi|fr|sa|so",
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim",
    r"man|pe|tir|ons|fre|tor|søn|lør|mån|tis|lör|sön|jueves|giovedì|понедельник|ср",
)
_OPENER = either(
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
_FORM_FIELDS = either(
    r"(?:uw )?(?:bericht|vraag|naam|telefoon(?:nummer)?|opmerking(?:en)?)|bericht inhoud|e-?mail(?:adres)?",
    r"(?:your )?(?:message|name|phone|comments?)|message body",
    r"(?:ihre )?nachricht|telefon|nom|téléphone|(?:votre )?message",
)
_FORWARDED = either(
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


def history_marked(lines: list[str]) -> list[Part]:
    """Each line's part, as far as quotes decide it."""
    quoted = _quoted(lines)
    parts = [Part.HISTORY if mark else Part.NEWEST for mark in quoted]
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
            parts[index:end] = [Part.HISTORY] * (end - index)
            index = end
        else:
            has_words = has_words or not BAR.match(lines[index])
            index += 1
    return parts


def _starts_history(lines: list[str], index: int, *, has_words: bool) -> bool:
    """Is all from this line on history, whether it is marked or not?"""
    return (
        _is_separator(lines, index)
        or _is_header_block(lines, index, has_words=has_words)
        or _begins_with_attribution(lines[index])
    )


def _all_history_from(start: int, parts: list[Part]) -> list[Part]:
    return parts[:start] + [Part.HISTORY] * (len(parts) - start)


def quotes_someone(history: str) -> bool:
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
    marks = [bool(_QUOTED.match(line[:REACH])) and not compiled(_BRACKET_TAIL).match(line[:REACH]) for line in lines]
    for index in range(1, len(lines) - 1):
        if marks[index - 1] and marks[index + 1] and not marks[index]:
            marks[index] = _is_wrapped_rest(lines[index - 1], lines[index])
    return marks


def _is_wrapped_rest(before: str, line: str) -> bool:
    """Did a mail program break a long quoted line, leaving its end without `>`?"""
    return len(before) >= 70 and 0 < len(line) < 50 and line[0].islower()


def _is_separator(lines: list[str], index: int) -> bool:
    """Is this `-----Original Message-----` or its like? An unknown wording needs header fields below it."""
    line = lines[index].strip(" *>")[:REACH].casefold()
    if compiled(_BEGIN_FORWARD).match(line) or line.startswith("original message processed by"):  # Apple; Tobit David
        return True
    if len(line) > 120 or not line.startswith(("--", "__", "==")):
        return False
    words = line.strip("-_=* ")
    if not words or compiled(_FORWARDED).match(words):
        return bool(words)
    below = {role(other) for other in lines[index + 1 : index + 4]} - {""}
    return line.endswith("--") and len(below) >= 2


def _bars_above(lines: list[str], index: int) -> int:
    """Move the start of a quote up over the bar and the empty lines above it."""
    start = index
    while start and (not lines[start - 1] or BAR.match(lines[start - 1].strip(" *")[:REACH])):
        start -= 1
    return start


def _field(line: str) -> str:
    """Read the name of a header field at the start of a line, casefolded, or empty: `*Van:* Jan` gives `van`."""
    start = line[:40]
    if ":" not in start and "：" not in start:
        return ""
    return start.replace("：", ":").partition(":")[0].strip(" *_>\t").casefold()


def role(line: str) -> str:
    """Say which field of a header block a line is: `from`, `date`, `to`, `subject`, or none."""
    return _ROLES.get(_field(line), "")


def _is_header_block(lines: list[str], index: int, *, has_words: bool) -> bool:
    """Do the header fields of an older mail stand here (Outlook, Samsung, GMX)?

    Three different fields, sender or date among them. A contact form also begins with such fields, but goes on with
    fields of its own; a letter's heading names no address and no time.
    """
    first = role(lines[index])
    if not first or not {role(line) for line in lines[index + 1 : index + 6]} - {first, ""}:
        return False
    block, end = _header_block(lines, index)
    roles = {role(line) for line in block} - {""}
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
        if not line and not (end + 1 < len(lines) and role(lines[end + 1])):
            break
        if compiled(_FORM_FIELDS).fullmatch(_field(line)):
            break
        wrapped = 0 if not line or role(line) else wrapped + 1
        block += [line[:REACH]] if line else []
        end += 1
    return block, next((place for place in range(end, min(end + 4, len(lines))) if lines[place]), len(lines))


def _attribution_end(lines: list[str], quoted: list[bool], following: list[int], index: int) -> int:
    """Where "On … X wrote:" that begins at this line ends (one to four lines on), or 0 when there is none."""
    found = 0
    if BAR.match(lines[index][:REACH]):
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
    if len(joined) > REACH or joined.count("<") != joined.count(">") or joined.count(")") > joined.count("("):
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
    head, mark, quote = line[: 2 * REACH].partition(">:")
    if not mark:
        head, mark, quote = line[: 2 * REACH].partition("> wrote:")
    return bool(quote.strip()) and bool(_TIME.search(head[:REACH])) and _is_attribution(head + mark, before_quote=False)


def _is_dated_address(line: str, *, closed: bool) -> bool:
    """Is this `3.11.2025, 10:12, "Jan" <jan@…>:`, a quote header without a verb (Yandex, old Gmail)?"""
    if _STAMPED.match(line) or (closed and "@" in line and line.startswith(_QUOTING)):
        return True
    dated = bool(compiled(_OPENER).match(line)) and bool(_TIME.search(line) or _YEAR.search(line))
    return dated and "@" in line.rpartition(" ")[2] and (closed or line.endswith(">"))
