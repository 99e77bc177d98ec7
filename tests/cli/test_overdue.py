"""`triage overdue`: the report that cron sends."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.cli.on_disk import STORED, DiskShop
from tests.cli.snapshots import assert_snapshot
from tests.shop import NOON

NASTY = '<script>alert(1)</script> [klik](http://evil.example) **vet** # kop `code` &amp; "'


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(("form", "ending"), [("text", "txt"), ("markdown", "md"), ("html", "html")])
def test_the_report_looks_like_its_picture(wednesday: DiskShop, form: str, ending: str, language: str) -> None:
    wednesday.open(language)

    result = wednesday.run("overdue", "--format", form, *STORED)

    assert (result.status, result.err) == (0, "")
    assert_snapshot(f"overdue-{language}.{ending}", result.out)


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_the_machine_formats_hold_what_is_overdue_or_forgotten(wednesday: DiskShop, form: str) -> None:
    result = wednesday.run("overdue", "--format", form, *STORED)

    if form == "csv":
        assert [row["urgency"] for row in result.csv] == ["overdue", "overdue", "forgotten"]
    else:
        assert result.out.count('"urgency": "overdue"') == 2
        assert result.out.count('"urgency": "forgotten"') == 1


@pytest.mark.parametrize("form", ["text", "markdown", "html", "csv", "json", "jsonl"])
def test_quiet_prints_nothing_when_nothing_is_overdue(disk: DiskShop, form: str) -> None:
    disk.open()

    result = disk.run("overdue", "--quiet", "--format", form)

    assert (result.status, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_without_quiet_it_says_that_nothing_is_overdue(disk: DiskShop, form: str) -> None:
    disk.open()

    result = disk.run("overdue", "--format", form)

    assert (result.status, result.err, "Nothing is overdue." in result.out) == (0, "", True)


def test_what_overdue_reports_it_reports_also_when_quiet(wednesday: DiskShop) -> None:
    assert wednesday.run("overdue", "--quiet", *STORED) == wednesday.run("overdue", *STORED)


class Elements(HTMLParser):
    """Which elements a page has, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.names.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def nasty_shop(shop: DiskShop) -> DiskShop:
    shop.mail.deliver(
        subject=NASTY, sender=f'"{NASTY[:25]}" <x@klant.example>', received_at=NOON, text="Ik wil ze graag kopen."
    )
    shop.open(name="<b>Winkel</b>")
    shop.run("sync")
    return shop


def test_html_shows_what_a_customer_writes_and_runs_nothing(disk: DiskShop) -> None:
    page = Elements(nasty_shop(disk).run("overdue", "--format", "html", "--at", "2026-11-19T10:00", "--no-sync").out)

    assert page.names == {"html", "head", "meta", "title", "body", "h1", "h2", "table", "tr", "td"}
    assert NASTY in page.text


def test_markdown_shows_what_a_customer_writes_and_means_nothing(disk: DiskShop) -> None:
    lines = nasty_shop(disk).run("overdue", "--format", "markdown", "--at", "2026-11-19T10:00", "--no-sync").out

    assert r"\<script\>alert\(1\)\</script\> \[klik\]\(http://evil.example\) \*\*vet\*\* \# kop \`code\`" in lines
    assert "<script>" not in lines
    assert "<b>" not in lines


def test_long_texts_are_cut(disk: DiskShop) -> None:
    disk.mail.deliver(subject="lang " * 2000, text="Ik wil ze graag kopen.")
    disk.open()
    disk.run("sync")

    for form in ("text", "markdown"):
        report = disk.run("overdue", "--format", form, "--at", "2026-11-19T10:00", "--no-sync").out
        assert max(map(len, report.splitlines())) < 400


def test_a_filter_narrows_the_report(wednesday: DiskShop) -> None:
    rows = wednesday.run("overdue", "--format", "csv", "--kind", "bought", *STORED).csv

    assert [row["subject"] for row in rows] == ["Retour"]


def test_it_syncs_first(disk: DiskShop) -> None:
    disk.open()
    disk.run("sync")
    disk.mail.deliver(text="Ik wil ze graag kopen.", received_at=NOON)

    assert len(disk.run("overdue", "--format", "csv", "--at", "2026-11-19T10:00").csv) == 1
