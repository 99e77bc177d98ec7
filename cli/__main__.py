"""Where the program starts: before anything heavy is imported, so that Ctrl-C ends it in a sentence at any moment."""

from __future__ import annotations

import os
import signal
import sys

from triage.i18n import N_, _

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
        sys.exit(130)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left is to end


if __name__ == "__main__":
    main()
