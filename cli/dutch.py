"""The Dutch of everything that is said in English elsewhere in `cli`: English text -> Dutch text, blanks alike."""

from __future__ import annotations

DUTCH = {
    # lanes, statuses, flags, notices, reasons
    "Wants to buy": "Wil kopen",
    "Has bought": "Heeft gekocht",
    "At the door": "Staat voor de deur",
    "Angry": "Boos",
    "Angry for a discount": "Boos om korting",
    "Forgotten: answer now, with an apology": "Vergeten: nu antwoorden, met excuses",
    "Others": "Anderen",
    "waiting": "wacht",
    "answered": "beantwoord",
    "needs no answer": "hoeft geen antwoord",
    "done": "afgehandeld",
    "snoozed": "uitgesteld",
    "legal": "juridisch",
    "review": "recensie",
    "deadline": "met termijn",
    "repeat": "schreef al eerder",
    "carrier": "noemt een bezorger",
    "unsure": "onzeker",
    "our answer bounced": "ons antwoord kwam terug",
    "partly unreadable": "deels onleesbaar",
    "filed away": "opgeborgen",
    "by the flag alone": "alleen volgens de vlag",
    "it does not work": "het werkt niet",
    "how do I …?": "hoe doe ik …?",
    "where is …?": "waar is …?",
    "I want …": "ik wil …",
    # spans and moments
    "{n} min": "{n} min",
    "{n} h": "{n} uur",
    "1 h open time": "1 werkuur",
    "{n} h open time": "{n} werkuren",
    "since {when}": "sinds {when}",
    "{span} left": "nog {span}",
    "{span} late": "{span} te laat",
    "before {when}": "vóór {when}",
    "late since {when}": "te laat sinds {when}",
    "today": "vandaag",
    "yesterday": "gisteren",
    "tomorrow": "morgen",
    # what the owner decides
    "{id}: {kind}, as you say.": "{id}: {kind}, zoals je zegt.",
    "{id}: {kind}, no longer {was}.": "{id}: {kind}, niet langer {was}.",
    "{id}: {kind} as well.": "{id}: ook {kind}.",
    "and 1 more": "en nog 1",
    "`triage undo` takes it back.": "`triage undo` draait het terug.",
    "{id}: {kind}": "{id}: {kind}",
    "{id}: {kind}, confirmed": "{id}: {kind}, bevestigd",
    "{id}: done": "{id}: afgehandeld",
    "{id}: waits again": "{id}: wacht weer",
    "{id}: snoozed until {when}": "{id}: uitgesteld tot {when}",
    "{id}: snoozed until the customer writes": "{id}: uitgesteld tot de klant schrijft",
    "{id}: for {person}": "{id}: voor {person}",
    "{id}: for nobody in particular": "{id}: voor niemand in het bijzonder",
    "{id}: noted “{note}”": "{id}: genoteerd: “{note}”",
    "Taken back: {what}": "Teruggedraaid: {what}",
    "taken back": "teruggedraaid",
    "Nothing was decided yet.": "Er is nog niets besloten.",
    # evaluate
    "mails": "berichten",
    "each": "per bericht",
    "flag": "kenmerk",
    "language": "taal",
    "precision": "precisie",
    "recall": "gevonden",
    "mean": "gemiddeld",
    "is, taken for": "is, gezien als",
    "confidence": "zekerheid",
    "right": "juist",
    "mean gap": "afwijking",
    "people taken for none": "mensen gezien als none",
    # the queue
    "(no subject)": "(geen onderwerp)",
    "as of {when}": "stand van {when}",
    "open": "open",
    "closed": "gesloten",
    "closed until {when}": "gesloten tot {when}",
    "open until {when}": "open tot {when}",
    "Nobody waits. All is answered.": "Niemand wacht. Alles is beantwoord.",
    "No mail was fetched yet, so nobody can say who waits.": (
        "Er is nog geen post opgehaald, dus wie er wacht is niet bekend."
    ),
    "Nobody waits as far as is known: no mail was fetched yet of {accounts}.": (
        "Niemand wacht, voor zover bekend: van {accounts} is nog geen post opgehaald."
    ),
    "Nobody waits but 1 that is snoozed.": "Niemand wacht, behalve 1 die is uitgesteld.",
    "Nobody waits but {n} that are snoozed.": "Niemand wacht, behalve {n} die zijn uitgesteld.",
    "Nobody waited when mail was last fetched.": "Niemand wachtte toen er voor het laatst post werd opgehaald.",
    "Nobody is forgotten as far as is known.": "Niemand is vergeten, voor zover bekend.",
    "None of those waiting is like that.": "Van wie wacht is niemand zo.",
    "1 waiting": "1 wacht",
    "{n} waiting": "{n} wachten",
    "{n} overdue": "{n} te laat",
    "{n} forgotten": "{n} vergeten",
    "{n} snoozed": "{n} uitgesteld",
    "until {when}": "tot {when}",
    "until reply": "tot antwoord",
    "for {person}": "voor {person}",
    "oldest since {when}": "oudste sinds {when}",
    "synced {when}": "opgehaald {when}",
    "never synced": "nog nooit opgehaald",
    "{name}: {known} of {server} known": "{name}: {known} van {server} bekend",
    "Nobody is forgotten.": "Niemand is vergeten.",
    "1 forgotten: answer now, with an apology: {ids}": "1 vergeten: nu antwoorden, met excuses: {ids}",
    "{n} forgotten: answer now, with an apology: {ids}": "{n} vergeten: nu antwoorden, met excuses: {ids}",
    "{n} of {total}": "{n} van {total}",
    "and {n} more": "en nog {n}",
    "These were waiting before triage came; `triage queue --lane forgotten` lists them:": (
        "Deze wachtten al voordat triage kwam; `triage queue --lane forgotten` toont ze:"
    ),
    # the report
    "Overdue and forgotten": "Te laat en vergeten",
    "Overdue": "Te laat",
    "Nothing is overdue.": "Niets is te laat.",
    "waits {span}": "wacht {span}",
    "was due {when}": "uiterlijk {when}",
    # a conversation
    "asks": "vraagt",
    "writes again": "schrijft weer",
    "closes: thanks": "sluit af: bedankt",
    "withdraws: no answer needed": "trekt de vraag in",
    "sent by a machine, changes nothing": "door een machine verstuurd, verandert niets",
    "delivery report: a mail of ours never arrived": "bericht van de mailserver: een mail van ons kwam niet aan",
    "our answer": "ons antwoord",
    "ours, while nobody waited": "van ons, terwijl niemand wachtte",
    "ours, but it never arrived: no answer": "van ons, maar niet aangekomen: geen antwoord",
    "ours, sent by a machine: no answer": "van ons, door een machine: geen antwoord",
    "ours, to others: no answer": "van ons, aan anderen: geen antwoord",
    "ours, but a draft or deleted: no answer": "van ons, maar een concept of gewist: geen antwoord",
    "names a mail in it": "noemt een mail hieruit",
    "same thread at Gmail": "zelfde draad bij Gmail",
    "same subject": "zelfde onderwerp",
    "same order number": "zelfde bestelnummer",
    "the only open conversation of this customer": "het enige open gesprek van deze klant",
    "to the mail of {name}": "op de mail van {name}",
    "another address that joined": "een ander adres dat meeschreef",
    "flag \\Answered": "vlag \\Answered",
    "{mailbox} (left)": "{mailbox} (verdwenen)",
    "{status}, number {rank} in line": "{status}, nummer {rank} in de rij",
    "kind": "soort",
    "words": "woorden",
    "as you said": "zoals je zei",
    "by your rule": "volgens jouw regel",
    "otherwise": "anders",
    "without “{words}”: {kind}": "zonder “{words}”: {kind}",
    "the same without these words": "hetzelfde zonder deze woorden",
    "{percent} sure": "{percent} zeker",
    "reason": "reden",
    "besides": "verder",
    "for": "voor",
    "noted": "genoteerd",
    "order {number}": "bestelling {number}",
    "promised": "beloofd",
    "the clock ran": "de klok liep",
    "{n} more days": "nog {n} dagen",
    "within {target} of {since}, so before {due}": "binnen {target} na {since}, dus vóór {due}",
    "{when}, after {span}": "{when}, na {span}",
    "(no words)": "(geen woorden)",
    "… 1 line of quotes and signature; --history shows it": "… 1 regel citaat en ondertekening; --history toont hem",
    "… {n} lines of quotes and signature; --history shows them": (
        "… {n} regels citaat en ondertekening; --history toont ze"
    ),
    # going to where it is answered
    "{id}: opened in {program}.": "{id}: geopend in {program}.",
    "{id}: a reply is begun in your mail program.": "{id}: in je mailprogramma is een antwoord begonnen.",
    "{id}: there is no program here to open it with. This is the link:": (
        "{id}: er is hier geen programma om het mee te openen. Dit is de link:"
    ),
    "If Outlook shows your inbox instead, look there for: {search}": (
        "Toont Outlook alleen je postvak in, zoek daar dan naar: {search}"
    ),
    # what sync and check say
    "Fetching mail": "Post ophalen",
    "{where}: {new} new; {server} on the server, {known} known": (
        "{where}: {new} nieuw; {server} op de server, {known} bekend"
    ),
    "; {failed} could not be fetched, triage will try again": (
        "; {failed} niet op te halen, triage probeert het opnieuw"
    ),
    "Another run of triage is fetching ({holder}); waiting for it.": (
        "Een andere triage haalt al post op ({holder}); even wachten."
    ),
    "1 conversation written to {file}.": "1 gesprek geschreven naar {file}.",
    "{n} conversations written to {file}.": "{n} gesprekken geschreven naar {file}.",
    "Configuration {path}: 1 account.": "Configuratie {path}: 1 account.",
    "Configuration {path}: {n} accounts.": "Configuratie {path}: {n} accounts.",
    "Database {path}: SQLite says {said}.": "Database {path}: SQLite zegt {said}.",
    "Others can look into {path}. Make it yours alone with `chmod go= {path}`.": (
        "Anderen kunnen in {path} kijken. Maak het van u alleen met `chmod go= {path}`."
    ),
    "Others can change {path}. Make it yours alone with `chmod go-w {path}`.": (
        "Anderen kunnen {path} wijzigen. Maak het van u alleen met `chmod go-w {path}`."
    ),
    "Clock: {now} in {zone}; the shop is {state}.": "Klok: {now} in {zone}; de winkel is {state}.",
    'Account "{name}": {path} can be read.': 'Account "{name}": {path} is te lezen.',
    'Account "{name}": {host}:{port}, {safety}; logged in.': 'Account "{name}": {host}:{port}, {safety}; aangemeld.',
    "TLS, certificate verified": "TLS, certificaat gecontroleerd",
    "STARTTLS, certificate verified": "STARTTLS, certificaat gecontroleerd",
    "no encryption, on this machine only": "geen versleuteling, alleen op deze computer",
    'Account "{name}": {mailbox}, 1 message ({purpose}).': 'Account "{name}": {mailbox}, 1 bericht ({purpose}).',
    'Account "{name}": {mailbox}, {n} messages ({purpose}).': 'Account "{name}": {mailbox}, {n} berichten ({purpose}).',
    "customers' mail": "post van klanten",
    "our answers, known by {why}": "onze antwoorden, herkend aan {why}",
    "special use": "het kenmerk \\Sent",
    "name": "de naam",
    "configuration": "de configuratie",
    'Account "{name}" has no mailbox that looks like Sent, so answers are seen only where they lie in a watched '
    "mailbox. Name it in sent.": (
        'Account "{name}" heeft geen map die op Verzonden lijkt, dus antwoorden worden alleen gezien als ze in een '
        "gelezen map liggen. Noem die map bij sent."
    ),
    'Account "{name}": ours are {addresses}.': 'Account "{name}": van ons zijn {addresses}.',
    "All is well. `triage` shows the queue.": "Alles is in orde. `triage` toont de rij.",
    # what is stored
    "{n} kB": "{n} kB",
    "{n} MB": "{n} MB",
    "(its words were purged)": "(de woorden zijn opgeruimd)",
    "Looking through the mail": "De post doorzoeken",
    "Nothing was deleted.": "Er is niets gewist.",
    "Nothing is stored in words from before {when} that may go.": (
        "Er staan geen woorden van vóór {when} opgeslagen die weg mogen."
    ),
    "Delete these words here? That cannot be undone.": "Deze woorden hier wissen? Dat is niet terug te draaien.",
    "Deleted; {size} freed.": "Gewist; {size} vrijgemaakt.",
    "1 mail": "1 bericht",
    "{n} mails": "{n} berichten",
    "1 conversation": "1 gesprek",
    "{n} conversations": "{n} gesprekken",
    "The words of {mails} in {conversations} from before {when}: {size}.": (
        "De woorden van {mails} in {conversations} van vóór {when}: {size}."
    ),
    "Nothing is stored of {who}.": "Van {who} is niets opgeslagen.",
    "Forget all of it? That cannot be undone.": "Dit alles vergeten? Dat is niet terug te draaien.",
    "1 mail of theirs": "1 bericht van hen",
    "{n} mails of theirs": "{n} berichten van hen",
    "1 of ours to them": "1 van ons aan hen",
    "{n} of ours to them": "{n} van ons aan hen",
    "1 by a machine": "1 van een machine",
    "{n} by machines": "{n} van machines",
    "1 decision": "1 besluit",
    "{n} decisions": "{n} besluiten",
    "1 ID": "1 ID",
    "{n} IDs": "{n} ID's",
    "1 round that ended": "1 afgesloten ronde",
    "{n} rounds that ended": "{n} afgesloten rondes",
    "Of {who} goes: {what}.": "Van {who} gaat weg: {what}.",
    "1 mail of others names them too: it stays, without that and without its source.": (
        "1 bericht van een ander noemt hen ook: het blijft, zonder dat en zonder zijn bron."
    ),
    "{n} mails of others name them too: they stay, without that and without their sources.": (
        "{n} berichten van anderen noemen hen ook: ze blijven, zonder dat en zonder hun bron."
    ),
    "Somebody of the same name wrote from {addresses}: if that is the same person, name these addresses too.": (
        "Iemand met dezelfde naam schreef vanaf {addresses}: is dat dezelfde persoon, noem die adressen dan ook."
    ),
    "Forgotten: nothing of {who} is left in the database.": "Vergeten: van {who} staat niets meer in de database.",
    "The mails still lie on your mail server: delete them there. triage takes them in no more; a new mail of "
    "theirs comes in as always.": (
        "De berichten liggen nog op je mailserver: wis ze daar. triage neemt ze niet meer op; een nieuw bericht "
        "van hen komt gewoon binnen."
    ),
    "A rule in your configuration names them: take it out there.": (
        "Een regel in je configuratie noemt hen: haal die daar weg."
    ),
    "Written to {file}: {what}.": "Geschreven naar {file}: {what}.",
    "New here: {what}.": "Nieuw hier: {what}.",
    "1 note is about somebody forgotten: left out.": "1 notitie gaat over iemand die vergeten is: weggelaten.",
    "{n} notes are about people forgotten: left out.": "{n} notities gaan over mensen die vergeten zijn: weggelaten.",
    # signing in
    "the system keyring": "de sleutelbos van het systeem",
    'Account "{name}": signed in at {provider}; kept in {place}.': (
        'Account "{name}": aangemeld bij {provider}; bewaard in {place}.'
    ),
    "{host} accepts it. `triage` shows the queue.": "{host} neemt het aan. `triage` toont de rij.",
    "Open this address in a browser, on any computer, and type the code:": (
        "Open dit adres in een browser, op welke computer ook, en typ de code:"
    ),
    "Waiting until you have signed in as {username}. The code holds for {span}.": (
        "Wachten tot u bent aangemeld als {username}. De code geldt {span}."
    ),
    "You can close this window; triage goes on in the terminal.": (
        "U kunt dit venster sluiten; triage gaat verder in de terminal."
    ),
    "Sign in as {username} with a browser at this address:": "Meld u als {username} met een browser aan op dit adres:",
    "Is the browser on another computer? It ends at a page that it cannot open: paste that address here.": (
        "Staat de browser op een andere computer? Hij eindigt op een pagina die niet opent: plak dat adres hier."
    ),
    "That is not the address; it begins with {beginning} and holds code=. Paste it again.": (
        "Dat is niet het adres; het begint met {beginning} en bevat code=. Plak het opnieuw."
    ),
    'Account "{name}": the password is kept in the system keyring.': (
        'Account "{name}": het wachtwoord staat in de sleutelbos van het systeem.'
    ),
    "Password of {username}: ": "Wachtwoord van {username}: ",
    # the demo
    "This is a sample shop, made up. `triage init` sets triage up for your own mail.": (
        "Dit is een verzonnen winkel. `triage init` stelt triage in voor uw eigen post."
    ),
    "The sample shop is in {folder}. Go on with it:": "De voorbeeldwinkel staat in {folder}. Ga ermee verder:",
    # init
    "Y/n": "J/n",
    "y/N": "j/N",
    "Type nl or en.": "Typ nl of en.",
    "Name of your shop": "Naam van uw winkel",
    "Opening hours": "Openingstijden",
    "You are open {hours}.": "U bent open {hours}.",
    "Mon-Fri 9-12:30 13-17:30, Sat 10-16": "ma-vr 9-12:30 13-17:30, za 10-16",
    "That is not clear. Write it like this: {example}.": "Dat is niet duidelijk. Schrijf het zo: {example}.",
    "Country, or region, for public holidays": "Land, of streek, voor de feestdagen",
    "No holidays are known for that. Type NL, BE, DE-BY, FR, … or none.": (
        "Daarvan zijn geen feestdagen bekend. Typ NL, BE, DE-BY, FR, … of geen."
    ),
    "Time zone: {zone}.": "Tijdzone: {zone}.",
    "That is no time zone. An example: Europe/Brussels.": "Dat is geen tijdzone. Een voorbeeld: Europe/Brussels.",
    "Your mail address": "Uw mailadres",
    "That is no mail address. An example: info@shop.example.": (
        "Dat is geen mailadres. Een voorbeeld: info@winkel.example."
    ),
    "There is a configuration already: {path}. The account is added to it.": (
        "Er is al een configuratie: {path}. Het account komt erbij."
    ),
    "Give it a short name.": "Geef het een korte naam.",
    'There is an account "{name}" already. Change it?': 'Er is al een account "{name}". Wijzigen?',
    "Name for the new account": "Naam voor het nieuwe account",
    "Asking {host} where the mail is …": "{host} vragen waar de post is …",
    "Your mail seems to be at {server}. Is that right?": "Uw post lijkt bij {server} te zijn. Klopt dat?",
    "Which server has your mail (IMAP)? The help pages of your mail provider name it.": (
        "Welke server heeft uw post (IMAP)? De hulppagina's van uw mailprovider noemen hem."
    ),
    "Server, such as imap.example.com, or the name of your provider": (
        "Server, zoals imap.example.com, of de naam van uw provider"
    ),
    "That is no server. Examples: {example}.": "Dat is geen server. Voorbeelden: {example}.",
    "Encryption (tls, starttls, none)": "Versleuteling (tls, starttls, none)",
    "Type tls, starttls or none.": "Typ tls, starttls of none.",
    "{host}, port {port}, {how}; you are {username}.": "{host}, poort {port}, {how}; u bent {username}.",
    "{name} takes no ordinary password from programs. Make an app password at {page} and give that one.": (
        "{name} neemt van programma's geen gewoon wachtwoord aan. Maak een app-wachtwoord op {page} en geef dat."
    ),
    "If you sign in to {name} in two steps, make an app password at {page} and give that one.": (
        "Meldt u zich bij {name} in twee stappen aan, maak dan een app-wachtwoord op {page} en geef dat."
    ),
    "{name} has a password for mail alone, other than that of your account; it is set at {page}.": (
        "{name} heeft een eigen wachtwoord voor post, anders dan dat van uw account; u stelt het in op {page}."
    ),
    "{name} lets programs in once IMAP is switched on in the settings at {page}.": (
        "{name} laat programma's binnen als IMAP aanstaat in de instellingen op {page}."
    ),
    "{name} takes no passwords any more: you sign in with `triage login`, in your browser.": (
        "{name} neemt geen wachtwoorden meer aan: u meldt zich aan met `triage login`, in uw browser."
    ),
    "{name} needs its Bridge on this computer ({page}). Give the password that Bridge shows, not your own.": (
        "{name} heeft zijn Bridge op deze computer nodig ({page}). Geef het wachtwoord dat Bridge toont."
    ),
    "For that an app has to be registered once with the provider; it has an ID.": (
        "Daarvoor moet eenmaal een app bij de provider zijn aangemeld; die heeft een ID."
    ),
    "ID of the app (leave empty to fill it in later)": "ID van de app (laat leeg om het later in te vullen)",
    "Signing in at {host} …": "Aanmelden bij {host} …",
    "That password does not work. {said}": "Dat wachtwoord werkt niet. {said}",
    "Sign in as": "Aanmelden als",
    "That is no name.": "Dat is geen naam.",
    "Password of {username}": "Wachtwoord van {username}",
    "That was empty.": "Dat was leeg.",
    "Logged in. What you sent is in {names}.": "Aangemeld. Wat u verstuurde staat in {names}.",
    "Logged in. No mailbox looks like Sent; there are: {names}.": (
        "Aangemeld. Geen map lijkt op Verzonden; er zijn: {names}."
    ),
    "Which one holds what you sent (empty for none)": "In welke staat wat u verstuurde (leeg voor geen)",
    "There is no such mailbox.": "Die map is er niet.",
    "Mail was sent from here by these too:": "Hier is ook verstuurd door:",
    "Which of them are yours (all, none, or numbers)": "Welke zijn van u (alle, geen, of nummers)",
    "Type their numbers, such as 1 2, or all, or none.": "Typ de nummers, zoals 1 2, of alle, of geen.",
    "all": "alle",
    "keyring": "sleutelbos",
    "file": "bestand",
    "command": "opdracht",
    "The keyring of your system keeps the password safest; runs by cron may not get at it.": (
        "De sleutelbos van uw systeem bewaart het wachtwoord het veiligst; cron kan er soms niet bij."
    ),
    "This system has no keyring. A file that only you can read works everywhere, with cron too.": (
        "Dit systeem heeft geen sleutelbos. Een bestand dat alleen u kunt lezen werkt overal, ook met cron."
    ),
    "Keep the password in ({choices})": "Bewaar het wachtwoord in ({choices})",
    "Type one of these: {choices}.": "Typ een van deze: {choices}.",
    "Command that prints it, such as pass show shop": "Opdracht die het toont, zoals pass show winkel",
    "It prints something else than the password that works.": "Die toont iets anders dan het wachtwoord dat werkt.",
    "Write {path}?": "{path} schrijven?",
    "Written: {path}": "Geschreven: {path}",
    "Stopped. Nothing was written.": "Gestopt. Er is niets geschreven.",
    "Fill in oauth_client_id there first.": "Vul daar eerst oauth_client_id in.",
    "Sign in now with `triage login`; then `triage` shows who waits.": (
        "Meld u nu aan met `triage login`; daarna toont `triage` wie wacht."
    ),
    "From now on `triage` shows who waits, and `triage check` tests everything.": (
        "Voortaan toont `triage` wie wacht, en `triage check` test alles."
    ),
    # the comments in a new configuration
    "The settings of triage; `triage check` tests them.": "De instellingen van triage; `triage check` test ze.",
    "All there is to set stands in config.example.toml, with its defaults.": (
        "Alles wat in te stellen is staat in config.example.toml."
    ),
    "of labels and reports: nl or en": "van opschriften en verslagen: nl of en",
    "stands above reports": "staat boven verslagen",
    "on these days you are closed: NL, BE, DE-BY, FR, …; empty for none": (
        "op deze feestdagen bent u gesloten: NL, BE, DE-BY, FR, …; leeg voor geen"
    ),
    "A day that is left out is closed.": "Een dag die ontbreekt is gesloten.",
    "where your mail is; triage only reads it": "waar uw post is; triage leest alleen",
    "yours: a mail from one of these is your answer": "van u: een mail hiervandaan is uw antwoord",
    "where your answers lie": "waar uw antwoorden liggen",
    "the environment variable that holds the password": "de omgevingsvariabele met het wachtwoord",
    "a command that prints the password": "een opdracht die het wachtwoord toont",
    "a file that only you can read": "een bestand dat alleen u kunt lezen",
    "the ID of the app that you registered": "het ID van de app die u aanmeldde",
    "The password is in the keyring of your system.": "Het wachtwoord is in de sleutelbos van uw systeem.",
    "`triage login` signs you in.": "`triage login` meldt u aan.",
    "Within which opening time each kind of customer gets an answer. Take a # away to change one.": (
        "Binnen welke openingstijd elke soort klant antwoord krijgt. Haal een # weg om er een te wijzigen."
    ),
    "wants to buy": "wil kopen",
    "has bought, and is nervous": "heeft gekocht, en is zenuwachtig",
    "hello, are you there?": "hallo, is daar iemand?",
    "angry": "boos",
    "angry, and wants something extra": "boos, en wil iets extra's",
    "no customer; d counts days, closed ones left out": "geen klant; d telt dagen, gesloten dagen niet",
    "after this: answer at once, with an apology": "hierna: meteen antwoorden, met excuses",
}
