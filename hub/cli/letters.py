"""Manuscripts as the command line gets them: a file, options, or an announcement with some of it changed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hub.cli.frame import language, option
from hub.cli.values import text_of, wrong_usage
from hub.errors import ConfigError, Fault
from hub.model import INFORMATION_CLASSES, NATURES, Attachment, Manuscript
from hub.text import manuscripts
from hub.text.manuscripts import Enclosed, Letter

if TYPE_CHECKING:
    from hub.app import Hub

F = TypeVar("F", bound=Callable[..., Any])
STANDARD_INPUT = Path("-")
#: Read at most this much of an attachment; the hub refuses far smaller ones in words.
_MOST_BYTES = 64 * 2**20


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


def fields_of(manuscript: Manuscript) -> dict[str, Any]:
    """An existing manuscript as fields, its attachments by their digest."""
    values = {each.name: getattr(manuscript, each.name) for each in fields(manuscript)}
    kept = [{"sha256": each.sha256} for each in manuscript.attachments]
    return {**values, "to": list(manuscript.to), "attachments": kept}


def manuscript_of(
    hub: Hub, values: Mapping[str, Any], folder: Path, known: tuple[Attachment, ...] = ()
) -> Manuscript:
    """The manuscript that ``values`` make, its files read and kept.

    Args:
        folder: what relative names of attachments count from.
        known: attachments that may be named by their digest.

    Raises:
        ConfigError: with every fault found.
    """
    letter = manuscripts.read(values, hub.settings.zone, language())
    faults = list(letter.faults)
    by_digest = {each.sha256: each for each in known}
    contents: list[tuple[Enclosed, bytes]] = []
    for each in letter.enclosed:
        if each.sha256 not in by_digest:
            try:
                contents.append((each, _content(each, folder)))
            except ConfigError as error:
                faults += error.faults
    if faults:
        raise ConfigError([*faults, *_unreachable(hub, letter)])
    kept = [by_digest[each.sha256] for each in letter.enclosed if each.sha256 in by_digest]
    return replace(letter.manuscript, attachments=(*kept, *_kept(hub, contents)))


def _content(enclosed: Enclosed, folder: Path) -> bytes:
    if enclosed.content is not None:
        return enclosed.content
    path = folder / enclosed.file
    try:
        if not path.is_file():
            raise FileNotFoundError(2, "No such file")
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        name = enclosed.file or enclosed.sha256
        problem = error.strerror or "?"
        found = manuscripts.fault("attachments", "no_file", language(), path=name, problem=problem)
        raise ConfigError([found]) from error


def _unreachable(hub: Hub, letter: Letter) -> list[Fault]:
    """What is wrong with the targets, told together with the faults of the other fields."""
    faults: list[Fault] = []
    for each in letter.manuscript.to:
        try:
            hub.announcing.plan([each])
        except ConfigError as error:
            faults += error.faults
    return faults


def _kept(hub: Hub, contents: list[tuple[Enclosed, bytes]]) -> list[Attachment]:
    kept: list[Attachment] = []
    faults: list[Fault] = []
    for each, content in contents:
        try:
            kept.append(hub.announcing.keep_file(each.name or each.file, content, each.alt))
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
    return kept
