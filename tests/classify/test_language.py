"""Which language the newest words are in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from triage.classify.language import detect_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        pytest.param("nl", "Waar blijft mijn pakje?", id="nl short"),
        pytest.param("nl", "Hebben jullie deze ook in maat 42?", id="nl size"),
        pytest.param("nl", "top bedankt", id="nl two words"),
        pytest.param("nl", "Amai, wanneer gaat ge da nu eens leveren?", id="nl Flemish"),
        pytest.param("nl", "tis al de 3de keer dak u mail zenne", id="nl dialect"),
        pytest.param(
            "nl", "Goedemiddag, de refund van mijn order staat nog niet op de creditcard", id="nl with English words"
        ),
        pytest.param("nl", "WAAR BLIJFT MIJN BESTELLING", id="nl in capitals"),
        pytest.param("en", "Where is my order?", id="en short"),
        pytest.param("en", "thanks it works", id="en three words"),
        pytest.param("en", "pls cancel asap", id="en telegram style"),
        pytest.param(
            "en", "Hi, I live in Amsterdam at Kerkstraat 12. Can you deliver to me?", id="en with a Dutch address"
        ),
        pytest.param("de", "Wo bleibt mein Paket?", id="de short"),
        pytest.param("de", "Danke, hat geklappt", id="de closing"),
        pytest.param("de", "Koennen Sie mir die Rechnung schicken", id="de without umlauts"),
        pytest.param("fr", "Où est mon colis ?", id="fr short"),
        pytest.param("fr", "c'est bon j'ai trouvé", id="fr closing"),
        pytest.param("fr", "je nai toujours pas recu ma commande", id="fr without accents"),
        pytest.param(
            "nl", "Hello, ik heb vorige week een jas besteld maar hij is te klein. Thanks", id="mixed, mostly nl"
        ),
        pytest.param("", "", id="nothing"),
        pytest.param("", "100234", id="a number"),
        pytest.param("", "👍", id="a thumb"),
        pytest.param("", "Buongiorno, quando arriva il mio ordine? Grazie", id="Italian is none of ours"),
        pytest.param("", "Hola, cuando llega mi pedido por favor", id="Spanish is none of ours"),
    ],
)
def test_language(language: str, text: str) -> None:
    assert detect_language(text) == language


def test_the_subject_helps_only_where_the_text_does_not_tell() -> None:
    assert (
        detect_language("100234", "Waar blijft mijn bestelling"),
        detect_language("Where is my order", "bestelling verzonden"),
    ) == ("nl", "en")


def _reviews(language: str) -> list[str]:
    shared = Path(os.environ.get("TRIAGE_SHARED", Path(__file__).parents[3] / "shared" / "data"))
    files = sorted((shared / "m-absa-reviews").glob(f"*-{language}-train.txt"))
    if not files:
        pytest.skip("the review sentences (m-absa-reviews) are not beside this checkout")
    sentences = (line.partition("####")[0] for file in files for line in file.read_text("utf-8").splitlines()[:1500])
    return [sentence for sentence in sentences if len(sentence.split()) >= 5]


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_sentences_of_five_words_and_more(language: str) -> None:
    """Measured: 98.9 to 99.5 in a hundred; some sentences of the set are in another language than they say."""
    sentences = _reviews(language)
    right = sum(detect_language(sentence) == language for sentence in sentences)
    assert right / len(sentences) > 0.985
