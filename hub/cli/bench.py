"""``kimhub bench``: the project's figures, measured."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hub.cli.frame import Command, json_option, option
from hub.cli.output import line, print_json

#: News that searches are measured over; third-party test data, read in place.
CORPUS = Path("../shared/data/corpora/news-id/indosum-dev.jsonl")


@click.command(cls=Command, help="help.bench")
@option("--large", is_flag=True)
@json_option
def bench(large: bool, as_json: bool) -> None:
    from hub.testing import bench as benchmarks

    corpus = CORPUS if CORPUS.is_file() else None
    if corpus is None and not as_json:
        line(f"{CORPUS}: -")
    figures = []
    for each in benchmarks.run(corpus, large=large):
        target = "" if each.target is None else f" ({'<=' if each.ceiling else '>='} {each.target:g})"
        figures.append(
            {"name": each.name, "value": round(each.value, 2), "unit": each.unit, "target": each.target}
            | {"met": each.met}
        )
        if not as_json:
            mark = "ok" if each.met else "--"
            line(f"{mark} {each.name:<46} {each.value:>9.2f} {each.unit}{target}")
    if as_json:
        print_json({"figures": figures, "cores": os.cpu_count()})
