"""Mail servers for the tests: real ones started on loopback, and a scripted one for the faults no real one gives.

`dovecot.py`, `pymap_server.py` and `cyrus.py` run the real programs behind the one interface of `base.py`, so that the
same test runs against each (fixtures in `tests/conftest.py`). `hostile.py` is a small
IMAP server that misbehaves on cue.
"""
