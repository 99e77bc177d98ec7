"""The people behind forms and marketplaces: who is to be answered, and what did that person say?

The hard truth: a contact form and a marketplace send in their own name, and none of them says so. So it is told by what
they cannot hide: a relay's domain, a Reply-To that leads elsewhere, a robot's address, the labels of a form's fields.
Where that proves nothing, the sender is the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from triage.mail import automatic
from triage.mail.headers import MAX_EMAIL, MAX_NAME
from triage.mail.mime import CELL
from triage.mail.patterns import compiled
from triage.mail.scrub import one_line
from triage.mail.text import SIGNATURE, split_newest
from triage.model import Address

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Letter:
    """What is known of a mail before it is known who speaks in it; cells of tables are still marked in `text`."""

    sender: Address
    reply_to: Address
    to: frozenset[str]
    subject: str
    text: str
    is_bulk: bool

    @property
    def has_foreign_reply(self) -> bool:
        """Whether answers go to somebody else than the sender: not to ourselves, and not to a robot."""
        reply = self.reply_to.email
        return bool(reply) and reply != self.sender.email and reply not in self.to and not automatic.is_robot(reply)

    @property
    def replies_elsewhere(self) -> bool:
        """Whether answers leave the sender's house: a carrier's notice has its own help desk in Reply-To."""
        return self.reply_to.domain.split(".")[-2:] != self.sender.domain.split(".")[-2:]


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Who is to be answered, by which way the mail came, and what that person said."""

    person: Address
    via: str
    text: str
    history: str


def unwrap(letter: Letter) -> Unwrapped:
    """Find the person who speaks: the customer behind a relay, the visitor behind a form, else the sender."""
    return _from_marketplace(letter) or _from_form(letter) or _plainly(letter, letter.sender, "", letter.text)


def _plainly(letter: Letter, person: Address, via: str, words: str) -> Unwrapped:
    """Take the newest of `words` as text, and all else of them as history."""
    split = split_newest(words.replace(CELL, ""))
    frame = letter.text.replace(words, "", 1).replace(CELL, "") if words is not letter.text else ""
    history = "\n\n".join(part for part in (split.signature, split.history, frame) if part.strip())
    return Unwrapped(person, via, split.newest, history)


# Domains of relays only: an address at the marketplace itself may be its staff.
_MARKETPLACES = (
    # bol.com gives customers a new address at klantbericht.bol.com once they answer (partner platform, 2022)
    ("bol.com", r"(?:verkopen|klantbericht|klantenservice|partnerklantenservice)\.bol\.com"),
    ("Amazon", r"marketplace\.amazon\.[a-z.]{2,6}"),
    ("eBay", r"members\.ebay\.[a-z.]{2,6}"),
    ("Etsy", r"(?:[a-z-]{1,20}\.)?etsy\.com"),
    ("Marktplaats", r"mail\.marktplaats\.nl"),
    ("2dehands", r"mail\.(?:2dehands|2ememain)\.be"),
    ("Kleinanzeigen", r"mail\.(?:ebay-)?kleinanzeigen\.de"),
    ("Leboncoin", r"messagerie\.leboncoin\.fr"),
    (
        "Kaufland",
        r"(?:members|mail|marketplace)\.kaufland(?:-marktplatz|-online)?\.[a-z]{2}|kaufland-marktplatz\.de",
    ),
    (
        "Cdiscount",
        r"(?:[a-z-]{1,20}\.)?(?:clemarche|cdiscount-marketplace)\.com|(?:mail|marketplace)\.cdiscount\.com",
    ),
    ("Fnac", r"(?:mp|marketplace|messagerie)\.fnac(?:darty)?\.com"),
    ("ManoMano", r"message\.manomano\.[a-z]{2,3}"),
    ("Allegro", r"(?:[a-z-]{1,20}\.)?allegromail\.(?:pl|com)"),
    ("Zalando", r"(?:marketplace|partner|partners|customercare)\.zalando\.[a-z.]{2,6}"),
)
_RELAYS = "|".join(f"({domain})" for _, domain in _MARKETPLACES)
_WORDS_BEGIN = (
    r"(?i)-{3,80}\s{0,3}(?:begin message|begin(?: van (?:het )?)?\s?bericht|bericht begint|anfang der nachricht"
    r"|d[ée]but du message|inicio del mensaje|inizio messaggio|inizio del messaggio)\s{0,3}-{3,80}"
    r"|(?:(?:de )?(?:vraag|klantvraag|bericht|reactie)(?: van (?:de |je |uw )?(?:klant|koper|[^:]{1,40}))?"
    r"|(?:customer |buyer )?(?:message|question)(?: from [^:]{1,40})?|(?:frage|nachricht)(?: (?:des|vom"
    r"|von) [^:]{1,40})?"
    r"|(?:message|question) (?:du client|de l'acheteur|de [^:]{1,40}))\s?:"
    r"|[^:]{1,60} (?:heeft|schrijft|schreef|stelde|has sent|sent|writes|wrote|asked|hat|schreibt|a envoy[ée]"
    r"|a [ée]crit"
    r"|vous a envoy[ée]|vous a [ée]crit)\b[^:]{0,90}:"
    r"|(?:new message from|nieuw bericht van|neue nachricht von|nouveau message de)\b[^\n]{0,80}"
)
_WORDS_END = (
    r"(?i)-{3,80}\s{0,3}(?:end message|einde?(?: van (?:het )?)?\s?bericht|bericht eindigt|ende der nachricht"
    r"|fin du message"
    r"|fin del mensaje|fine messaggio|fine del messaggio)"
    r"|(?:reply|reply now|reply to \S.{0,60}|respond|antwoorden|antworten|r[ée]pondre|beantwoorden)$"
    r"|(?:beantwoord|bekijk|reageer|view|see|go to|ga naar|jetzt antworten|r[ée]pondez|voir|zum|manage"
    r"|report) .{0,80}$"
    r"|(?:for your information: to help|was this e-?mail helpful|let op ?[:!]|tip ?:|veilig handelen|copyright|©"
    r"|je kunt (?:deze|dit|direct)|u kunt (?:deze|dit|direct)|you can reply|sie k[öo]nnen auf"
    r"|vous pouvez r[ée]pondre)"
    r"|(?:met vriendelijke groet|groet(?:en|jes)?|regards|viele gr[üu](?:ß|ss)e|cordialement),?\s(?:team )?(?:bol"
    r"|etsy|ebay|amazon)\b"
)
_CUSTOMER_NAME = (
    r"(?i)(?:(?:naam (?:van de )?klant|klantnaam|customer(?: name)?|buyer(?: name)?|kundenname|nom du client|klant"
    r"|koper)\s?:"
    r"|(?:new message from|nieuw bericht van|neue nachricht von|nouveau message de|(?:vraag|bericht|reactie) van"
    r"|(?:message|question) from|(?:frage|nachricht) von|message de)\b:?)"
    r"\s{1,3}(?!de klant|je klant|een klant|the |a |your |votre )([^:\n(]{2,40}?)\s{0,3}(?:[:(.]|$| (?:over|about"
    r"|zu|concernant)\b)"
    r"|([^\s:,.][^:,.\n]{0,38}) (?:heeft|has sent|sent|hat|vous a|a) (?:je|you|u|ihnen|dir|een|a|eine|envoy)"
)
_RELAY_SUFFIX = (
    r"(?i)\s{0,3}(?:-\s|\(|\b(?:via|op|on|über|bei|sur|van|from|de)\s)\s{0,3}(?:bol|amazon|ebay|etsy|marktplaats|2dehands"
    r"|2ememain|kaufland|cdiscount|fnac|manomano|zalando|kleinanzeigen|leboncoin|allegro)\b.{0,40}$|^ebay - "
)
_NO_NAME = (
    r"(?i).{0,40}\b(?:klant|koper|customer|kunde|client|buyer|bol(?:\.com)?|amazon|ebay|etsy|marktplaats"
    r"|member)\b.{0,40}|.*@.*"
)


def _from_marketplace(letter: Letter) -> Unwrapped | None:
    """Find the customer behind a marketplace's relay address; notices from its no-reply addresses are none."""
    for relay in (letter.reply_to, letter.sender):
        via = _marketplace(relay.domain)
        if via and not automatic.is_robot(relay.email):
            name = _customer_name(letter, relay)
            return _plainly(letter, Address(relay.email, name), via, _relayed_words(letter.text))
    return None


def _marketplace(domain: str) -> str:
    match = compiled(_RELAYS).fullmatch(domain)
    return _MARKETPLACES[match.lastindex - 1][0] if match and match.lastindex else ""


def _customer_name(letter: Letter, relay: Address) -> str:
    """Find the customer's name, from the display name or else from the frame around the words."""
    for address in (relay, letter.sender):
        name = compiled(_RELAY_SUFFIX).sub("", address.name).strip(" -'\"")
        if name and not compiled(_NO_NAME).fullmatch(name):
            return name
    for line in letter.text.replace(CELL, "").split("\n")[:40]:
        match = compiled(_CUSTOMER_NAME).match(line.strip()[:200])
        if match and not compiled(_NO_NAME).fullmatch(name := (match[1] or match[2]).strip(" -'\"*")):
            return name
    return ""


def _relayed_words(text: str) -> str:
    """Take what stands between the frame's head and foot; the whole text where no head is known."""
    lines = text.split("\n")
    heads = (
        (index, match)
        for index, line in enumerate(lines[:80])
        if (match := compiled(_WORDS_BEGIN).match(line.strip()[:300]))
    )
    for index, match in heads:
        rest = [lines[index].strip()[match.end() :], *lines[index + 1 :]]
        end = next(
            (number for number, line in enumerate(rest) if number and compiled(_WORDS_END).match(line.strip()[:200])),
            len(rest),
        )
        words = "\n".join(rest[:end]).strip()
        if words:
            return words
    return text


_FORM_LABELS = {
    "name": "naam name fullname volledigenaam uwnaam jenaam jouwnaam yourname contactpersoon nom votrenom nometprénom "
    "vorundnachname ihrname klantnaam customername naamklant nomcomplet naamvanafzender",
    "first": "voornaam firstname first vorname prénom",
    "last": "achternaam lastname last nachname familienaam nomdefamille surname",
    "from": "van from von de expéditeur afzender sender",
    "email": "email emailadres emailaddress emailadresse adresseemail uwemail uwemailadres jeemail jeemailadres "
    "youremail ihreemail votreemail mail mailadres courriel contactemail emailklant klantemail adressemail replyto "
    "emailadresklant youremailaddress customeremail",
    "phone": "telefoon telefoonnummer tel phone phonenumber telefon telefonnummer téléphone mobiel mobile gsm "
    "gsmnummer numérodetéléphone telephone uwtelefoonnummer contactnumber portable handynummer",
    "subject": "onderwerp subject betreff objet sujet",
    "order": "bestelnummer ordernummer ordernumber order orderid orderno bestelling bestellnummer bestelnr ordernr "
    "numérodecommande commande numerodecommande factuurnummer invoicenumber referentie reference",
    "message": "commentormessage messageorcomment berichtofvraag bericht message berichtinhoud uwbericht jebericht "
    "yourmessage messagebody body nachricht ihrenachricht nachrichtentext votremessage corpsdumessage vraag uwvraag "
    "jevraag jouwvraag vragen question yourquestion frage ihrefrage opmerking opmerkingen comment comments kommentar "
    "commentaire commentaires vraagofopmerking vragenofopmerkingen toelichting omschrijving description inhoud "
    "anfrage demande berichtvandeklant berichtvanklant customermessage stelhieruwvraag stelhierjevraag wiltuweten "
    "waarkunnenwijumeehelpen waarmeekunnenwijuhelpen waarkunnenwejemeehelpen howcanwehelp messageduclient details",
    "address": "adres address straat street postcode zipcode zip plaats woonplaats city stad ort plz adresse land "
    "country countrycode huisnummer ville codepostal bedrijf bedrijfsnaam company companyname firma société provincie "
    "aanhef salutation geslacht anrede",
    "technical": "ip ipadres ipaddress remoteip externeip ipadresse useragent browser date datum time tijd uhrzeit "
    "pageurl pagina paginaurl page pagetitle seitenurl url referrer referer formname formulier formulaire form "
    "submissionid entryid poweredby mogelijkgemaaktdoor präsentiertvon propulsépar akkoord privacy privacyverklaring "
    "gdpr avg consent smsconsent toestemming nieuwsbrief newsletter captcha recaptcha voorwaarden datenschutz "
    "ontvangenop verzondenop verstuurdop submittedon submitted source bron via website taal language shop store "
    "winkel webshop",
}
_ROLES = {label: role for role, labels in _FORM_LABELS.items() for label in labels.split()}
_KEPT_ROLES = frozenset({"subject", "order", "choice"})
_ONE_LINE_ROLES = frozenset({"name", "first", "last", "email", "phone"})
_WHOSE = frozenset({"name", "first", "last", "from", "email", "phone", "technical"})  # what may follow the message
_LABELLED = rf"\s{{0,9}}[-*•_]{{0,3}}\s{{0,3}}(\w[^:：{CELL}\n]{{0,48}})[:：{CELL}]+" r"[*_]{0,3}\s?(.*)"
_NOT_IN_LABEL = r"(?i)\([^()]{0,40}\)|[^\w]|verplicht|required"
_QUOTE_HEADER = r"(?i)\s{0,9}[*]?(?:verzonden|sent|gesendet|envoy[ée]|aan|to|an|à|cc|date|datum)[*]?\s?:|-{4,80}\s?\w"
_FORM_FOOTER = (
    r"(?i)[^\n]{0,80}\b(?:verzonden|verstuurd|sent|gesendet|[ée]nvoy[ée]|submitted|ingevuld|ontvangen|received"
    r"|abgeschickt|"
    r"achtergelaten|message|nieuw)\b[^\n]{0,60}"
    r"(?:contact[- ]?form|contactformulier|webformulier|formulier|form submission|kontaktformular|formulaire"
    r"|web ?form)"
    r"|powered by |mogelijk gemaakt door|pr[äa]sentiert von|propuls[ée] par|manage submissions"
    r"|does this submission look"
    r"|(?:now )?create your own (?:jotform|form)|reply via wix|sent from .{0,60}wpforms"
    r"|this is a notification that a contact form"
    r"|(?:je|u) kun(?:t|nt) (?:direct )?(?:reageren|antwoorden)|to reply to this|beantwoord deze e-?mail"
    r"|(?:deze|dit|this|diese|cet|ce) (?:e-?mail|bericht|message|mail|courriel) (?:is|werd|was|wurde|a)\b[^\n]{0,30}"
    r"(?:verzonden|verstuurd|sent|gesendet|envoy[ée])[^\n]{0,30}(?:website|webshop|webwinkel|site)\b"
)
_FORM_SUBJECT = (
    r"(?i)contact ?form|kontaktformular|formulaire de contact|webformulier|new customer message"
    r"|nieuw bericht van (?:een )?klant"
    r"|form submission|formulierinzending|nieuwe inzending|new submission|new entry|neue nachricht über|via (?:de"
    r"|uw|je) website"
    r"|message from (?:a )?customer|contactverzoek|contactaanvraag|vraag via|website contact|neue einsendung"
    r"|contact (?:us|request)|new message via|nouveau message depuis"
)
_FORM_SERVICES = (
    r"(?:[a-z0-9-]{1,30}\.){0,3}(?:squarespace\.info|jotform\.com|wixforms\.com|wix\.com|wufoo\.com|typeform\.com"
    r"|formspree\.io"
    r"|web3forms\.com|netlify\.com|cognitoforms\.com|formsubmit\.co|123formbuilder\.com|formstack\.com|shopify\.com"
    r"|shopifyemail\.com|getform\.io|basin\.com)"
)
# WooCommerce and others send the shop's own notice of an order with the customer in Reply-To.
_ORDER_NOTICE = (
    r"(?i)nieuwe (?:bestelling|order)|new (?:customer )?order|neue bestellung|nouvelle commande"
    r"|\[[^\]]{1,60}\]:? (?:order|bestelling) #"
    r"|(?:geannuleerde|mislukte) bestelling|(?:cancelled|failed) order"
)
_EMAIL = r"[^\s<>()@,;:\"\[\]]{1,64}@[^\s<>()@,;:\"\[\]]{1,190}\.[^\s<>()@,;:\"\[\].]{2,24}"


@dataclass(frozen=True, slots=True)
class _Form:
    """The fields of a form in order: role, label as it stood, value."""

    fields: tuple[tuple[str, str, str], ...] = ()
    has_footer: bool = False

    def value(self, role: str) -> str:
        return next((value.partition("\n")[0] for other, _, value in self.fields if other == role and value), "")

    @property
    def email(self) -> str:
        """The visitor's address; Contact Form 7 has it beside the name."""
        match = compiled(_EMAIL).search((self.value("email") or self.value("from"))[:MAX_EMAIL])
        return match[0].lower() if match else ""

    @property
    def name(self) -> str:
        """The visitor's name."""
        parts = " ".join(part for part in (self.value("first"), self.value("last")) if part)
        beside = compiled(_EMAIL).sub("", self.value("from")[:MAX_EMAIL]).strip(" <>()[]")
        return one_line(self.value("name") or parts or beside, MAX_NAME)

    @property
    def convinces(self) -> bool:
        """Whether this is a form, given that it came from a robot or is to be answered to somebody else."""
        roles = {role for role, _, value in self.fields if value}
        return bool(self.email) and not roles.isdisjoint({"message", "name", "first", "last"})

    @property
    def speaks_for_itself(self) -> bool:
        """Whether this is a form whoever sent it; a signature has a name and an address too, but no message."""
        return bool(self.email and self.value("message"))

    @property
    def words(self) -> str:
        """What the visitor said: choices and order numbers with their labels, then the message.

        What stands below a name or an address is a field with a label that nobody could know.
        """
        kept = [f"{label}: {value}" for role, label, value in self.fields if role in _KEPT_ROLES and value]
        below = [value.split("\n")[1:] for role, _, value in self.fields if role in _ONE_LINE_ROLES]
        message = [value for role, _, value in self.fields if role == "message"]
        return "\n\n".join(part for part in ("\n".join(kept), *map(_stripped, below), *message) if part)


def _stripped(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines).strip()


def _from_form(letter: Letter) -> Unwrapped | None:
    """Find the visitor behind a contact form, by Reply-To or by the address in the form; None when it is no form."""
    foreign, robot = letter.has_foreign_reply, automatic.is_robot(letter.sender.email)
    lines = [line.lstrip(SIGNATURE) for line in letter.text.split("\n")]
    if not (foreign or robot or _starts_early(lines)):
        return None
    form = _read_form(lines)
    framed = form.has_footer or bool(compiled(_FORM_SUBJECT).search(letter.subject)) or _is_form_service(letter)
    evidence = form.convinces or framed
    own_words = not foreign and (form.email in letter.to or (form.email == letter.sender.email and not framed))
    if own_words or compiled(_ORDER_NOTICE).search(letter.subject) or (letter.is_bulk and not form.convinces):
        return None
    if not (
        form.speaks_for_itself
        or (foreign and (evidence or (robot and letter.replies_elsewhere)))
        or (robot and evidence and form.email)
    ):
        return None
    if not form.words:
        return _plainly(letter, _visitor(letter, form), "form", _without_footer(letter.text))
    split = split_newest(form.words)
    history = "\n\n".join(part for part in (split.signature, split.history) if part)
    return Unwrapped(_visitor(letter, form), "form", split.newest, history)


def _is_form_service(letter: Letter) -> bool:
    return compiled(_FORM_SERVICES).fullmatch(letter.sender.domain) is not None


def _visitor(letter: Letter, form: _Form) -> Address:
    """Who filled in the form; a Reply-To of the shop itself does not count."""
    if letter.has_foreign_reply and (not form.email or letter.reply_to.domain != letter.sender.domain):
        return Address(letter.reply_to.email, form.name or letter.reply_to.name)
    return Address(form.email, form.name) if form.email else letter.sender


def _read_form(lines: list[str]) -> _Form:
    """Read `Label: value`, a label alone with its value below, and tables of both; message and footer end it."""
    fields: list[tuple[str, str, list[str]]] = []
    if not _starts_early(lines):
        return _Form(has_footer=any(compiled(_FORM_FOOTER).match(line.strip()) for line in lines))
    has_footer = False
    for index, line in enumerate(lines):
        in_message = bool(fields) and fields[-1][0] == "message"
        if compiled(_FORM_FOOTER).match(line.strip()[:300]):
            has_footer = True
            if in_message:
                break
            continue
        role, label, value = _labelled(line, after=fields[-1][0] if fields else "")
        if role == "from" and any(compiled(_QUOTE_HEADER).match(below) for below in lines[index + 1 : index + 4]):
            break  # an earlier mail in Outlook's way
        if role:
            fields.append((role, label, [value]))
        elif fields:
            fields[-1][2].append(line)
            if not in_message and _is_prose(fields[-1][2]):
                break
    return _Form(tuple((role, label, _value(chunks)) for role, label, chunks in fields), has_footer)


def _is_prose(lines: list[str]) -> bool:
    """Whether what follows a label is too long for a name or a number: a letter that happened to have a colon."""
    return sum(1 for line in lines if line.strip()) > 6


def _starts_early(lines: list[str]) -> bool:
    """Whether a form begins at the top: a signature with `E-mail:` under a letter is none."""
    filled = islice((line for line in lines if line.strip()), 9)
    return any(_labelled(line, after="")[0] for line in filled)


def _labelled(line: str, *, after: str) -> tuple[str, str, str]:
    """Role, label and value of a line that begins a field; three empty texts for any other line.

    `after` is the role of the field before: within a message only what forms put below it ends it.
    """
    match = compiled(_LABELLED).match(line[:4000])
    if not match and (after == "message" or len(line) > 50):
        return "", "", ""
    label = (match[1] if match else line.strip()[:50]).strip(" *_")
    role = _ROLES.get(compiled(_NOT_IN_LABEL).sub("", label.casefold()), "")
    if after == "message" and role not in _WHOSE:
        return "", "", ""
    if match and not role and after and _is_choice(label, match[2]):
        role = "choice"
    return (role, label, match[2].strip() if match else "") if role else ("", "", "")


def _is_choice(label: str, value: str) -> bool:
    """Whether an unknown label is a field that the shop made up, such as `Maat: 43`."""
    return bool(value.strip()) and len(label.split()) <= 5 and label[:1].isalpha() and not value.startswith("//")


def _value(chunks: Sequence[str]) -> str:
    """Join a field's lines without what closes a frame: rules, and the two dashes above a footer."""
    lines = list(chunks)
    while lines and not lines[-1].strip(" -_=*" + CELL):
        lines.pop()
    return "\n".join(lines).replace(CELL, "").strip()


def _without_footer(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not compiled(_FORM_FOOTER).match(line.strip()[:300]))
