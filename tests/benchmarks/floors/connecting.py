"""A typer command that imports imapclient and does nothing with it."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def main() -> None:
    """Import it."""
    import imapclient  # noqa: F401


if __name__ == "__main__":
    app(prog_name="connecting")
