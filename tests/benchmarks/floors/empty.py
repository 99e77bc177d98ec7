"""A typer command that does nothing: below this no command of ours can be."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def main() -> None:
    """Do nothing."""


if __name__ == "__main__":
    app(prog_name="empty")
