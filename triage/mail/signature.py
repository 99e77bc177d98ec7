"""Which lines of a mail are signature, device line or disclaimer."""

from __future__ import annotations

import re
from enum import Enum, auto
from itertools import islice

from triage.mail.marks import BAR, REACH, SIGNATURE, Part, either, words
from triage.mail.patterns import Phrases, compiled

_DASHES = re.compile(r"(?:--|—|–)$")
_POSTSCRIPT = re.compile(r"(?:p\.?\s?s\.?|n\.?b\.?|ps\d)(?:\s|:|;|$)", re.IGNORECASE)
_MATTER = re.compile(
    r"(?:order|bestel|factuur|pakbon|retour|klant|artikel|invoice|rechnung|auftrag|kunden|commande|facture|track|zending)"
    r".{0,30}\d",
    re.IGNORECASE,
)
_URL = re.compile(r"<?(?:https?://|www\.)\S{1,300}|<mailto:[^>]{0,200}>|\[(?:cid|image)[^\]]{0,200}\]")

_DEVICE = either(
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
    + either(
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
_CONTACT = either(
    r"\+?\d[\d ().\-/]{7,20}",
    r"\S@\S|https?://|www\.|\b[\w-]{2,40}\.(?:nl|com|be|de|fr|eu|net|org|shop|lu|at)\b",
    r"\b\d{4} ?[A-Z]{2}\b|^(?:[A-Z]-)?\d{4,5} [A-Z]",
    r"(?i:^(?:t|tel|telefoon|telephone|phone|m|mob|mobiel|mobile|e|e-?mail|f|"
    r"fax|w|web|i|a|kvk|btw|iban|adres)\s?[.:])",
    r"(?i:(?:straat|laan|weg|plein|dijk|kade|gracht|singel|hof|dreef|pad|stra(?:ss|ß)e|str\.|steenweg|baan|street|"
    r"road|platz|allee|markt|lei)\s\d{1,5}\b|\b(?:rue|avenue|boulevard)\b)",
    r"(?i:\b(?:b\.?v\.?|n\.?v\.?|vof|gmbh|ltd|bvba|sarl|s\.?a\.?)$)",
)
_PROSE = words(
    "ik u uw je jullie we wij me mij mijn kan kunt kunnen wil wilt willen heb heeft hebben is zijn was niet geen graag "
    "maar nog dat of als wanneer hoe waar waarom moet moeten wordt krijg hoor zie bel laat "
    "i you your my please can could would have has had not but if when how where why don't i'm will am do does "
    "ich sie mir mich bitte nicht ist kann können wir habe haben aber wann wie wo warum "
    "j'ai vous votre pas est mais merci quand comment pourquoi suis avez pouvez"
)
_PARTICLES = words("de den der van von vom zu la le el di da dos en & und and et - | / ter ten te t 't v.")

_LEGAL_START = Phrases(
    r"\b"
    + either(
        r"dit (?:e-?mail ?)?bericht\b|deze e-?mail|de (?:inhoud|informatie)\b",
        r"aan (?:dit bericht|deze e-?mail)\b",
        r"this (?:e-?mail|message|communication|transmission)\b",
        r"the (?:information|contents?) (?:contained )?(?:in|of)\b",
        r"diese (?:e-?mail|nachricht|mail)\b|ce (?:message|courriel|mail)\b|cet e-?mail\b|l'information\b",
        r"le informazioni contenute\b|este mensaje\b",
    ),
    words("bericht mail inhoud informati message communication transmission conten nachricht courriel mensaje"),
)
_LEGAL_KEY = either(
    r"vertrouwelijk|uitsluitend (?:bestemd|bedoeld)|bestemd voor (?:de|degene)|geadresseerde",
    r"geen rechten (?:worden )?(?:ontleend|ontlenen)",
    r"confidential|privileged|intended (?:solely|only|exclusively|for the|recipient)|solely for the",
    r"vertraulich|rechtlich geschützt|bestimmungsgemäss|confidentiel|destinataire|riservat|confidencial",
    r"(?:gescand|gecontroleerd|gecheckt|scanned|checked|geprüft|analysé).{0,30}(?:virus|avast|avg|malware)",
    r"virusvrij|virus-free",
)
_LEGAL_HEADING = either(
    r"disclaimer\s?:?$",
    r"(?:caution|attention|let op|external(?: email)?|warning|achtung)\s?[:!].{0,40}(?:e-?mail|extern|afkomstig)",
    r"\[?externa?l?e? e-?mail\]?$",
)
_LEGAL_ALONE = Phrases(
    either(
        r"denk (?:aub |a\.u\.b\. |alstublieft )?(?:aan|om) het milieu|spaar (?:het )?(?:papier|milieu)",
        r"moet u deze e-?mail (?:echt )?(?:printen|afdrukken)|pensez à l'environnement|avant d'imprimer",
        r"consider the environment|think of the environment|think before you print|denken sie an die umwelt",
        r"you don't often get e-?mail from",
        r"u ontvangt niet vaak e-?mail van|je ontvangt niet vaak e-?mail van|sie erhalten nicht oft eine? e-?mail",
        r"this e-?mail was sent from a contact form",
        r"deze e-?mail (?:is|werd) verzonden (?:via|vanaf) (?:een|het) contactformulier",
    ),
    words("mail milieu papier environment environnement imprimer umwelt print"),
)


class _Mood(Enum):
    """What the lines so far lead one to expect of the next."""

    WORDS = auto()
    SIGNED = auto()  # after "Kind regards": names and addresses follow, or words after all
    DASHED = auto()  # after "-- ": signature to the end
    LEGAL = auto()  # in a disclaimer: to the end


def signature_marked(lines: list[str]) -> list[Part]:
    """Each line's part in a run of the sender's own lines."""
    parts: list[Part] = []
    mood = _Mood.WORDS
    banner_ends = 0
    filled = 0
    for index, line in enumerate(lines):
        probe = line.strip(" *_" + SIGNATURE)[:REACH]
        if not probe and not line:
            parts.append(parts[-1] if parts else Part.NEWEST)
            continue
        filled += 1
        if mood is not _Mood.LEGAL and _is_legal(lines, index, probe.casefold()):
            banner_ends = _paragraph_end(lines, index)
            mood = mood if filled == 1 and banner_ends < len(lines) else _Mood.LEGAL
        mood = _next_mood(mood, lines, index, probe)
        parts.append(_own_part(mood, line, probe, in_banner=index < banner_ends))
    return parts


def _own_part(mood: _Mood, line: str, probe: str, *, in_banner: bool) -> Part:
    """Is this line words or signature?"""
    if in_banner or _is_device_line(probe):
        return Part.SIGNATURE
    if mood is _Mood.WORDS:
        # People type into the signature of their phone's mail program, so a marked line is judged, too.
        marked = line.startswith(SIGNATURE) and not (_asks(probe) or _is_prose(probe) or _MATTER.search(probe))
        return Part.SIGNATURE if marked else Part.NEWEST
    return Part.NEWEST if mood is _Mood.SIGNED and _MATTER.search(probe) else Part.SIGNATURE


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
    if not (_DASHES.match(line) or BAR.match(line[:REACH])):
        return False
    filled = (other.strip()[:REACH] for other in lines[index + 1 : index + 30] if other)
    below = list(islice(filled, 13))
    if len(below) > 12:
        return False
    return bool(_DASHES.match(line)) or _is_list_footer(below) or all(BAR.match(it) or _is_named(it) for it in below)


def _is_list_footer(below: list[str]) -> bool:
    """Do a list's name, address and link stand here, as Mailman puts them below a bar?"""
    return 2 <= len(below) <= 6 and "mailing list" in below[0].casefold() and bool(compiled(_CONTACT).search(below[1]))


def _belongs_to_signature(probe: str) -> bool:
    return bool(_MATTER.search(probe)) or _is_device_line(probe) or bool(BAR.match(probe)) or _is_named(probe)


def _is_greeting(probe: str) -> bool:
    """Is this "Kind regards", alone or with a name behind it?"""
    line = probe.casefold()
    found = compiled(_GREETING).match(line) if len(line) <= 90 else None
    if not found:
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
    words = _without_urls(line).split()
    if len(words) <= 2:
        return not line.endswith("!")
    return bool(compiled(_CONTACT).search(line)) or _is_capitalised(words)


def _is_capitalised(words: list[str]) -> bool:
    """Do most words begin with a capital, as in names and titles?"""
    telling = [word for word in words if word.casefold() not in _PARTICLES and word[0].isalpha()]
    return len(words) <= 9 and bool(telling) and 3 * sum(word[0].isupper() for word in telling) >= 2 * len(telling)


def _asks(line: str) -> bool:
    return "?" in line and "?" in _without_urls(line)


def _without_urls(line: str) -> str:
    return _URL.sub(" ", line) if ":" in line or "www." in line or "[" in line else line


def _is_prose(line: str) -> bool:
    """Tell a sentence: four words or more, with a pronoun or a verb that everybody uses."""
    words = line.casefold().split()
    return len(words) >= 4 and any(word.strip(".,!;:()\"'") in _PROSE for word in words)


def _is_device_line(probe: str) -> bool:
    """Is this "Sent from my iPhone" or what Outlook's and other apps put there?"""
    line = _without_urls(probe.casefold()).strip(" .<>()[]*-–—_'\"")
    if len(line) > 110 or not line:
        return False
    if "outlook" in line and _GET_OUTLOOK.search(line):
        return len(line) < 70 and not _is_prose(line.replace("my ", "").replace("mijn ", ""))
    if compiled(_TERSE).match(line) or compiled(_DEVICE_VERB_LAST).match(line):
        return True
    if not compiled(_SENT).match(line):
        return False
    clause = re.split(r"[,;!]|\. ", line, maxsplit=1)[0]
    return len(clause.split()) <= 11 and bool(compiled(_DEVICE_LINE).match(clause)) and not clause.endswith("?")


def _is_legal(lines: list[str], index: int, folded: str) -> bool:
    """Tell whether a disclaimer, a plea for the environment or a gateway's banner begins at this line."""
    if compiled(_LEGAL_HEADING).match(folded) or _LEGAL_ALONE.search(folded):
        return True
    if not _LEGAL_START.search(folded[:80]):
        return False
    paragraph = " ".join(lines[index : min(_paragraph_end(lines, index), index + 8)])
    return bool(compiled(_LEGAL_KEY).search(paragraph[:1000].casefold()))


def _paragraph_end(lines: list[str], index: int) -> int:
    """Find the first empty line from here on, at most 40 lines down."""
    return next((place for place in range(index, min(index + 40, len(lines))) if not lines[place]), index + 40)
