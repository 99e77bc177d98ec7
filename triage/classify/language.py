"""In which language is this written? Function words first, spelling second; nothing is fetched or learnt."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from triage.classify.words import fold, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

# Words that seldom stand in one of the other languages; a word in several lists counts a little for each.
_WORDS = {
    "nl": """
        de het een en van ik je jij jullie u uw is dat die dit niet wat er op te met voor zijn ook maar om
        aan nog wel al bij naar kan kunt kunnen heb hebt heeft hebben had deze als dan mijn mij me we wij
        ons onze hun zij ze hij haar hem geen waar wanneer hoe of door over uit worden wordt werd zou zal
        moet moeten graag bestelling besteld bestellen ontvangen geleverd bedankt dank groet groeten alvast
        hallo hoi goedemorgen goedemiddag goedendag geachte beste vraag vragen terug graag weer niks iets
        veel goed nu tot dus omdat want maat kleur winkel pakje pakket schoenen kapot waarom welke gekocht
        verzenden laat maar al gevonden hoeft meer ge gij gulder aub mvg vriendelijke deze heel erg mooi
        snel vandaag gisteren morgen week dagen maand keer mail zonder alleen sinds tegen bent ben was waren
        doet doen gaat komt krijg kreeg gekregen blijft staat zit zijt da ni nie is't toch hoor even beetje
        heer mevrouw openingstijden verzendkosten levertijd betaald betalen gestuurd sturen retour werkt jou
        jouw bedankje annuleren ruilen factuur terugsturen product korting klantenservice zit prima
    """,
    "en": """
        the a an and of i you your is are was were that this not what there on to with for it its my me we
        us our they he she his her him be been have has had do does did can could would will should may
        might when where how or by from at as if but so just about any some no yes thanks thank please hello
        hi dear hey order ordered received refund size still any know like want need get got which who why
        because than then them their im ive dont doesnt didnt cant wont isnt havent hasnt very good great
        works item shipping delivery parcel package arrived bought back send sent does much many only also
        been after before again never mind found regards best sorry out up down off in into over more all
        one two day days week weeks ago return exchange open close store shop product use used really too
        well work money now even phone buy perfect cancel shipped broken asap u ur
    """,
    "de": """
        der die das und von ich sie ihr ihre ihren ihnen ist nicht was auf zu mit fur es ein eine einen
        einem einer sind war waren wir uns unser mein meine meinen mich mir haben habe hat hatte kann konnen
        konnten wird werden wurde auch aber noch schon bei nach aus dem den des im am zum zur als wenn dann
        wie wo wann warum welche kein keine keinen oder durch uber bis sehr bitte danke vielen dank hallo
        guten tag sehr geehrte damen herren liebe grusse gruße grusse gruss bestellung bestellt bestellen
        erhalten bekommen geliefert lieferung paket ware rechnung zuruck gibt sich nur jetzt mal immer
        wieder ohne gut ob da so doch bin du er dass daß diese dieser dieses leider mochte wurde machen
        gerne hiermit mfg vom geht kaputt falsch heute morgen gestern woche tage geld
    """,
    "fr": """
        le la les un une des du de et je tu vous nous il elle on est sont pas ne que qui quoi ce cette ces
        ca se son sa ses mon ma mes votre vos notre nos pour avec sans dans sur par au aux en a ai as avez
        avons ont ete etait plus mais ou si comment quand pourquoi quel quelle merci bonjour bonsoir salut
        cordialement commande colis recu livraison livre taille svp tres bien bon tout tous toute encore
        toujours deja aussi peut pouvez puis puis-je veux voudrais souhaite faire fait etre avoir j l d c qu
        n m s t y etes suis etais jamais rien produit achat achete remboursement retour facture madame
        monsieur depuis apres avant chez lui leur cela comme meme trop peu jours semaine semaines aucun
        aucune
    """,
    # neither of ours: enough to keep an Italian, Spanish, Polish or Scandinavian mail from being called French
    "": """
        il lo gli che non per una sono della di mio mia ho ordine grazie buongiorno quando come el los las y
        por para con una que pedido gracias hola cuando mi esta estan donde no es o uma nao obrigado
        encomenda meu minha eu nie jest czy zamowienie dziekuje prosze dzien dobry moje kiedy jak jeg har
        ikke og det til paa jag inte och att hej bestilling tack tak ma min mitt er pa av som na sie w z do
    """,
}
# Pieces of spelling, with `^` and `$` for the borders of a word: a language's own letters, and its commonest endings.
_SPELLING = {
    "nl": """
        ij aa oo ee uu sch$ scha sche oe ui ieu eeu aal$ ^ge ^ver lijk$ tje$ tjes$ eid$ ^zo uw$ nje$ cht gd$
        dt$ ^ont ^gr ^be
    """,
    "en": """
        th ing$ tion$ ed$ ly$ ^wh ^th ck$ ght sh ough ould y$ 'm 's$ ea ow$ ss$ wh ^kn 'll nt$ ness$
    """,
    "de": """
        ß ä ö ü sch ung$ ich$ cht keit$ heit$ ^ge ^ver tz pf ei ^zu ^au ^st ieß chen$ isch$ ck lich$ en$ eu
    """,
    "fr": """
        é è ê ç à û î ô œ eau eux aux$ ez$ tion$ ment$ oi ^qu que$ ais$ ait$ ^l' ^d' ^j' ^c' ^n' elle$ ette$
        ent$ ont$ eur$ é$ ée$
    """,
    "": """
        ã õ ñ ł ą ę ż ś å ø æ ¿ ¡ ió ció$ ão zione$ gli cz sz rz ò ì
    """,
}
_PIECES = {language: tuple(pieces.split()) for language, pieces in _SPELLING.items()}
_PIECE_WEIGHT = 0.3
_ENOUGH = 0.9  # of evidence; less is a guess, and a guess is said to be unknown
_LONGEST = 800  # characters: more change nothing


@cache
def _weights() -> dict[str, dict[str, float]]:
    """For each word, its weight by language: one when it is that language's alone, less when it is shared."""
    owners: dict[str, set[str]] = {}
    for language, words in _WORDS.items():
        for word in words.split():
            owners.setdefault(fold(word), set()).add(language)
    return {word: dict.fromkeys(languages, 1 / len(languages) ** 1.5) for word, languages in owners.items()}


def detect_language(text: str, subject: str = "") -> str:
    """Tell `nl`, `en`, `de` and `fr` apart; empty when there is too little to go by.

    The text decides; the subject is asked only where the text does not tell, for it is often someone else's words.
    """
    return _best(text[:_LONGEST]) or (_best(f"{subject}\n{text[:_LONGEST]}") if subject else "")


def _best(text: str) -> str:
    scores = dict.fromkeys(_WORDS, 0.0)
    for word in read_text(text).words:
        for language, weight in _speaks_for(word.folded, text[word.start : word.end].lower()):
            scores[language] += weight
    best, second = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
    return best if scores[best] >= _ENOUGH and scores[best] - scores[second] > 0.2 else ""


@lru_cache(maxsize=8_000)
def _speaks_for(folded: str, written: str) -> tuple[tuple[str, float], ...]:
    """Tell for which languages a word speaks, and how much; `written` is in lower case."""
    return (*_weights().get(folded, {}).items(), *_spelling(written))


def _spelling(word: str) -> Iterator[tuple[str, float]]:
    """Yield what the spelling of a word speaks for; digits speak for none."""
    if len(word) < 3 or any(letter.isdigit() for letter in word):
        return
    bordered = f"^{word.replace('’', chr(39))}$"
    for language, pieces in _PIECES.items():
        if found := sum(piece in bordered for piece in pieces):
            yield language, _PIECE_WEIGHT * min(2, found)
