"""Questions and their answers: from a flag, from a person at the terminal, or from a default."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, TypeVar

from cli.render import QUIET_STYLE
from triage.errors import UsageError
from triage.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.render import Screen
    from cli.words import Words

Value = TypeVar("Value")

_YES, _NO = {"y", "yes", "j", "ja", "o", "oui"}, {"n", "no", "nee", "nein", "non"}


class UnclearError(Exception):
    """An answer that cannot be meant; the text says what is expected, in the owner's language."""


class Ask:
    """Asks on standard error and hears on standard input; `may_ask` is false where nobody is there to answer."""

    def __init__(self, screen: Screen, words: Words, *, may_ask: bool) -> None:
        self.screen = screen
        self.words = words
        self.may_ask = may_ask

    def text(
        self,
        question: str,
        flag: str,
        given: str | None,
        read: Callable[[str], Value],
        default: str | None = None,
    ) -> Value:
        """Give an answer as read; what cannot be read is asked again.

        Raises:
            UsageError: Nobody can be asked, or what the flag says cannot be read; it names the flag.
            EOFError: The input ended.

        """
        if given is not None:
            return self._read_flag(flag, given, read)
        if not self.may_ask:
            if default is None:
                raise UsageError(_("{flag} is missing, and nobody can be asked here.").format(flag=flag))
            return self._read_flag(flag, default, read)
        while True:
            try:
                return read(self._line(question, default))
            except UnclearError as unclear:
                self.warn(str(unclear))

    @staticmethod
    def _read_flag(flag: str, given: str, read: Callable[[str], Value]) -> Value:
        try:
            return read(given)
        except UnclearError as unclear:
            raise UsageError(f"{flag}: {unclear}") from None

    def yes(self, question: str, *, default: bool = True) -> bool:
        """Ask for yes or no; the default where nobody can be asked."""
        if not self.may_ask:
            return default
        shown = self.words.say("Y/n") if default else self.words.say("y/N")
        while True:
            answer = self._line(f"{question} ({shown})", None).lower()
            if answer in {"", *_YES, *_NO}:
                return default if not answer else answer in _YES

    def secret(self, question: str) -> str:
        """Ask for something that is not shown while it is typed."""
        self.screen.prompt(f"{question}: ")
        return getpass.getpass("", stream=sys.stderr)

    def tell(self, sentence: str) -> None:
        """Say something that helps to answer."""
        self.screen.guide(sentence)

    def mention(self, sentence: str) -> None:
        """Say what is going on, by the way."""
        self.screen.guide((sentence, QUIET_STYLE))

    def warn(self, sentence: str) -> None:
        """Say what is not right."""
        self.screen.warn(sentence)

    def _line(self, question: str, default: str | None) -> str:
        self.screen.prompt(f"{question} [{default}]: " if default else f"{question}: ")
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.strip() or default or ""
