"""The text of a `config.toml`, made and changed: text in, text out; every comment stays where its owner wrote it."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from triage.settings import WEEKDAYS, Auth, Security

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.clock import Span


_COMMENTS = 36  # the column in which comments stand


class Say(Protocol):
    """Gives a sentence in the owner's language."""

    def __call__(self, text: str, /) -> str:
        """Translate."""
        ...


@dataclass(frozen=True, slots=True)
class ShopDraft:
    """What is written of a shop."""

    language: str
    name: str
    timezone: str
    holidays: str
    hours: Sequence[Sequence[Span]]


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """What is written of an account; `kept_by` is the key that says where the password is, or empty for the keyring."""

    name: str
    host: str
    port: int
    security: Security
    username: str
    addresses: tuple[str, ...]
    auth: Auth = Auth.PASSWORD
    ca_file: str = ""
    kept_by: str = ""
    kept_at: str = ""
    oauth_client_id: str = ""
    sent: tuple[str, ...] = ()


def new_config(shop: ShopDraft, account: AccountDraft, say: Say) -> str:
    """Write a configuration with a comment at every key."""
    lines = [
        *(f"# {line}" for line in say("The settings of triage; `triage check` tests them.").splitlines()),
        "# " + say("All there is to set stands in config.example.toml, with its defaults."),
        "",
        _line("language", shop.language, say("of all that triage says: nl or en")),
        "",
        "[shop]",
        _line("name", shop.name, say("stands above reports")),
        _line("timezone", shop.timezone),
        _line("holidays", shop.holidays, say("on these days you are closed: NL, BE, DE-BY, FR, …; empty for none")),
        "",
        "# " + say("A day that is left out is closed."),
        "[shop.hours]",
        *(_line(day, [str(span) for span in spans]) for day, spans in zip(WEEKDAYS, shop.hours, strict=True) if spans),
        "",
        _account(account, say),
        "",
        "# " + say("Within which opening time each kind of customer gets an answer. Take a # away to change one."),
        "[targets]",
        *(f"# {_line(key, value, why)}" for key, value, why in _targets(say)),
    ]
    return "\n".join(lines) + "\n"


def _targets(say: Say) -> list[tuple[str, str, str]]:
    """Give the targets as they are without being written, for a preset would not change one that is."""
    return [
        ("buy", "1h", say("wants to buy")),
        ("bought", "4h", say("has bought, and is nervous")),
        ("knock", "2h", say("hello, are you there?")),
        ("angry", "4h", say("angry")),
        ("haggle", "8h", say("angry, and wants something extra")),
        ("other", "3d", say("no customer; d counts days, closed ones left out")),
        ("forgotten", "5d", say("after this: answer at once, with an apology")),
    ]


def _account(account: AccountDraft, say: Say) -> str:
    why = {
        "host": say("where your mail is; triage only reads it"),
        "addresses": say("yours: a mail from one of these is your answer"),
        "sent": say("where your answers lie"),
        "password_env": say("the environment variable that holds the password"),
        "password_command": say("a command that prints the password"),
        "password_file": say("a file that only you can read"),
        "oauth_client_id": say("the ID of the app that you registered"),
    }
    values = _values(account)
    lines = [_line(key, value, why.get(key, "")) for key, value in values.items()]
    if account.auth is Auth.PASSWORD and not account.kept_by:
        lines.append("# " + say("The password is in the keyring of your system."))
    if account.auth is not Auth.PASSWORD:
        lines.append("# " + say("`triage login` signs you in."))
        lines.extend([] if account.oauth_client_id else [f'oauth_client_id = ""  # ← {why["oauth_client_id"]}'])
    return "\n".join(["[[account]]", *lines])


def _values(account: AccountDraft) -> dict[str, Any]:
    """Give the keys of an account that say something, in the order in which they are written."""
    values: dict[str, Any] = {
        "name": account.name,
        "host": account.host,
        "port": account.port,
        "security": str(account.security),
        "ca_file": account.ca_file,
        "username": account.username,
        "auth": str(account.auth) if account.auth is not Auth.PASSWORD else "",
        "oauth_client_id": account.oauth_client_id,
    }
    if account.kept_by:
        values[account.kept_by] = account.kept_at
    values |= {"addresses": list(account.addresses), "sent": list(account.sent)}
    return {key: value for key, value in values.items() if value not in ("", [])}


def _line(key: str, value: object, why: str = "") -> str:
    """Write a key with its comment behind it, or above it where it is long."""
    line = f"{key} = {_toml(value)}"
    if not why:
        return line
    return f"{line:<{_COMMENTS}} # {why}" if len(line) <= _COMMENTS else f"# {why[:1].upper()}{why[1:]}\n{line}"


def _toml(value: object) -> str:
    """Write a text, a number or a list of texts; JSON's are TOML's, but for DEL and letters beyond 16 bits."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def with_account(text: str, account: AccountDraft, say: Say) -> str:
    """Add an account behind the others, or change the one of this name where it stands."""
    known = [table.get("name", table.get("host")) for table in tomllib.loads(text).get("account", [])]
    if account.name in known:
        return _changed(text, known.index(account.name), _values(account))
    return _added(text, _account(account, say), _values(account))


_OF_THE_SERVER = frozenset({
    *("host", "port", "security", "ca_file", "username", "auth", "password_env", "password_command", "password_file"),
    *("oauth_client_id", "oauth_client_secret_command", "path", "sent"),
})  # fmt: skip


def _changed(text: str, number: int, values: dict[str, Any]) -> str:
    """Set these keys of an account and take away those of another way in; all else, comments too, stays."""
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document["account"]
    for key in [key for key in table[number] if key in _OF_THE_SERVER - values.keys()]:
        del table[number][key]
    for key, value in values.items():
        if table[number].get(key) != value:
            table[number][key] = value
    return tomlkit.dumps(document)


def _added(text: str, account: str, values: dict[str, Any]) -> str:
    """Put a table behind the last account, or at the end where that would change what others say."""
    wanted = tomllib.loads(text)
    wanted.setdefault("account", []).append(values)
    lines = text.splitlines(keepends=True)
    for place in (_behind_the_accounts(lines), len(lines)):
        before, after = "".join(lines[:place]).rstrip("\n"), "".join(lines[place:])
        made = f"{before}\n\n{account}\n{after}"
        try:
            if _same(tomllib.loads(made), wanted):
                return made
        except tomllib.TOMLDecodeError:
            continue  # a list of accounts on one line, or text that looks like a heading
    raise ValueError("accounts are not written as [[account]]")


def _same(made: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Compare, but for a key that is there to be filled in."""
    made["account"][-1] = {key: value for key, value in made["account"][-1].items() if value != ""}
    return made == wanted


def _behind_the_accounts(lines: list[str]) -> int:
    """Find the line behind the last key of the last account; the comment above the next table belongs to that one."""
    headings = [number for number, line in enumerate(lines) if re.match(r"\s*\[\[\s*account\s*\]\]", line)]
    if not headings:
        return len(lines)
    start = headings[-1] + 1
    end = next((n for n in range(start, len(lines)) if re.match(r"\s*\[{1,2}\s*[\w\"']", lines[n])), len(lines))
    while end > start and not lines[end - 1].partition("#")[0].strip():
        end -= 1
    return end
