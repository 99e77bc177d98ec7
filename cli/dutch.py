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
    # the queue
    "(no subject)": "(geen onderwerp)",
    "as of {when}": "stand van {when}",
    "open": "open",
    "closed": "gesloten",
    "closed until {when}": "gesloten tot {when}",
    "open until {when}": "open tot {when}",
    "Nobody waits. All is answered.": "Niemand wacht. Alles is beantwoord.",
    "None of those waiting is like that.": "Van wie wacht is niemand zo.",
    "1 waiting": "1 wacht",
    "{n} waiting": "{n} wachten",
    "{n} overdue": "{n} te laat",
    "{n} forgotten": "{n} vergeten",
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
    "{percent} sure": "{percent} zeker",
    "reason": "reden",
    "besides": "verder",
    "order {number}": "bestelling {number}",
    "promised": "beloofd",
    "the clock ran": "de klok liep",
    "{n} more days": "nog {n} dagen",
    "within {target} of {since}, so before {due}": "binnen {target} na {since}, dus vóór {due}",
    "{when}, after {span}": "{when}, na {span}",
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
    # the demo
    "This is a sample shop, made up. For your own mail copy config.example.toml to {path} and fill it in.": (
        "Dit is een verzonnen winkel. Kopieer voor uw eigen post config.example.toml naar {path} en vul het in."
    ),
    "The sample shop is in {folder}. Go on with it:": "De voorbeeldwinkel staat in {folder}. Ga ermee verder:",
}
