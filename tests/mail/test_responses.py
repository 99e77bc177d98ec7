r"""What the responses of servers say, by us and by imapclient's parser: both give the same, whatever comes.

`tests/conftest.py` compares them on every response that any test meets; here are those that no server here gives.
"""

from __future__ import annotations

import gc
import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fetched import by_imapclient, spelt_out
from triage.mail.responses import capabilities, fetch_row, listed, numbers, opened

if TYPE_CHECKING:
    from triage.mail.wire import Response

MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec x".split()
ODD = [
    b"1 FETCH (UID 7)", b"1 FETCH (UID 07)", b'1 FETCH (UID "7")', b"1 FETCH (UID 7 UID 8)", b"1 FETCH ()",
    b"1 FETCH (UID 7", b"1 FETCH (UID 7))", b"1 FETCH (UID 7) (UID 8)", b"1 FETCH (UID)", b"1 FETCH (UID (7))",
    b"1 FETCH NIL", b"1 FETCH (7 UID)", b"1 FETCH  (UID 7)", b"1 fetch (uid 7 flags (\\seen))", b"1 FETCH (UID 7)  ",
    b"1 FETCH (UID 99999999999999999999999999999)", b"1 FETCH (UID 7\tFLAGS ())", b"1 FETCH (UID 7 X%Y 1)",
    b'1 FETCH (UID 7 X "a\\"b\\\\c\\d")', b'1 FETCH (UID 7 X "a"b)', b'1 FETCH (UID 7 X a"b")', b'1 FETCH (UID 7 X "a)',
    b"1 FETCH (UID 7 BODY[] NIL)", b"1 FETCH (UID 7 BODY[]<0> nil)", b"1 FETCH (UID 7 X {5})", b"1 FETCH (UID 7 X a{b)",
    b'1 FETCH (UID 7 BODY[HEADER.FIELDS ("A B" C)] "x")', b"1 FETCH (UID 7 BODY[ 1)", b"1 FETCH (UID 7 X [a b]c)",
    b"1 FETCH (UID 7 X \xff\x80\x7f)", b"1 FETCH (UID 7 X \x00)", b"1 FETCH (FLAGS (\\Seen $Forwarded a[b] *))",
    b'1 FETCH (UID 7 BODYSTRUCTURE (("text" "plain") ("a" "b") "mixed" NIL))',
    b'1 FETCH (UID 7 BODYSTRUCTURE ((("a" "b")"alternative")("c" "d" ("e" "f"))"mixed"))',
    b"1 FETCH (UID 7 BODYSTRUCTURE ((1 2)))", b"1 FETCH (UID 7 BODYSTRUCTURE NIL)", b"1 FETCH (UID 7 BODY ())",
    b'1 FETCH (UID 7 ENVELOPE ("x" "s" NIL NIL NIL NIL NIL NIL NIL "<m>"))', b"7 EXISTS", b"OK done", b"",
    *(b'1 FETCH (UID 7 INTERNALDATE "%s")' % moment for moment in (
        b"21-Nov-2026 16:30:05 +0100", b" 1-Nov-2026 16:30:05 -0930", b"21-Nov-2026 16:30:05 -0000", b"",
        b"21-Nov-2026 16:30:05", b"31-Feb-2026 16:30:05 +0000", b"01-Jan-0001 00:00:00 +0000", b"x",
        b"31-Dec-9999 23:59:59 -1200", b"21-nov-2026 16:30:05 +0000", b"21-Nov-2026 16:30:60 +0000",
        b"Sat, 21 Nov 2026 16.30.05 +0100", b"21-Nov-26 16:30:05 +0000", b"21-Nov-2026 16:30:05 +9999",
    )),
    b"1 FETCH (UID 7 INTERNALDATE NIL)", b"1 FETCH (UID 7 INTERNALDATE 5)", b"1 FETCH (UID 7 INTERNALDATE ())",
]  # fmt: skip


@pytest.mark.parametrize("line", ODD, ids=repr)
def test_an_odd_response_reads_as_by_imapclient(line: bytes) -> None:
    assert spelt_out(fetch_row([line])) == spelt_out(by_imapclient([line]))


atoms = st.from_regex(rb"\A[A-Za-z0-9.$\\*+~_-]{1,12}\Z") | st.sampled_from([b"NIL", b"0", b"007", b"1234567"])
quoted_strings = st.binary(max_size=12).map(lambda data: b'"' + re.sub(rb'[\r\n"\\]', rb"\\\\", data) + b'"')
literals = st.binary(max_size=30).map(lambda data: b"{%d}\r\n" % len(data) + data)
values = st.recursive(
    atoms | quoted_strings | literals,
    lambda inner: st.lists(inner, max_size=4).map(lambda several: b"(" + b" ".join(several) + b")"),
    max_leaves=8,
)
moments = st.builds(
    lambda day, month, hour, sign, zone: b'"%2d-%s-2026 %02d:59:00 %s%04d"' % (day, month, hour, sign, zone),
    st.integers(1, 32), st.sampled_from(MONTHS), st.integers(0, 24),
    st.sampled_from([b"+", b"-"]), st.integers(0, 1500),
)  # fmt: skip
items = st.one_of(
    st.integers(0, 2**40).map(lambda number: b"UID %d" % number),
    st.lists(atoms, max_size=4).map(lambda flags: b"FLAGS (" + b" ".join(flags) + b")"),
    moments.map(lambda moment: b"INTERNALDATE " + moment),
    st.integers(0, 2**40).map(lambda number: b"RFC822.SIZE %d" % number),
    literals.map(lambda literal: b"BODY[]<0> " + literal),
    st.tuples(atoms, literals | quoted_strings).map(lambda pair: b"BODY[%s.MIME] %s" % pair),
    values.map(lambda value: b"BODYSTRUCTURE " + value),
    st.tuples(atoms, values).map(b" ".join),
)
rows = st.lists(items, max_size=6).map(lambda several: b"* 3 FETCH (" + b" ".join(several) + b")\r\n")


def split(wire: bytes) -> Response | None:
    """Cut what a server sends as `Wire` does; None when it would wait for more, or hang up."""
    response, rest = [], wire.removeprefix(b"* ")
    while True:
        line, end, rest = rest.partition(b"\n")
        response.append(line.rstrip(b"\r"))
        announced = re.search(rb"\{(\d{1,20})\}\Z", response[-1])
        if not end or announced is None:
            return response if end else None
        size = int(announced[1])
        if len(rest) < size:
            return None
        response.append(rest[:size])
        rest = rest[size:]


@given(rows)
def test_any_row_reads_as_by_imapclient(wire: bytes) -> None:
    response = split(wire)

    assert response is not None
    assert spelt_out(fetch_row(response)) == spelt_out(by_imapclient(response))


@given(rows, st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3), st.binary(max_size=3)), max_size=4))
def test_any_damaged_row_reads_as_by_imapclient(wire: bytes, damages: list[tuple[int, int, bytes]]) -> None:
    for place, length, instead in damages:
        wire = wire[:place] + instead + wire[place + length :]
    response = split(wire)

    if response is not None:
        assert spelt_out(fetch_row(response)) == spelt_out(by_imapclient(response))


@pytest.mark.parametrize(
    "piece", [b"[", b'"', b"(", b" ", b"a", b"\\", b"a[", b'"\\', b"{", b" a{", b"[]", b"()", b"%"]
)
def test_hostile_responses_take_time_in_proportion(piece: bytes) -> None:
    """Ten times as much takes about ten times as long; were it to grow by the square, it would take a hundred times."""

    def seconds(size: int) -> float:
        line = b"1 FETCH (UID 7 X " + piece * (size // len(piece))
        taken = []
        for _ in range(3):
            begun = time.process_time()
            fetch_row([line])
            taken.append(time.process_time() - begun)
        return min(taken)

    gc.disable()  # all that other tests left would be walked through, at a hundred thousand lists the more often
    try:
        assert seconds(50_000) < 40 * seconds(5_000) + 0.05
    finally:
        gc.enable()


def test_brackets_without_end_are_no_bug() -> None:
    assert fetch_row([b"1 FETCH (UID 7 X " + b"(" * 100_000 + b")" * 100_000 + b")"]) is not None
    assert fetch_row([b"1 FETCH (UID 7 BODYSTRUCTURE " + b"(" * 100_000 + b")" * 100_000 + b")"]) is None


@pytest.mark.parametrize(
    ("response", "mailbox"),
    [
        pytest.param([rb'LIST (\HasNoChildren \Sent) "/" Sent'], ([b"\\HasNoChildren", b"\\Sent"], b"/", b"Sent")),
        pytest.param([b'LIST () NIL "a \\"b\\""'], ([], None, b'a "b"'), id="no delimiter"),
        pytest.param([b'LIST () "." {5}', b"R & D", b""], ([], b".", b"R & D"), id="literal"),
        pytest.param([b'LIST () "/" 2026'], ([], b"/", 2026), id="a year"),
        pytest.param([b'LIST () "/" 100%'], None, id="not a name"),
        pytest.param([rb'LIST (\Noselect) "\\" Old'], ([b"\\Noselect"], b"\\", b"Old"), id="Exchange"),
    ],
)
def test_a_mailbox_is_listed(response: Response, mailbox: tuple[list[bytes], bytes | None, bytes | int] | None) -> None:
    assert listed([[b"OK first"], response]) == ([] if mailbox is None else [mailbox])


def test_numbers_are_found_whatever_stands_beside_them() -> None:
    assert numbers([[b"SEARCH 1 2 3"], [b"4 EXISTS"], [b"SEARCH"], [b"search 9 (MODSEQ 12)"], [b"OK done"]]) == [
        1,
        2,
        3,
        9,
    ]
    with pytest.raises(ValueError, match="SEARCH 1 x"):
        numbers([[b"SEARCH 1 x"]])


def test_an_opened_mailbox_says_where_its_numbers_stand() -> None:
    said = [[b"3 EXISTS"], [b"OK [UIDVALIDITY 5] valid"], [b"ok [uidnext 9]"], [b"OK [READ-ONLY] done"]]

    assert opened(said) == (5, 9, 3)
    assert opened([[b"OK done"]]) == (0, 0, 0)


def test_what_is_said_of_the_mailbox_that_was_open_before_does_not_count() -> None:
    late = [[b"9 EXISTS"], [b"OK [CLOSED] previous mailbox closed"]]
    said = [[b"3 EXISTS"], [b"OK [UIDVALIDITY 5] valid"], [b"OK [UIDNEXT 4]"], [b"OK done"]]

    assert opened([*late, *said]) == (5, 4, 3)


def test_capabilities_are_read_wherever_they_stand() -> None:
    assert capabilities([[b"OK [CAPABILITY IMAP4rev1 SASL-IR] hello"]]) == {"IMAP4REV1", "SASL-IR"}
    assert capabilities([[b"CAPABILITY IMAP4rev1"], [b"OK done"]]) == {"IMAP4REV1"}
    assert capabilities([[b"OK hello"]]) == set()
