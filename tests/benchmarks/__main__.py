"""Is it fast? Starts a mail server with a shop's mail, runs the program beside what others take, and prints a table.

    python -m tests.benchmarks [--quick | --share 0.1] [--only KEY…] [--runs N] [--json FILE]

Every figure is made of runs of this one call, each a process of its own, alternating with what it is put beside; shown
are medians. The limits are those for the full size on a quiet machine. What is not installed (Debian: dovecot-imapd,
isync, notmuch, maildir-utils) gives rows that say so. `python -m tests.benchmarks.compare OLD NEW` compares two runs.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.measure import FailedError
from tests.benchmarks.places import Places, Size
from tests.benchmarks.results import Results, Row, Unit, facts, table
from tests.benchmarks.rows import STAGES
from tests.servers.base import StartFailedError, UnavailableError, short_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tests.benchmarks.rows import Stage

QUICK = 0.01
BUSY = 0.7  # processes that wanted to run, on average
KEYS = [key for stage in STAGES for key in stage.keys]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; the status tells whether all limits hold."""
    options = _options(arguments)
    size = _size(options)
    known = facts(size.name, datetime.now(UTC))
    with Places(short_folder("tb-"), size, _tell) as places:
        rows = [each for stage in _wanted(options.only) for each in _take(stage, places)]
    rows = [each for each in rows if not options.only or each.key in options.only]
    results = Results(known, tuple(rows))
    sys.stdout.write(f"{table(results.rows)}\n\n")
    sys.stdout.writelines(f"{name}: {said}\n" for name, said in results.facts.items())
    if size.name != Size().name:
        sys.stdout.write("This is a smaller size: the limits are for the full one.\n")
    if float(known["load"].split()[0]) > BUSY:
        sys.stdout.write("The machine was not quiet when this began: trust no figure.\n")
    if options.json:
        options.json.write_text(results.to_json(), "utf-8")
    return int(any(each.holds is False for each in rows))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a hundredth of the mail and three rounds")
    parser.add_argument("--share", type=float, help="this share of the mail (1 is 20,000 + 8,000)")
    parser.add_argument("--only", nargs="+", metavar="KEY", choices=KEYS, help=f"only these rows: {', '.join(KEYS)}")
    parser.add_argument("--runs", type=int, help="rounds of what takes a moment (7), and of what takes long, if fewer")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results with every single run, too")
    return parser.parse_args(arguments)


def _size(options: argparse.Namespace) -> Size:
    size = Size()
    share = options.share or (QUICK if options.quick else 1)
    if share != 1:
        size = size.smaller(share)
    runs = options.runs or (3 if options.quick else size.rounds)
    return replace(size, rounds=runs, long_rounds=1 if options.quick else min(runs, size.long_rounds))


def _wanted(only: Collection[str] | None) -> list[Stage]:
    return [stage for stage in STAGES if not only or set(only) & set(stage.keys)]


def _take(stage: Stage, places: Places) -> list[Row]:
    """Take the rows of a stage; one that cannot be taken says why, and the others go on."""
    _tell(", ".join(stage.keys))
    try:
        if stage.needs_server:
            places.server  # noqa: B018 - it starts when it is asked for
        return stage.take(places)
    except (FailedError, StartFailedError, UnavailableError) as error:
        return [Row(key, key, Unit.SECONDS, None, note=str(error)) for key in stage.keys]


def _tell(what: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {what}\n")


if __name__ == "__main__":
    sys.exit(main())
