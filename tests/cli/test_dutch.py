"""In Dutch from end to end: help, wrong usage, errors; in the language of the configuration, else the locale's."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from cli.app import program
from cli.tour import TOUR
from cli.usage import told
from tests.shop import Result, imap_account, run
from triage.errors import ExitStatus
from triage.i18n import choose_language, chosen_language, language_at_start

if TYPE_CHECKING:
    from tests.cli.on_disk import DiskShop
    from tests.servers.base import MailAccount
    from tests.shop import Shop

COMMANDS: dict[str, Any] = typer.main.get_command(program()).commands  # type: ignore[attr-defined] # an app with commands is a group


@pytest.fixture
def dutch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A computer that is set to Dutch, and no configuration yet."""
    monkeypatch.setenv("LANG", "nl_BE.UTF-8")
    monkeypatch.setenv("TRIAGE_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")


def on_one_line(text: str) -> str:
    return " ".join(text.split())


# -- help --------------------------------------------------------------------------------------------------------------


def below(command: Any, name: str) -> list[tuple[str, Any]]:  # noqa: ANN401 - typer's own kinds
    found = [(name, command)]
    for word, each in getattr(command, "commands", {}).items():
        found += below(each, f"{name} {word}".strip())
    return found


ALL = below(typer.main.get_command(program()), "")


def english_of(command: Any) -> list[str]:  # noqa: ANN401
    """The texts that a command has to explain itself."""
    texts = [command.help or "", *(each.help or "" for each in command.params)]
    texts += [each.rich_help_panel or "" for each in command.params]
    return [on_one_line(text) for text in texts if text]


@pytest.mark.usefixtures("dutch")
@pytest.mark.parametrize(("name", "command"), ALL, ids=[name or "triage" for name, _ in ALL])
def test_the_help_of_every_command_is_dutch(name: str, command: Any) -> None:  # noqa: ANN401
    result = run(*name.split(), "--help")
    said = on_one_line(result.out)

    assert (result.status, result.err) == (0, "")
    assert [text for text in english_of(command) if text in said] == []
    assert re.findall(r"\b(?:Usage|Options|Arguments|Commands|Examples|Show this|without)\b", said) == []
    assert said.startswith(f"Gebruik: triage {name}".strip())


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name or "triage" for name, _ in ALL])
@pytest.mark.parametrize("columns", ["50", "80", "140"])
def test_help_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, name: str, command: Any, columns: str) -> None:  # noqa: ANN401, ARG001
    monkeypatch.setenv("COLUMNS", columns)

    assert [line for line in run(*name.split(), "--help").out.splitlines() if len(line) > int(columns)] == []


def test_every_command_has_its_place_in_the_tour() -> None:
    """One that stands in no group of `cli/tour.py` would stand below them, under "Commands"."""
    grouped = {name for _, group in TOUR for name, _ in group}

    assert set(COMMANDS) - grouped == set()


@pytest.mark.parametrize("command", [each for name, each in ALL if name], ids=[name for name, _ in ALL if name])
def test_an_option_that_takes_something_says_what(command: Any) -> None:  # noqa: ANN401
    options = [each for each in command.params if each.param_type_name == "option" and not each.is_flag]

    assert [each.opts for each in options if not each.metavar] == []


@pytest.mark.usefixtures("dutch")
def test_a_group_lists_its_commands_in_a_sentence_each() -> None:
    listed = on_one_line(run("notes", "--help").out.partition("Opdrachten\n")[2].partition("Opties\n")[0])

    assert listed == (
        "export Schrijf alle notities als JSON: beslissingen met wat is teruggedraaid, ID's, en hoe rondes afliepen "
        "import Voeg de notities uit een bestand toe aan wat hier staat: allemaal of, als het bestand stuk is, "
        "geen enkele"
    )


def test_the_tour_is_short_and_shows_the_day() -> None:
    said = run("--help").out

    assert len(said.splitlines()) < 60
    for words in ("Every day", "Decide", "Look back and teach", "Set up and look after", "Examples"):
        assert f"\n\n{words}\n" in said
    assert "\x1b" not in said


@pytest.mark.usefixtures("dutch")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("triage sno", "weg tot morgen, maandag, of tot ze weer schrijven"),
        ("triage show --ra", "De bron van het nieuwste"),
    ],
)
def test_the_shell_offers_it_in_dutch(monkeypatch: pytest.MonkeyPatch, typed: str, offered: str) -> None:
    monkeypatch.setenv("_TRIAGE_COMPLETE", "complete_zsh")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", typed)

    assert offered in run().out


# -- wrong usage -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("dutch")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--zzz"], "De optie --zzz bestaat niet. `triage queue --help` toont wat er kan."),
        (["queue", "--formt", "csv"], "De optie --formt bestaat niet. Bedoel je --for, --format?"),
        (["queue", "--format", "pdf"], "'--format' klopt niet: 'pdf' is geen van 'table', 'csv', 'json', 'jsonl'."),
        (["queue", "--limit", "-1"], "'--limit' klopt niet: dat moet minstens 0 zijn."),
        (["queue", "--limit", "x"], "'--limit' klopt niet: dat moet een heel getal zijn."),
        (["show"], "Er ontbreekt iets: 'ID…'."),
        (["snooze"], "Er ontbreekt iets: 'ID… WANNEER'."),
        (["show", "a", "--at"], "Achter de optie '--at' hoort nog iets."),
        (["log", "a", "b"], "Dat is te veel: b."),
        (["frobnicate"], "De opdracht 'frobnicate' bestaat niet."),
    ],
)
def test_wrong_usage_is_told_in_dutch(words: list[str], said: str) -> None:
    result = run(*words)

    assert (result.status, result.out) == (ExitStatus.USAGE, "")
    assert on_one_line(result.err).startswith(f"triage: {said}")


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("No such option: --lok (Possible options: --lock, --look)", "Bedoel je --lock, --look?"),
        ("No such option '--lok'. Did you mean '--look'?", ""),
        ("Invalid value for 'FILE': Something new.", "'BESTAND' klopt niet: Something new."),
        ("Got unexpected extra arguments (b c)", "Dat is te veel: b c"),
    ],
)
def test_what_typer_says_is_known_by_its_form(english: str, dutch: str) -> None:
    choose_language("nl")

    assert told(english).endswith(dutch or english)


# -- errors ------------------------------------------------------------------------------------------------------------


def test_an_unknown_id(wednesday: DiskShop) -> None:
    wednesday.open("nl")

    result = wednesday.run("show", "zzzz")

    assert (result.status, result.out) == (ExitStatus.USAGE, "")
    assert result.err == (
        'triage: Er is geen gesprek "zzzz". `triage queue` en `triage export --all` tonen de ID\'s.\n'
    )


def test_a_moment_that_cannot_be_meant(wednesday: DiskShop) -> None:
    wednesday.open("nl")
    identity = wednesday.export()[0]["id"]

    assert wednesday.run("snooze", identity, "ooit").err == (
        'triage: Wanneer is "ooit"? Dat begrijpt triage niet. '
        'Schrijf bijvoorbeeld morgen 9u, 2d, 4 uur, maandag, "3 dec 14:30".\n'
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["purge", "--older-than", "oud"],
            'Hoe oud is "oud"? Dat begrijpt triage niet. Schrijf bijvoorbeeld 90d, 12w, 6m (maanden) of 2y (jaren).',
        ),
        (["forget", "jan"], '"jan" is geen mailadres. Noem dat van de klant, zoals jan@klant.example.'),
        (["forget", "@klant.example"], '"@klant.example" is een heel domein. Noem het adres van één klant.'),
        (["forget", "info@shop.example"], '"info@shop.example" is van jou. Noem het adres van één klant.'),
        (
            ["notes", "import", "{file}"],
            (
                "{file} komt niet van `triage notes export`: het is geen JSON. Er is niets overgenomen; maak met die "
                "opdracht een nieuw bestand."
            ),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_stored_is_told_in_dutch(disk: DiskShop, words: list[str], said: str) -> None:
    file = disk.folder / "notes.json"
    file.write_text("{", "utf-8")
    disk.open("nl")

    result = disk.run(*(word.format(file=file) for word in words))

    assert (result.status, result.out) == (ExitStatus.USAGE, "")
    assert result.err == f"triage: {said}\n".format(file=file)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nmae = 1", 'shop.nmae is geen instelling. Bedoel je "name"?'),
        ("name = 1", "shop.name is het getal 1; dat moet een tekst tussen aanhalingstekens zijn."),
        ('timezone = "Europa"', 'shop.timezone is "Europa"; dat moet een IANA-tijdzone zijn, zoals Europe/Amsterdam.'),
        ('closed = ["2026-13-01"]', 'shop.closed[1] is "2026-13-01"; dat moet een datum zijn zoals "2026-05-15", of'),
    ],
)
def test_the_configuration_is_refused_in_its_own_language(tmp_path: Path, line: str, said: str) -> None:
    """It cannot be used, but its language can be read."""
    config = tmp_path / "config.toml"
    config.write_text(
        f'language = "nl"\n[shop]\n{line}\n[[account]]\npath = "m"\naddresses = ["a@b.example"]\n', "utf-8"
    )

    result = run("queue", "--config", str(config))

    assert (result.status, result.out) == (ExitStatus.CONFIGURATION, "")
    assert said in on_one_line(result.err)


def test_a_wrong_password(shop: Shop, dovecot_account: MailAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.configure(imap_account(dovecot_account))
    shop.config.write_text(shop.config.read_text("utf-8").replace('"en"', '"nl"'), "utf-8")
    monkeypatch.setenv("SHOP_PASSWORD", "wrong")

    result = shop.run("sync")

    assert (result.status, result.out) == (ExitStatus.LOGIN, "")
    host, name = dovecot_account.server.host, dovecot_account.username
    assert result.err.startswith(f'triage: {host} weigerde de aanmelding van {name}: "')
    assert "Kijk gebruikersnaam en wachtwoord na" in result.err


def test_the_report_of_the_late_is_dutch_even_when_nobody_has_looked(disk: DiskShop) -> None:
    disk.open("nl")

    result = disk.run("overdue", "--no-sync")

    assert result.status == ExitStatus.STALE
    assert "is nog nooit post opgehaald, dus niemand kan zeggen dat er niets te laat is." in result.err


def test_labelled_mails_are_measured_in_the_language_of_the_configuration(tmp_path: Path) -> None:
    mails, config = tmp_path / "mails.jsonl", tmp_path / "config.toml"
    mails.write_text('{"id": "1", "subject": "Maat 42?", "body": "Ik wil ze graag kopen.", "kind": "buy"}\n', "utf-8")
    config.write_text('language = "nl"\n', "utf-8")

    result = run("evaluate", str(mails), "--config", str(config))

    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("1 berichten, ")


# -- which language ----------------------------------------------------------------------------------------------------


def usage_error(*words: str) -> Result:
    return run("queue", "--zzz", *words)


@pytest.mark.parametrize(
    ("configuration", "locale", "language"),
    [
        pytest.param('language = "nl"', "C", "nl", id="configured"),
        pytest.param('language = "en"', "nl_NL.UTF-8", "en", id="configured, whatever the locale"),
        pytest.param("", "nl_NL.UTF-8", "nl", id="the locale's"),
        pytest.param("", "C", "en", id="neither"),
        pytest.param('language = "xx"', "nl_NL.UTF-8", "nl", id="a language we do not speak"),
        pytest.param("language = 1", "C", "en", id="no language at all"),
        pytest.param('language = "nl"\nnonsense', "C", "en", id="broken"),
        pytest.param('language = "nl"\n\n[shop]\nnonsense', "C", "nl", id="broken further below"),
        pytest.param('\ufefflanguage = "nl"', "C", "nl", id="written by Notepad"),
    ],
)
def test_the_language_is_known_before_anything_is_parsed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, configuration: str, locale: str, language: str
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(configuration, "utf-8")
    monkeypatch.setenv("LANG", locale)
    expected = {"nl": "De optie --zzz bestaat niet.", "en": "No such option: --zzz."}[language]

    assert language_at_start(config, {"LANG": locale}) == language
    assert expected in usage_error("--config", str(config)).err
    assert expected in usage_error(f"--config={config}").err
    monkeypatch.setenv("TRIAGE_CONFIG", str(config))
    assert expected in usage_error().err


def test_a_configuration_that_cannot_be_read_is_no_reason_to_fail(tmp_path: Path) -> None:
    binary = tmp_path / "config.toml"
    binary.write_bytes(b"\xff\xfe\x00")

    for place in (tmp_path / "absent", tmp_path, binary):
        assert language_at_start(place, {"LANG": "nl_NL"}) == "nl"


def test_each_run_chooses_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRIAGE_CONFIG", str(tmp_path / "none.toml"))
    spoken = []
    for locale in ("nl_NL.UTF-8", "C", "nl_BE"):
        monkeypatch.setenv("LANG", locale)
        usage_error()
        spoken.append(chosen_language())

    assert spoken == ["nl", "en", "nl"]


def test_the_catalogue_goes_into_the_wheel() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))

    assert "triage" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert not any("babel" in each for each in project["project"]["dependencies"])
