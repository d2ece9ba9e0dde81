"""Reading what people give a command: pairs, days, passwords, files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path

import click

from hub.cli.frame import Failure, tell
from hub.spec.options import Option


def wrong_usage(key: str, **values: object) -> click.UsageError:
    """To be raised: exit 2 with the text for ``key``."""
    return click.UsageError(tell(key, **values), click.get_current_context())


def key_values(pairs: Sequence[str], where: str) -> dict[str, str]:
    """The ``KEY=VALUE`` arguments of the option ``where``."""
    values: dict[str, str] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not (key and sign):
            raise wrong_usage("error.option", option=where)
        values[key] = value
    return values


def source_options(pairs: Sequence[str], declared: Sequence[Option]) -> dict[str, str | None]:
    """``--option`` of sources; ``KEY=`` is None, back to the default. A secret one given as ``-`` is typed
    unseen, or read as a line of standard input; one that stands on the command line is warned of."""
    values: dict[str, str | None] = dict(key_values(pairs, "--option"))
    secret = {option.name for option in declared if option.secret}
    for name in secret & set(values):
        if values[name] == "-":
            values[name] = _unseen(name)
        elif values[name]:
            click.echo(tell("source.secret_seen", option=name), err=True)
    return {name: value or None for name, value in values.items()}


def _unseen(name: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(tell("source.ask_secret", option=name), hide_input=True)).strip()
    return password(True).strip()


def day(text: str | None, zone: tzinfo, *, end: bool = False) -> datetime | None:
    """The midnight with which the day ``2026-01-31`` begins in ``zone``, or with ``end`` the one with
    which it ends."""
    if text is None:
        return None
    try:
        given = date.fromisoformat(text)
        return datetime.combine(given + timedelta(days=end), time(), zone)
    except (ValueError, OverflowError):
        raise wrong_usage("error.day", value=text) from None


def password(from_stdin: bool) -> str:
    """A password: one line of standard input, or asked for twice on the terminal."""
    if not from_stdin:
        return str(
            click.prompt(
                tell("init.ask_password"), hide_input=True, confirmation_prompt=tell("init.ask_again")
            )
        )
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise Failure("error.password_empty")
    return given


def text_of(file: Path) -> str:
    """A file that people made, in UTF-8; a spreadsheet's byte order mark is dropped."""
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise Failure("error.encoding", path=file) from None
