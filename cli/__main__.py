"""Where the program starts: before anything heavy is imported, so that Ctrl-C ends it in a sentence at any moment."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from triage.i18n import N_, _

_STATUS = 130
INTERRUPTED = N_("Interrupted. What came in is kept; run triage again to go on.")


def main() -> None:
    """Run the command line."""
    # The matrices are small: threads would wait for one another longer than they compute.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write(f"triage: {_(INTERRUPTED)}\n")
        _end_interrupted()
    except SystemExit as end:
        if end.code == _STATUS:
            _end_interrupted()
        raise
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left is to end


def _end_interrupted() -> NoReturn:
    """End with the promised status at once.

    Where Ctrl-C came while modules were imported, Python now and then ended by the signal itself after all was said:
    without a status, which scripts read.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads any more
            stream.flush()
    os._exit(_STATUS)


if __name__ == "__main__":
    main()
