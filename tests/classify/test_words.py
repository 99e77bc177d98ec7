"""How phrases are read and found."""

from __future__ import annotations

import pytest

from triage.classify.lexicon import LANGUAGES, cues_of
from triage.classify.words import Hit, Lexicon, clause_of, fold, read_text

LISTS = {"day": "monday|friday"}


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        pytest.param("my order", "Where is MY Order?", True, id="words in a row, any case"),
        pytest.param("my order", "my other order", False, id="a word between"),
        pytest.param("my .. order", "my very first order", True, id="gap"),
        pytest.param("my .. order", "my one two three four five order", False, id="too wide a gap"),
        pytest.param("my .. order", "That is my. Order it", False, id="never over a sentence's end"),
        pytest.param("my red|blue shoe", "my blue shoe", True, id="either"),
        pytest.param("brok*", "It is broken", True, id="stem"),
        pytest.param("my *shoe", "my snowshoe", True, id="tail"),
        pytest.param("my *sho*", "my snowshoes", True, id="part"),
        pytest.param("my new? shoe", "my shoe", True, id="may be missing"),
        pytest.param("size #", "size 42b", True, id="a word with a digit"),
        pytest.param("# times", "3 times", True, id="a digit first"),
        pytest.param("1 star", "I give it 1 star", True, id="this very number first"),
        pytest.param("size _ please", "size whatever please", True, id="any word"),
        pytest.param("by @day", "by friday", True, id="a list"),
        pytest.param("^ cancel", "Please cancel", False, id="not at the start"),
        pytest.param("^ cancel", "Hello. Cancel it", True, id="at the start"),
        pytest.param("cancel $", "I cancel. Now", True, id="at the end"),
        pytest.param("j'ai", "J’ai fini", True, id="elision, curly apostrophe"),
        pytest.param("dont", "I don't", True, id="apostrophe inside"),
        pytest.param("een", "één", True, id="accents"),
    ],
)
def test_phrase(phrase: str, text: str, found: bool) -> None:
    assert bool(list(Lexicon([phrase], LISTS).find(read_text(text)))) == found


@pytest.mark.parametrize("phrase", ["a* b", "*tail b", "word? b", "_ b", ".. b"])
def test_a_phrase_must_begin_with_something_solid(phrase: str) -> None:
    with pytest.raises(ValueError, match="begins with"):
        Lexicon([phrase], LISTS)


def test_fold() -> None:
    assert [fold(word) for word in ("Één", "don’t", "STRASSE", "Straße", "foto's")] == [
        "een",
        "dont",
        "strasse",
        "strasse",
        "fotos",
    ]


def test_a_mark_of_which_folding_leaves_nothing_is_a_word_like_any_other() -> None:
    text = read_text("Mooi (\uff9f\u0434\uff9f) \uff9e kapot")
    assert list(Lexicon(["kapot"], {}).find(text)) == [Hit("kapot", len(text.words) - 1, len(text.words))]


def test_evidence_is_the_clause_of_the_sender() -> None:
    text = read_text("Hallo,\n\nde vaas is  kapot, jammer.")
    hit = next(iter(Lexicon(["kapot"], {}).find(text)))
    assert (hit, clause_of(text, hit)) == (Hit("kapot", 4, 5), "de vaas is kapot")


def test_long_clauses_are_cut_at_words() -> None:
    text = read_text(f"{'woord ' * 30}kapot {'woord ' * 30}")
    hit = next(iter(Lexicon(["kapot"], {}).find(text)))
    assert clause_of(text, hit) == " ".join(["woord"] * 4 + ["kapot"] + ["woord"] * 4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cue_can_be_read(language: str) -> None:
    """A list that is not there, or a phrase without a beginning, would fail here and not in a customer's mail."""
    cues = cues_of(language)
    for phrase in cues.tables:
        list(cues.lexicon.find(read_text(phrase.replace("|", " ").replace("*", "x"))))
    assert {weight for pairs in cues.tables.values() for _, weight in pairs} == {1, 2, 3}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cue_of_mere_words_is_found_in_its_own_words(language: str) -> None:
    cues = cues_of(language)
    plain = [phrase for phrase in cues.tables if phrase.replace(" ", "").isalnum()]
    missed = [phrase for phrase in plain if phrase not in {hit.phrase for hit in cues.lexicon.find(read_text(phrase))}]
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_all_languages_have_the_same_tables(language: str) -> None:
    def tables(of: str) -> set[str]:
        return {table for pairs in cues_of(of).tables.values() for table, _ in pairs}

    assert tables(language) == tables("nl")
