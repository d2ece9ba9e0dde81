"""How commands print: JSON for scripts; tables and progress bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import click

from hub.cli.frame import tell
from hub.model import iso

#: A time as scripts read it.
moment = iso


def clean(text: object) -> str:
    """Text from outside made harmless for a terminal: no control characters, one line."""
    return "".join(char if char.isprintable() else " " for char in str(text))


def line(text: str = "") -> None:
    """One line for people on stdout."""
    click.echo(clean(text))


def print_json(value: Any) -> None:
    """``value`` as JSON on stdout; times as ISO 8601 in UTC."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_jsonable))


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under the heads ``column.<name>``: a table on a terminal, tab-separated lines elsewhere."""
    heads = [tell(f"column.{name}") for name in columns]
    cells = [["" if cell is None else clean(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in (heads, *cells):
            click.echo("\t".join(row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD)
    for head in heads:
        drawn.add_column(head, overflow="fold")
    for row in cells:
        drawn.add_row(*map(Text, row))
    Console().print(drawn)


class Advance(Protocol):
    """Tells of progress: a line for people, and the steps done so far (None counts one more)."""

    def __call__(self, text: str = "", done: int | None = None, total: int | None = None) -> None: ...


@contextmanager
def progress(label: str, total: int | None = None, *, quiet: bool = False) -> Iterator[Advance]:
    """Shows long work. The yielded ``advance`` counts a step (or sets the count) and prints its text;
    elsewhere than on a terminal there is no bar, only the lines. ``quiet`` keeps the
    lines back too, for ``--json``."""
    if not sys.stderr.isatty():

        def say_line(text: str = "", done: int | None = None, total: int | None = None) -> None:
            if text and not quiet:
                line(text)

        yield say_line
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(label, total=total)

        def advance(text: str = "", done: int | None = None, total: int | None = None) -> None:
            if text and not quiet:
                bar.console.print(clean(text), markup=False, highlight=False)
            if done is None:
                bar.advance(task)
            else:
                bar.update(task, completed=done, total=total)

        yield advance
