"""Short names for conversations: easy to type, harmless in a spreadsheet, and there is always another one."""

from __future__ import annotations

import re
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.identity import new_id

MESSAGE_ID = st.text(max_size=60)


@pytest.mark.parametrize(
    ("message_id", "names"),
    [
        pytest.param("q1@klant.example", ["bd2k", "bd2km", "bd2kmw"], id="plain"),
        pytest.param("", ["vm3f", "vm3fw", "vm3fwg"], id="empty"),
        pytest.param("schön@klant.example", ["mhmp", "mhmpn", "mhmpn2"], id="no ascii"),
        pytest.param("\udcff@klant.example", ["qjfm", "qjfmf", "qjfmfh"], id="a lone surrogate"),
    ],
)
def test_a_message_gives_the_same_names_for_ever(message_id: str, names: list[str]) -> None:
    """The user's notes and scripts hold them: a change here would lose conversations."""
    assert list(islice(new_id(message_id), 3)) == names


@given(MESSAGE_ID)
def test_a_name_is_easy_to_type_and_no_number_or_date_to_a_spreadsheet(message_id: str) -> None:
    for name in islice(new_id(message_id), 20):
        assert re.fullmatch(r"[bcdfghjkmnpqsvwxz][bcdfghjkmnpqsvwxz2-9]{3,}", name)


@given(MESSAGE_ID)
def test_each_name_is_one_longer_than_the_one_before(message_id: str) -> None:
    names = list(islice(new_id(message_id), 60))

    assert len(names[0]) == 4
    assert all(longer.startswith(shorter) and len(longer) == len(shorter) + 1 for shorter, longer in pairwise(names))


def test_ten_thousand_conversations_need_five_letters_at_most() -> None:
    taken: set[str] = set()
    for number in range(10_000):
        taken.add(next(name for name in new_id(f"{number}@klant.example") if name not in taken))

    assert max(map(len, taken)) == 5
