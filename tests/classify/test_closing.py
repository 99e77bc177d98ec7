"""Words that only close, and words that only ask whether anybody is there."""

from __future__ import annotations

import time

import pytest

from triage.classify.closing import closing_words, nudge
from triage.model import Closing

NO, THANKS, WITHDRAWN = Closing.NO, Closing.THANKS, Closing.WITHDRAWN


@pytest.mark.parametrize(
    ("language", "text", "closing"),
    [
        pytest.param("nl", "Top, bedankt!", THANKS, id="nl top"),
        pytest.param("nl", "Ontvangen, alles in orde", THANKS, id="nl received"),
        pytest.param(
            "nl", "Hoi Ellen,\n\nDank je wel voor de snelle reactie!\n\nGroetjes, Wim", THANKS, id="nl with greeting"
        ),
        pytest.param("nl", "Hartstikke bedankt, hij doet het weer.", THANKS, id="nl works again"),
        pytest.param("nl", "Helemaal goed, dank u wel en nog een fijne dag", THANKS, id="nl good wishes"),
        pytest.param("nl", "ok", THANKS, id="nl ok"),
        pytest.param("nl", "prima", THANKS, id="nl prima"),
        pytest.param("nl", "Oké super!", THANKS, id="nl okay super"),
        pytest.param("", "👍", THANKS, id="thumb"),
        pytest.param("", "👍🏼🙏", THANKS, id="thumb with a skin tone"),
        pytest.param("nl", "Bedankt 👍", THANKS, id="nl thanks and a thumb"),
        pytest.param("fr", "ok super merci", THANKS, id="fr ok super merci"),
        pytest.param("nl", "ok super merci", THANKS, id="nl ok super merci"),
        pytest.param("nl", "Geld is binnen, dank voor de snelle afhandeling.", THANKS, id="nl money came"),
        pytest.param("nl", "Bedankt, het probleem is opgelost", THANKS, id="nl problem solved"),
        pytest.param("nl", "Wat een service, dank!", THANKS, id="nl praise"),
        pytest.param("nl", "Geen probleem, bedankt", THANKS, id="nl no problem"),
        pytest.param("en", "Thanks, it works", THANKS, id="en works"),
        pytest.param("en", "Thank you so much, received today, all good.", THANKS, id="en received"),
        pytest.param("en", "Perfect, cheers!", THANKS, id="en cheers"),
        pytest.param("en", "That's great, many thanks.\nBest regards\nTom", THANKS, id="en with sign-off"),
        pytest.param("en", "no problem, thanks", THANKS, id="en no problem"),
        pytest.param("de", "Danke, hat geklappt", THANKS, id="de worked"),
        pytest.param("de", "Vielen Dank für die schnelle Hilfe!", THANKS, id="de help"),
        pytest.param("fr", "Merci beaucoup, bien reçu", THANKS, id="fr received"),
        pytest.param("fr", "Parfait, merci et bonne journée", THANKS, id="fr perfect"),
        pytest.param("nl", "Laat maar, al gevonden", WITHDRAWN, id="nl found"),
        pytest.param("nl", "hoeft niet meer", WITHDRAWN, id="nl no need"),
        pytest.param("nl", "Is al opgelost, bedankt", WITHDRAWN, id="nl solved itself"),
        pytest.param(
            "nl", "U kunt mijn vorige mail negeren, pakket is toch aangekomen", NO, id="nl a 'can' stays open"
        ),
        pytest.param("nl", "Negeer mijn vorige mail, het is gelukt", WITHDRAWN, id="nl ignore my mail"),
        pytest.param("nl", "Pakketje is zojuist bezorgd, dank!", WITHDRAWN, id="nl it came"),
        pytest.param("en", "never mind, found it", WITHDRAWN, id="en found"),
        pytest.param("en", "Please disregard my last email, all sorted.", WITHDRAWN, id="en disregard"),
        pytest.param("en", "No longer needed, thanks", WITHDRAWN, id="en no longer needed"),
        pytest.param("de", "hat sich erledigt", WITHDRAWN, id="de settled"),
        pytest.param("de", "Danke, hat sich schon erledigt", WITHDRAWN, id="de settled, thanks"),
        pytest.param("fr", "c'est bon j'ai trouvé", WITHDRAWN, id="fr found"),
        pytest.param("fr", "Laissez tomber, problème résolu", WITHDRAWN, id="fr solved"),
        pytest.param("nl", "Bedankt, maar waar blijft mijn pakket?", NO, id="nl but where"),
        pytest.param("nl", "Bedankt. Kan ik hem ook ruilen", NO, id="nl question without a mark"),
        pytest.param("nl", "alvast bedankt", NO, id="nl in advance"),
        pytest.param("nl", "Bij voorbaat dank", NO, id="nl in advance, formal"),
        pytest.param("nl", "Dank, ik wacht op het retourlabel", NO, id="nl still waiting"),
        pytest.param("nl", "Bedankt voor niets", NO, id="nl sarcasm"),
        pytest.param("nl", "Bedankt, bestelling 100234 graag annuleren", NO, id="nl number"),
        pytest.param("nl", "Bedankt, hij is kapot", NO, id="nl complaint"),
        pytest.param("nl", "Dank, graag nog een factuur", NO, id="nl request"),
        pytest.param("nl", "laat mijn bestelling maar zitten", NO, id="nl order cancelled"),
        pytest.param("nl", "De bestelling hoeft niet meer", NO, id="nl order not needed"),
        pytest.param("nl", "Laat maar, ik schakel mijn advocaat in", NO, id="nl threat"),
        pytest.param("nl", "Laat maar zitten, belachelijk", NO, id="nl fury"),
        pytest.param("nl", "Super, fijne service hoor", NO, id="nl sarcastic praise"),
        pytest.param("nl", "ja", NO, id="nl yes is an answer"),
        pytest.param("nl", "nee dank je, stuur hem terug", NO, id="nl no, send it back"),
        pytest.param("nl", "maat 42 graag, bedankt", NO, id="nl the size we asked for"),
        pytest.param("nl", "Beter laat dan nooit, bedankt.", NO, id="nl a sneer"),
        pytest.param("en", "thanks in advance", NO, id="en in advance"),
        pytest.param("en", "Thanks but it still doesn't work", NO, id="en but"),
        pytest.param("en", "Thanks. Please send the label", NO, id="en request"),
        pytest.param("en", "Never mind, cancel my order", NO, id="en order cancelled"),
        pytest.param("en", "forget it, I want my money back", NO, id="en money back"),
        pytest.param("en", "Thanks for nothing", NO, id="en sarcasm"),
        pytest.param("de", "Vielen Dank im Voraus", NO, id="de in advance"),
        pytest.param("de", "Danke, aber wo bleibt mein Paket", NO, id="de but"),
        pytest.param("fr", "merci d'avance", NO, id="fr in advance"),
        pytest.param("fr", "Merci, mais il manque une vis", NO, id="fr but"),
        pytest.param("fr", "Merci de me rappeler", NO, id="fr a request in thanks"),
        pytest.param("nl", "", NO, id="nothing"),
        pytest.param("nl", "Hallo", NO, id="a greeting"),
        pytest.param("nl", "Met vriendelijke groet", NO, id="a sign-off"),
        pytest.param("nl", "Bedankt. " + "Het was een lang verhaal met veel woorden. " * 8, NO, id="too long"),
    ],
)
def test_closing_words(language: str, text: str, closing: Closing) -> None:
    assert closing_words(text, language) == closing


@pytest.mark.parametrize(
    ("language", "text", "is_nudge"),
    [
        pytest.param("nl", "Heeft u mijn mail ontvangen?", True, id="nl did you get it"),
        pytest.param("nl", "Hallo?", True, id="nl hello"),
        pytest.param("nl", "Is daar iemand?", True, id="nl anybody there"),
        pytest.param("nl", "nog geen reactie gehad", True, id="nl no reaction"),
        pytest.param("nl", "zie onderstaande mail", True, id="nl see below"),
        pytest.param(
            "nl", "Beste,\n\nIk heb nog geen antwoord op onderstaande mail.\n\nMvg Jan", True, id="nl with greeting"
        ),
        pytest.param("nl", "Krijg ik nog antwoord?", True, id="nl do I get an answer"),
        pytest.param("", "?", True, id="a question mark"),
        pytest.param("", "???", True, id="three question marks"),
        pytest.param("en", "Did you get my email?", True, id="en did you get it"),
        pytest.param("en", "Just following up on this", True, id="en following up"),
        pytest.param("en", "Any update?", True, id="en update"),
        pytest.param("en", "hello? anyone there?", True, id="en hello"),
        pytest.param("de", "Haben Sie meine Mail bekommen?", True, id="de did you get it"),
        pytest.param("fr", "Avez-vous reçu mon message ?", True, id="fr did you get it"),
        pytest.param("nl", "Heeft u mijn mail ontvangen? Ik wacht nog op mijn pakket.", False, id="nl its own matter"),
        pytest.param("nl", "Heeft u mijn mail ontvangen? De lamp is kapot.", False, id="nl a defect"),
        pytest.param("nl", "Heeft u de blauwe ook in maat 42?", False, id="nl a product"),
        pytest.param("nl", "Heeft u mijn pakket ontvangen?", False, id="nl a parcel"),
        pytest.param("en", "Did you get my email? I want to cancel my order.", False, id="en its own matter"),
        pytest.param("en", "Did you receive my return?", False, id="en a return"),
        pytest.param("nl", "Bedankt!", False, id="nl thanks"),
        pytest.param("nl", "Hallo", False, id="nl a greeting asks nothing"),
        pytest.param("nl", "", False, id="nothing"),
    ],
)
def test_nudge(language: str, text: str, is_nudge: bool) -> None:
    assert nudge(text, language) == is_nudge


@pytest.mark.parametrize("piece", ["bedankt ", "👍", "hallo\n", "gr ", "\n\n ", "x", "een fijne ", "é'", "?!"])
def test_hostile_text_takes_no_longer(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    started = time.process_time()
    assert (closing_words(text, ""), nudge(text, "")) == (NO, False)
    assert time.process_time() - started < 1.5
    started = time.process_time()
    closing_words(text[:500], "")
    assert time.process_time() - started < 1.5
