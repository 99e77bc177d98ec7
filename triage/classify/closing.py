"""Words that only close a conversation, and words that only ask whether anybody has read the last mail.

Both are decided narrowly: a customer who is taken for content is never answered, so any question, number, complaint,
request or "but" makes it a mail like any other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from triage.classify.flags import flag_cues
from triage.classify.lexicon import Cue, find_cues
from triage.classify.words import read_text
from triage.model import Closing, Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from triage.classify.words import Text

_CLOSE, _NUDGE = frozenset({"thanks", "withdrawn"}), frozenset({"nudge"})  # tables of cues
LONGEST_CLOSING = 40  # words, greeting and sign-off not counted
LONGEST_NUDGE = 50
_SHARE, _SHARE_ALONE = 1 / 3, 3 / 4  # of the words that thank: in a reply, and in a mail that answers nothing
_LONGEST = 500  # characters, greeting and sign-off included: more is never a mere closing
_GREETING = re.compile(
    r"^\W*(?:beste|hallo|hoi|hey|hai|dag|goede?(?:morgen|middag|navond|n?dag)|geachte|lieve|hi|hello|dear"
    r"|good (?:morning|afternoon|evening)"
    r"|guten (?:tag|morgen|abend)|liebe[rs]?|sehr geehrte[r]?|moin|servus|bonjour|bonsoir|salut|ch[eè]re?s?"
    r"|madame|monsieur)\b[^\n,!.?]{0,40}[,!.]?[ \t]*(?:\n|$)|"
    r"^\W*(?:hoi|hallo|hi|hello|hey|dag|bonjour|beste|dear|liebe[rs]?)(?: [\w'’-]{1,20}){0,3},[ \t]*",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"(?:^|(?<=[\n.!,]))[ \t]*(?:(?:met )?vriendelijke? (?:groet(?:en)?)|(?:hartelijke|lieve|warme|veel|fijne"
    r"|de) groet(?:en|jes)?|groet(?:en|jes)?|mvg|m\.v\.g|gr\.?|grtz|gegroet|hoogachtend"
    r"|(?:kind |best |warm )?regards|best wishes|all the best|best|yours (?:sincerely|faithfully)|sincerely"
    r"|cheers,|love,?|x+|kisses"
    r"|mit freundlichen gr(?:ü|ue)(?:ß|ss)en|(?:viele |liebe |beste )?gr(?:ü|ue)(?:ß|ss)e?|mfg|lg|vg"
    r"|(?:bien )?cordialement|bien à vous|salutations|sincères salutations|bonne (?:journée|soirée"
    r"|continuation))\b[^?\d]{0,80}$",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"(?:en )?(?:nog )?(?:een )?(?:fijne?|prettige?|goede?|mooie?|leuke?|have a|schönen?|schones"
    r"|bonne?) (?:great |nice |good |lovely )?(?:dag|avond|weekend|week|day|evening|tag|abend|wochenende"
    r"|journée|soirée|week-end)(?: (?:nog|verder|noch|ahead|toegewenst|gewenst))?",
    re.IGNORECASE,
)
_THUMBS = re.compile(r"[👍👌🙏😊🙂😀😃😄❤🥰😍🎉👏✅💪🏻🏼🏽🏾🏿️\U0001F44D]")
# What a mere "ok" consists of.
_ASSENT_WORDS = """
    ok oke okay okey okee okido prima top super perfect perfekt parfait fijn goed gut good great fine cool
    nickel klasse duidelijk begrepen genoteerd noted understood super toppie check geregeld dakkoord alles klar
    is in orde daccord dac bien
"""
_ASSENT = frozenset(_ASSENT_WORDS.split())
_ORDER = (
    "bestel",
    "order",
    "commande",
    "bestellung",
    "aankoop",
    "purchase",
    "abonne",
    "subscription",
    "reserv",
    "pakket",
    "parcel",
    "retour",
    "offerte",
)
_TAKES_BACK = (
    "laat",
    "annul",
    "forget",
    "scrap",
    "cancel",
    "vergess",
    "vergiss",
    "brauch",
    "hoeft",
    "nodig",
    "need",
    "needed",
    "oubli",
    "besoin",
    "zitten",
    "laissez",
)


# "Laat maar horen", "laat maar komen" ask for something; "laat maar" alone, or "laat maar zitten", lets it be.
_LET_ME = re.compile(
    r"(?i)\blaat maar (?:even |eens )?(?!zitten|gaan|rusten|liggen|ge\w|intussen|ondertussen)\w{2,30}(?:en|ien)\b"
)


def closing_words(text: str, language: str, *, is_reply: bool = True) -> Closing:
    """Whether a text only thanks ("thanks, it works") or only withdraws ("never mind, found it").

    What answers nothing has little to thank for ("The sole came off. Thank you."), so there nearly all must thank.
    """
    if len(text) > _LONGEST:
        return Closing.NO
    core = _core(text)
    read = read_text(core)
    if not read.words:
        return Closing.THANKS if _THUMBS.search(text) and "?" not in text else Closing.NO
    if _LET_ME.search(core):
        return Closing.NO
    if len(read.words) > LONGEST_CLOSING or "?" in core or any(letter.isdigit() for letter in core):
        return Closing.NO
    if not find_cues(read, "", _CLOSE) and not _assents(read):  # most do neither: so this is looked for first
        return Closing.NO
    found = _find_everywhere(read, language)
    return Closing.NO if _is_open(read, found) else _what_closes(read, found, _SHARE if is_reply else _SHARE_ALONE)


@lru_cache(maxsize=8)  # of a mail it is asked twice
def _core(text: str) -> str:
    """Strip greeting, good wishes and sign-off."""
    bare = _WISH.sub("", _SIGN_OFF.sub("", _GREETING.sub("", text.strip(), count=1)))
    return bare.strip() if read_text(bare).words or not _SIGN_OFF.search(text) else text.strip()


def _find_everywhere(read: Text, language: str) -> dict[str, list[Cue]]:
    """Find the cues of the language; where it has neither thanks nor a withdrawal ("ok super, merci"), of all."""
    found = find_cues(read, language)
    return found if found.keys() & _CLOSE else find_cues(read, "")


def _is_open(read: Text, found: Mapping[str, Sequence[Cue]]) -> bool:
    """Whether something is left to answer: a request, a "but", a complaint, a threat, a wish for more."""
    excused = _covered(found.get("calm", ()), found.get("withdrawn", ()))
    if any(not excused.issuperset(_places(cue)) for cue in found.get("open", ())):
        return True
    if any(cue.weight > 1 and not cue.negated and not excused.issuperset(_places(cue)) for cue in _complaints(found)):
        return True
    return bool(flag_cues(found, Flag.LEGAL) or flag_cues(found, Flag.REVIEW)) or _cancels_order(read, found)


def _complaints(found: Mapping[str, Sequence[Cue]]) -> Iterator[Cue]:
    for table in (
        "anger",
        "extra",
        "bought defect",
        "bought where",
        "bought how",
        "bought else",
        "buy how",
        "buy where",
    ):
        yield from found.get(table, ())


def _cancels_order(read: Text, found: Mapping[str, Sequence[Cue]]) -> bool:
    """Whether an order is withdrawn ("laat mijn bestelling maar zitten"), and not a question."""
    words = [word.folded for word in read.words]
    takes_back = any(word.startswith(_TAKES_BACK) for word in words)
    return "withdrawn" in found and takes_back and any(word.startswith(_ORDER) for word in words)


def _what_closes(read: Text, found: Mapping[str, Sequence[Cue]], share: float) -> Closing:
    if found.get("withdrawn"):
        return Closing.WITHDRAWN
    thanks = found.get("thanks", ())
    if any(cue.weight == 3 for cue in thanks) or _assents(read):
        return Closing.THANKS
    covered = len(_covered(thanks))
    return Closing.THANKS if covered and covered >= share * len(read.words) else Closing.NO


def _assents(read: Text) -> bool:
    return all(word.folded in _ASSENT for word in read.words)


def nudge(text: str, language: str) -> bool:
    """Whether a text only asks if anybody is there or has read an earlier mail, without a matter of its own."""
    if len(text) > _LONGEST:
        return False
    read = read_text(_core(text))
    if not read.words:
        return bool(re.fullmatch(r"[\s?!.]*\?[\s?!.]*", text))
    if len(read.words) > LONGEST_NUDGE:
        return False
    if not find_cues(read, language, _NUDGE):  # most ask for something else: so this is looked for first
        return _only_hello(read)
    found = find_cues(read, language)
    asked = found["nudge"]
    covered = _covered(asked, found.get("repeat", ()))
    return not any(cue.weight > 1 and not covered.intersection(_places(cue)) for cue in _matters(found))


def _only_hello(read: Text) -> bool:
    hello = {"hallo", "hello", "hi", "hoi", "hey", "iemand", "anyone", "anybody", "jemand", "allo", "joehoe", "yoohoo"}
    return bool(read.questions) and all(word.folded in hello for word in read.words)


def _matters(found: Mapping[str, Sequence[Cue]]) -> Iterator[Cue]:
    for table, cues in found.items():
        if table.partition(" ")[0] in {"bought", "buy", "other", "extra"} or table == "knock where":
            yield from cues


def _covered(*groups: Iterable[Cue]) -> frozenset[int]:
    return frozenset(place for group in groups for cue in group for place in _places(cue))


def _places(cue: Cue) -> range:
    return range(cue.hit.first, cue.hit.last)
