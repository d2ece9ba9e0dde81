"""The fields of an announcement as the command line gets them: from a file and from options."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from hub.cli.frame import language, option
from hub.cli.values import text_of, wrong_usage
from hub.model import INFORMATION_CLASSES, NATURES
from hub.text import manuscripts

F = TypeVar("F", bound=Callable[..., Any])
STANDARD_INPUT = Path("-")


def letter_options(command: F) -> F:
    """The fields of a manuscript as options, named like the fields."""
    for each in reversed(
        (
            option("--number"),
            option("--date", metavar="DATE"),
            option("--nature", type=click.Choice(NATURES)),
            option("--subject"),
            option("--agency"),
            option("--to", multiple=True, metavar="TARGETS"),
            option("--valid-from", metavar="TIME"),
            option("--valid-until", metavar="TIME"),
            option("--information-class", type=click.Choice(INFORMATION_CLASSES)),
            option("--contact", "letter_contact"),
            option("--attachment", multiple=True, metavar="FILE"),
            option("--text"),
        )
    ):
        command = each(command)
    return command


def given_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given as options."""
    names = {"letter_contact": "contact", "attachment": "attachments"}
    given = {names.get(name, name): value for name, value in options.items() if value not in (None, ())}
    if given.get("text") == "-":
        given["text"] = sys.stdin.read()
    # files named on the command line count from where one stands
    if "attachments" in given:
        given["attachments"] = [str(Path(each).absolute()) for each in given["attachments"]]
    return given


def written_fields(file: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a file (``-``: standard input).

    Raises:
        ConfigError: it has no readable head.
    """
    if file != STANDARD_INPUT:
        return manuscripts.split(text_of(file), language())
    if options.get("text") == "-":
        raise wrong_usage("error.text_twice")
    return manuscripts.split(sys.stdin.read(), language())
