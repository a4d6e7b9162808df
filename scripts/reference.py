"""Writes the reference of the HTTP interface and of the command line, from the code, to ``build/docs``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from webob import Request

from jointops.app import make_app
from jointops.cli import main as command_line
from jointops.config import Settings

OUTPUT = Path(__file__).resolve().parent.parent / "build" / "docs"
OPENAPI_ADDRESS = "/api/v1/openapi.json"


def main() -> None:
    """Write both, and say where."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "openapi.json").write_bytes(openapi())
    (OUTPUT / "commands.md").write_text(
        "# The command line\n\n" + "\n".join(commands(command_line, "jointops"))
    )
    print(f"{OUTPUT}/openapi.json, {OUTPUT}/commands.md")


def openapi() -> bytes:
    """Return the OpenAPI document as the application serves it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url="sqlite://", secrets_folder=Path(folder), scheduler=False)
        answer = Request.blank(OPENAPI_ADDRESS).get_response(make_app(settings))
    if answer.status_int != 200:
        raise SystemExit(f"{OPENAPI_ADDRESS} answered {answer.status}")
    return bytes(answer.body)


def commands(command: click.Command, name: str) -> Iterator[str]:
    """Give the help of a command and of all those below it, as Markdown."""
    with click.Context(command, info_name=name) as context:
        yield f"## {name}\n\n```\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                found = command.get_command(context, below)
                if found is not None:
                    yield from commands(found, f"{name} {below}")


if __name__ == "__main__":
    main()
