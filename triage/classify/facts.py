"""What stands in a mail word for word: order numbers and the carrier's name. Rules, not statistics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from triage.classify.words import LONGEST_TEXT, Text, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

# "bestelling", "Bestellnr.", "order", "commande": what an order number stands behind.
_LABEL = re.compile(
    r"(?<![^\W_])(?:web|online)?"
    r"(?:bestel(?:ling(?:en)?|nummers?|nrs?|no|code|referentie|bon)?(?:s?nummers?|s?nr)?"
    r"|orders?(?:numm?ers?|nrs?|no|id|ref|referentie|code)?"
    r"|bestell?(?:ung(?:en)?|nummern?|nr|id)(?:s?nummer|s?nr)?|auftrags?(?:nummer|nr)?|commandes?"
    r"|purchase)(?![^\W_])",
    re.IGNORECASE,
)
_NUMBER_LABEL = re.compile(
    r"(?<![^\W_])(?:nummer|nr|number|num[eé]ro|n[°º]|kenmerk|ref(?:erentie|erence)?)(?![^\W_])", re.IGNORECASE
)
# What may stand between the label and the number.
_LINK = re.compile(
    r"[\s:.()\[\]\"'“”«»=*_-]{1,12}"
    r"|(?:met|mit|with|avec|is|ist|est|was|van|der|het|de|ons|mijn|my|meine|nummer|nr|number|num|no|id|ref"
    r"|code|ordernummer|"
    r"bestelnummer|bestellnummer|order|num[eé]ro|n[°ºo]?|le|l|the|kenmerk|referentie|reference"
    r"|r[eé]f[eé]rence)(?![^\W_])"
    r"|[°º]",
    re.IGNORECASE,
)
_SAYS_NUMBER = re.compile(
    r"numm?er|num[eé]ro|(?<![^\W_])(?:nr|no|id|ref|n[°º])(?![^\W_])|(?:nr|id|code|no)$|[#°º]", re.IGNORECASE
)
_LINKS = 6
_DIGIT = re.compile(r"[0-9]")
_TOKEN = re.compile(r"(#\s?)?([A-Za-z0-9]{1,30}(?:[-_/][A-Za-z0-9]{1,20}){0,4})(?![^\W_])")
_HASHED = re.compile(r"(?<![^\W_&/])#\s?(?=[A-Za-z0-9])")
_ALSO = re.compile(r"\s?(?:,|;|\+|&|/)?\s{0,3}(?:(?:en|and|und|et|of|or|oder|ou)\s)?\s?(?=[#A-Za-z0-9])", re.IGNORECASE)
_BARE = re.compile(  # numbers that show by their form alone what they are
    r"(?<![\w.,+/-])(?:[1-9]\d{2}-\d{7}-\d{7}|[A-Z]{1,5}-?(?:19|20)\d\d-\d{3,8}|(?:ORD|ORDER|BEST|WEB|WO"
    r"|PO)[-_]?\d{3,12})(?![\w/-]|[.,]\d)"
)
_BOL = re.compile(r"(?<![\w.,+/#-])[1-9]\d{9}(?![\w/-]|[.,]\d)")
_LONE_SUBJECT = re.compile(r"(?:(?:re|aw|antw|fwd?|wg|tr|sv)\s?:\s?){0,5}#?(\d{5,12})", re.IGNORECASE)
_ORDER_WORD = re.compile(r"bestel|order|commande|bol\.?com|\bbol\b|auftrag", re.IGNORECASE)
_NOT_A_LABEL = re.compile(
    r"(?:tele\w*|tel\w*|phone|mobiel\w*|klant\w*|customer|client|kunden\w*|rekening\w*|account|konto\w*"
    r"|kvk\w*|btw\w*|vat|tva|ust\w*|artikel\w*|item|art|product\w*|model\w*|"
    r"factuur\w*|invoice|facture|rechnungs?\w*|huis\w*|house|track\w*|trace|zending\w*|sendungs?\w*|suivi"
    r"|colis|pakket\w*|serie\w*|serial|polis\w*|ticket\w*|dossier\w*|case|style|color|pagina|page)[\s.:-]{0,3}"
    r"(?:(?:number|nummer|nr|no|n[°º])[\s.:-]{0,3})?$",
    re.IGNORECASE,
)

_DATE = re.compile(r"\d{1,2}[-/]\d{1,2}(?:[-/]\d{2,4})?|(?:19|20)\d\d[-/]\d{1,2}[-/]\d{1,2}")
_YEAR = re.compile(r"(?:19|20)\d\d")
# Parcels (3S, JVGL, 1Z, S10), bank accounts, VAT and phone numbers, invoices, hours, sizes and weights.
_FOREIGN = re.compile(
    r"3S[A-Z0-9]{8,}|JV?[VJ]?GL\d{6,}|JJD\w{8,}|1Z[A-Z0-9]{12,}|[A-Z]{2}\d{9}[A-Z]{2}"
    r"|[A-Z]{2}\d{2}[A-Z]{4}\d{6,}|[A-Z]{2}\d{14,}|NL\d{9}B\d\d|(?:BE|DE|FR|LU|ATU)\d{8,}"
    r"|0\d{8,10}|00\d{8,}|\d{15,}|(?:INV|FACT|FAC|RMA|RET|RE|F|FA|VF|KVK|BTW|TK|CASE)[-_]?\d[\d-]*|\d+(?:X|ST"
    r"|CM|MM|KG|GR|ML|H|U|UUR|EUR|E|ER|ST|ND|RD|TH|STE|DE|EME)|\d{1,4}(?:X\d{1,4}){1,3}"
    r"|\d{1,3}(?:/\d{1,3}){1,3}|\d+-\d+(?:CM|MM)",
)
_PRICE_BEFORE = re.compile(r"(?:[€$£]|\beur|\beuro|\bkorting|\bprijs)\s?$", re.IGNORECASE)
_UNIT_BEHIND = re.compile(
    r"[.,:]\d|\s?(?:[€$£%°]|,-|(?:euros?|eur|stuks?|st|x|keer|maal|dagen|days|tagen?|jours|weken|weeks|wochen"
    r"|uur|uren|hours|pieces|pcs|pairs?|paar|pi[eè]ces|cm|mm|kg|gram|gr|ml|liter|"
    r"mokken|mugs|stoelen|chairs|dozen|boxes|flessen|bottles|personen|people|mensen|jaar|years?|ans)(?![^\W_]))",
    re.IGNORECASE,
)
_POSTCODE_BEHIND = re.compile(r"\s?[A-Z]{2}(?![^\W_])")


class _Found(NamedTuple):
    number: str
    end: int


def order_numbers(text: str, subject: str = "") -> tuple[str, ...]:
    """List the order numbers that a mail names, subject first: upper case, without `#` and spaces, each once."""
    found: dict[str, None] = {}
    if not _DIGIT.search(text, 0, LONGEST_TEXT) and not _DIGIT.search(subject, 0, LONGEST_TEXT):
        return ()
    lone = _LONE_SUBJECT.fullmatch(subject.strip()[:200])
    if lone:
        found[lone.group(1)] = None
    mentions_order = bool(_ORDER_WORD.search(subject[:LONGEST_TEXT]) or _ORDER_WORD.search(text[:LONGEST_TEXT]))
    for part in (subject[:LONGEST_TEXT], text[:LONGEST_TEXT]):
        places = sorted(_numbers_in(part, mentions_order), key=lambda hit: hit.end)
        found |= dict.fromkeys(hit.number for hit in places)
    return tuple(found)


def _numbers_in(text: str, mentions_order: bool) -> Iterator[_Found]:
    for label in _LABEL.finditer(text):
        yield from _behind_label(text, label.end(), label.group())
    for sign in _HASHED.finditer(text):
        yield from _list_of(text, sign.start(), strict=False)
    for bare in _BARE.finditer(text):
        if not _FOREIGN.fullmatch(bare.group()):
            yield _Found(bare.group().upper(), bare.end())
    if mentions_order:
        yield from _numbers_beside(text)


def _numbers_beside(text: str) -> Iterator[_Found]:
    """Numbers that only an order mentioned elsewhere makes order numbers: "nummer 100234", ten digits of bol.com."""
    for number in _BOL.finditer(text):
        if not _NOT_A_LABEL.search(text[max(0, number.start() - 24) : number.start()]):
            yield _Found(number.group(), number.end())
    for label in _NUMBER_LABEL.finditer(text):
        if _NOT_A_LABEL.search(text[max(0, label.start() - 24) : label.start()]):
            continue
        for found in _behind_label(text, label.end(), label.group()):
            if sum(map(str.isdigit, found.number)) >= 5:
                yield found


def _behind_label(text: str, position: int, label: str) -> Iterator[_Found]:
    start = position
    for _ in range(_LINKS):
        link = _LINK.match(text, position)
        if not link:
            break
        position = link.end()
    if position > start or "#" in text[position : position + 1]:
        says_number = bool(_SAYS_NUMBER.search(label) or _SAYS_NUMBER.search(text[start:position]))
        yield from _list_of(text, position, strict=not says_number)


def _list_of(text: str, position: int, *, strict: bool) -> Iterator[_Found]:
    """One number, or several with commas and an "and" between them; `strict` where nothing says that it is a number."""
    for _ in range(20):
        token = _TOKEN.match(text, position)
        if not token or not _is_order_number(text, token, strict=strict and not token.group(1)):
            return
        yield _Found(token.group(2).upper(), token.end())
        also = _ALSO.match(text, token.end())
        if not also or not also.group():
            return
        position = also.end()


def _is_order_number(text: str, token: re.Match[str], *, strict: bool) -> bool:
    number = token.group(2)
    if sum(map(str.isdigit, number)) < 3 or len(number) > 24:
        return False
    if _DATE.fullmatch(number) or _FOREIGN.fullmatch(number.upper()):
        return False
    if _PRICE_BEFORE.search(text[max(0, token.start() - 8) : token.start()]) or _UNIT_BEHIND.match(text, token.end()):
        return False
    return not (strict and _is_mere_number(text, token))


def _is_mere_number(text: str, token: re.Match[str]) -> bool:
    """Behind a bare "order", a year, a postcode and "order 120 mugs" are no order numbers."""
    number = token.group(2)
    if _YEAR.fullmatch(number) or (len(number) == 4 and _POSTCODE_BEHIND.match(text, token.end())):
        return True
    return (
        len(number) == 3 and number.isdigit() and bool(re.match(r"\s[a-zà-ÿ]{4,}", text[token.end() : token.end() + 8]))
    )


_SURE = {  # names that mean nothing else
    "postnl": "PostNL",
    "post nl": "PostNL",
    "bpost": "bpost",
    "b post": "bpost",
    "dhl": "DHL",
    "dhl parcel": "DHL",
    "dpd": "DPD",
    "fedex": "FedEx",
    "fed ex": "FedEx",
    "budbee": "Budbee",
    "homerr": "Homerr",
    "trunkrs": "Trunkrs",
    "mondial relay": "Mondial Relay",
    "colissimo": "Colissimo",
    "cycloon": "Cycloon",
    "fietskoeriers": "Cycloon",
    "red je pakketje": "Red je Pakketje",
    "chronopost": "Chronopost",
    "colis prive": "Colis Privé",
    "evri": "Evri",
    "royal mail": "Royal Mail",
    "parcelforce": "Parcelforce",
    "deutsche post": "Deutsche Post",
    "vinted go": "Vinted Go",
    "inpost": "InPost",
    "in post locker": "InPost",
    "relais colis": "Relais Colis",
    "postnord": "PostNord",
    "packeta": "Packeta",
    "amazon logistics": "Amazon Logistics",
    "osterreichische post": "Österreichische Post",
    "swiss post": "Swiss Post",
    "die schweizerische post": "Swiss Post",
    "an post": "An Post",
    "db schenker": "DB Schenker",
    "correos": "Correos",
    "bartolini": "BRT",
    "laposte": "La Poste",
    "pakjesdienst bpost": "bpost",
    "mondialrelay": "Mondial Relay",
    "royalmail": "Royal Mail",
}
_UNSURE = {  # names that are also words, bags or cars: only beside a parcel
    "ups": "UPS",
    "gls": "GLS",
    "hermes": "Hermes",
    "dragonfly": "Dragonfly",
    "yodel": "Yodel",
    "tnt": "TNT",
    "brenger": "Brenger",
    "la poste": "La Poste",
    "ctt": "CTT",
    "viatim": "ViaTim",
}
_PARCEL = re.compile(
    r"pak(?:ket|je|ske)|pakjes|colis|parcel|packag|packet|paket|pa[ck]ckchen|bezorg|gelever|lever(?:ing|d|en"
    r"|t)|track|verz[eo]nd|zending|sending|sendung|versand|geliefer|liefer|zustell"
    r"|afhaalpunt|ophaalpunt|deliver|shipp|shipment|courier|koerier|kurier|livr|livraison|suivi|point relais"
    r"|relais|chauffeur|driver|fahrer|depot|sorteer|onderweg|unterwegs|retour|order|bestel|commande",
    re.IGNORECASE,
)
_BY_WORDS = """
    by via with from door met van bij mit von per par chez avec bei uber durch de le van the die der
"""
_BY = frozenset(_BY_WORDS.split())
_NOT_BEFORE_WORDS = """
    pick push pop start follow sit back check line warm grown close lay step runner mix mercedes
"""
_NOT_BEFORE = frozenset(_NOT_BEFORE_WORDS.split())
_NOT_BEHIND_WORDS = """
    scarf sjaal tas bag birkin paris foulard tuch handtas and en down downs mercedes
"""
_NOT_BEHIND = frozenset(_NOT_BEHIND_WORDS.split())


# A cheap first look: most mails name no carrier.
_ANY_CARRIER = re.compile("|".join(sorted({name[:5] for name in (*_SURE, *_UNSURE)})) + "|ö", re.IGNORECASE)
_FIRST_WORDS = frozenset(name.partition(" ")[0] for name in (*_SURE, *_UNSURE))
_COMPOUNDED = ("postnl", "bpost", "dhl", "dpd")  # "dhlpakket" and "postnlpunt": Dutch and German write compounds
_SHORT = frozenset({"gls", "tnt"})  # often in small letters, and no word of ours


def carrier(text: str) -> str:
    """Name the carrier that a mail names first, canonically; empty when it names none."""
    if not _ANY_CARRIER.search(text[:LONGEST_TEXT]):
        return ""
    read = read_text(text)
    words = [word.folded for word in read.words]
    for index, word in enumerate(words):
        if word in _FIRST_WORDS or word.startswith(_COMPOUNDED):
            name = _sure_name(words, index) or _unsure_name(read, words, index)
            if name:
                return name
    return ""


def _sure_name(words: list[str], index: int) -> str:
    for length in (3, 2, 1):
        name = _SURE.get(" ".join(words[index : index + length]))
        if name:
            return name
    return next((_SURE[head] for head in _COMPOUNDED if _is_compound(words[index], head)), "")


def _is_compound(word: str, head: str) -> bool:
    return word.startswith(head) and word[len(head) :].startswith(
        ("pak", "punt", "bezorg", "koerier", "chauffeur", "bote", "locat", "kantoor")
    )


def _unsure_name(read: Text, words: list[str], index: int) -> str:
    name = _UNSURE.get(words[index]) or _UNSURE.get(" ".join(words[index : index + 2]), "")
    return name if name and _means_carrier(read, words, index) else ""


def _means_carrier(read: Text, words: list[str], index: int) -> bool:
    """Whether a doubtful name is a carrier's: by its neighbours, its capitals, and a parcel in the text."""
    word = read.words[index]
    written = read.raw[word.start : word.end]
    before, behind = words[index - 1] if index else "", "".join(words[index + 1 : index + 2])
    if before in _NOT_BEFORE or behind in _NOT_BEHIND or not written.isascii():
        return False
    if before in _BY and written.isupper():
        return True
    close = before in _BY or bool(_PARCEL.match(behind))
    needs_close = not written.isupper() if word.folded == "ups" else written.islower() and word.folded not in _SHORT
    return bool(_PARCEL.search(read.raw)) and (close or not needs_close)
