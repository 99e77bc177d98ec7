"""Threats, dates and repetition: what raises a flag, and what only looks like it."""

from __future__ import annotations

import pytest

from triage.classify.flags import flags_in
from triage.model import Flag

NONE: frozenset[Flag] = frozenset()
LEGAL, REVIEW = frozenset({Flag.LEGAL}), frozenset({Flag.REVIEW})
DEADLINE, REPEAT = frozenset({Flag.DEADLINE}), frozenset({Flag.REPEAT})


@pytest.mark.parametrize(
    ("language", "text", "flags"),
    [
        pytest.param("nl", "Ik schakel een advocaat in", LEGAL, id="nl lawyer"),
        pytest.param("nl", "Ik stel u in gebreke", LEGAL, id="nl notice of default"),
        pytest.param("nl", "Ik stap naar de geschillencommissie", LEGAL, id="nl disputes committee"),
        pytest.param("nl", "Ik doe een beroep op de wettelijke garantie", LEGAL, id="nl right claimed"),
        pytest.param("nl", "Hierbij gebruik ik mijn herroepingsrecht", LEGAL, id="nl right of withdrawal"),
        pytest.param("nl", "Ik heb het gemeld bij de Consumentenbond", LEGAL, id="nl deed already done"),
        pytest.param("nl", "Ik doe aangifte bij de politie", LEGAL, id="nl police"),
        pytest.param("nl", "Dan meld ik dit bij Test Aankoop", LEGAL, id="nl Belgian consumer body"),
        pytest.param("nl", "Zit er nog garantie op?", NONE, id="nl mere warranty"),
        pytest.param("nl", "Daar is toch geen advocaat voor nodig", NONE, id="nl no lawyer needed"),
        pytest.param("nl", "De rechterschoen knelt", NONE, id="nl right shoe is no judge"),
        pytest.param("nl", "Ik heb recht op een pauze", NONE, id="nl another right"),
        pytest.param("en", "My solicitor will write to you", LEGAL, id="en solicitor"),
        pytest.param("en", "I will start a chargeback", LEGAL, id="en chargeback"),
        pytest.param("en", "Under the Consumer Rights Act I would like a repair", LEGAL, id="en right claimed"),
        pytest.param("en", "Is it covered by warranty?", NONE, id="en mere warranty"),
        pytest.param("en", "The right shoe is too tight", NONE, id="en right shoe"),
        pytest.param("en", "No lawyer needed, just a reply", NONE, id="en no lawyer"),
        pytest.param("de", "Dann gehe ich zum Anwalt", LEGAL, id="de lawyer"),
        pytest.param("de", "Ich wende mich an die Verbraucherzentrale", LEGAL, id="de consumer body"),
        pytest.param("de", "Gibt es zwei Jahre Garantie?", NONE, id="de mere warranty"),
        pytest.param("fr", "Je saisirai la DGCCRF", LEGAL, id="fr authority"),
        pytest.param("fr", "Ceci vaut mise en demeure", LEGAL, id="fr formal notice"),
        pytest.param("fr", "La garantie est de deux ans ?", NONE, id="fr mere warranty"),
        pytest.param("nl", "anders plaats ik een slechte review", REVIEW, id="nl bad review"),
        pytest.param("nl", "Ik zet dit op Trustpilot", REVIEW, id="nl Trustpilot"),
        pytest.param("nl", "Ik ga naar de pers", REVIEW, id="nl press"),
        pytest.param("nl", "ik heb goede reviews gelezen", NONE, id="nl good reviews read"),
        pytest.param("nl", "Ik zag jullie op Facebook", NONE, id="nl seen on Facebook"),
        pytest.param("nl", "Ik zal geen slechte review schrijven", NONE, id="nl no bad review"),
        pytest.param("nl", "aan de kassa betaald", NONE, id="nl a till is no broadcast"),
        pytest.param("en", "or I leave a one star review", REVIEW, id="en one star"),
        pytest.param("en", "I found you on Instagram", NONE, id="en found on Instagram"),
        pytest.param("en", "I read great reviews about you", NONE, id="en good reviews read"),
        pytest.param("de", "sonst schreibe ich eine schlechte Bewertung", REVIEW, id="de bad review"),
        pytest.param("fr", "sinon je publie un avis négatif", REVIEW, id="fr bad review"),
        pytest.param("nl", "Moet er wel voor vrijdag zijn", DEADLINE, id="nl before Friday"),
        pytest.param("nl", "het is voor haar verjaardag op de 5e", DEADLINE, id="nl birthday on the 5th"),
        pytest.param("nl", "graag uiterlijk 12 december", DEADLINE, id="nl date at the latest"),
        pytest.param("nl", "komt het nog voor sinterklaas?", DEADLINE, id="nl before a feast"),
        pytest.param("nl", "Wordt het binnen 2 dagen geleverd?", NONE, id="nl delivery time asked"),
        pytest.param(
            "nl", "Ik had voor vrijdag besteld en niets ontvangen", DEADLINE, id="nl ambiguous, taken as a date"
        ),
        pytest.param("nl", "besteld voor vrijdag en netjes op tijd ontvangen", NONE, id="nl past"),
        pytest.param("nl", "Het heeft geen haast", NONE, id="nl no hurry"),
        pytest.param("nl", "een cadeau voor mijn vrouw", NONE, id="nl a gift without a day"),
        pytest.param("en", "I need it by Friday", DEADLINE, id="en by Friday"),
        pytest.param("en", "it's a birthday present for the 5th", DEADLINE, id="en present for the 5th"),
        pytest.param("en", "I ordered before Friday", NONE, id="en past"),
        pytest.param("en", "There is no rush", NONE, id="en no rush"),
        pytest.param("de", "Ich brauche es bis Freitag", DEADLINE, id="de by Friday"),
        pytest.param("fr", "il me le faut avant vendredi", DEADLINE, id="fr before Friday"),
        pytest.param("nl", "Ik heb vorige week al gemaild", REPEAT, id="nl mailed before"),
        pytest.param("nl", "Ik heb nog geen antwoord gekregen", REPEAT, id="nl no answer"),
        pytest.param("nl", "Dit is de derde keer dat ik mail", REPEAT, id="nl third time"),
        pytest.param("nl", "Ik heb jullie tweemaal gebeld", REPEAT, id="nl called twice"),
        pytest.param("nl", "Dank voor het snelle antwoord", NONE, id="nl answered"),
        pytest.param("nl", "Ik mail u over mijn jas", NONE, id="nl first mail"),
        pytest.param("en", "I still haven't had a reply", REPEAT, id="en no reply"),
        pytest.param("en", "I emailed you twice", REPEAT, id="en twice"),
        pytest.param("en", "Thanks for your quick reply", NONE, id="en answered"),
        pytest.param("de", "Ich habe schon zweimal geschrieben", REPEAT, id="de twice"),
        pytest.param("fr", "Je vous ai déjà écrit", REPEAT, id="fr written before"),
        pytest.param("nl", "", NONE, id="nothing"),
    ],
)
def test_flags(language: str, text: str, flags: frozenset[Flag]) -> None:
    assert flags_in(text, language) == flags
