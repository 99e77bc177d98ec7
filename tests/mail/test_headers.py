"""What is read quickly and what is read patiently: the same."""
# ruff: noqa: SLF001  # both ways of reading stand behind one function

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from triage.mail import headers
from triage.mail.marks import INVISIBLE, visible
from triage.mail.scrub import _INVISIBLE, all_shows, scrub

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LINES = st.lists(
    st.sampled_from(
        [
            b"From: a@b.nl",
            b"Subject:",
            b" folded",
            b"\t",
            b" ",
            b"From me",
            b"--x",
            b"X :  y ",
            b":",
            b"\xe9: x",
            b"A" * 101 + b": x",
        ]
    )
    | st.binary(max_size=12).map(lambda line: line.replace(b"\r", b"")),
    max_size=8,
)


@given(LINES, st.sampled_from([b"", b"\n", b"\n\nbody", b"\n\n"]))
def test_a_sound_header_is_read_as_an_odd_one(lines: list[bytes], end: bytes) -> None:
    source = b"\n".join(lines) + end
    if source.startswith(b"\n"):
        return
    empty = source.find(b"\n\n")
    assert headers.read_fields(source, 0) == headers._odd_fields(source, 0, len(source) if empty < 0 else empty)


DATES = st.builds(
    "{}{} {} {} {}:{}:{} {}{}".format,
    st.sampled_from(["", "Mon, ", "xyz, ", "Mon ", "Montag, "]),
    st.integers(0, 40),
    st.sampled_from(["Jan", "FEB", "dec", "Mai", "x"]),
    st.sampled_from(["2026", "1989", "0099", "26", "2100"]),
    st.sampled_from(["00", "23", "24", "9"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["00", "60"]),
    st.sampled_from(["+0000", "-0000", "+0130", "-0800", "+9999", "GMT", "", "-2359"]),
    st.sampled_from(["", " (CET)", " (x y)"]),
)


@given(DATES)
def test_a_sound_date_is_read_as_an_odd_one(date: str) -> None:
    sound = outcome(headers._sound_date, date)
    assert sound is None or sound == outcome(headers._odd_date, date)


def outcome(read: Callable[[str], datetime | None], date: str) -> datetime | str | None:
    try:
        return read(date)
    except ValueError:
        return "absurd"


@given(st.text() | st.text("a\n\t \x7f\xa0\xad\u1427\u200b\u202e\u2028\u034f\u1160\u180c\ufdd1é–", min_size=1))
def test_what_shows_at_a_glance_shows_at_a_closer_look(text: str) -> None:
    if all_shows(text):
        assert text == scrub(text) == _INVISIBLE.sub("", text) == text.translate(INVISIBLE)
    assert text.translate(INVISIBLE) == visible(text)
