"""A typer command that prints a table of rich's with nothing behind it, of as many rows as the environment says."""

from __future__ import annotations

import os

import typer

app = typer.Typer()


@app.command()
def main() -> None:
    """Print a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table("ID", "Who", "Subject", "Left", "Because")
    for number in range(int(os.environ.get("ROWS", "3"))):
        table.add_row(f"k{number}", f"Klant {number}", f"Vraag over bestelling {number}", "2 u", "wil ik kopen")
    Console().print(table)


if __name__ == "__main__":
    app(prog_name="table")
