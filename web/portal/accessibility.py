"""How far the portal is for everybody: the standard, what was measured, what is known to be lacking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from flask import Response

from web import answer
from web.portal import blueprint

#: Written by ``make e2e``; served as it is, too.
EVIDENCE = "accessibility.json"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the last run measured. ``scores`` are Lighthouse's, of 0 to 100, by page and category."""

    day: date
    axe: str
    pages: int
    themes: int
    violations: int
    lighthouse: str
    scores: Mapping[str, Mapping[str, int]]
    kbit: int
    latency: int
    readable: int


@blueprint.get("/aksesibilitas")
def accessibility() -> Response:
    return answer.page("accessibility.html", evidence=evidence())


@cache
def evidence() -> Evidence | None:
    """None where nothing was measured yet."""
    file = files("web").joinpath("static", EVIDENCE)
    return read(json.loads(file.read_text("utf-8"))) if file.is_file() else None


def read(found: Mapping[str, Mapping[str, object]]) -> Evidence:
    """The figures of ``accessibility.json``."""
    axe, lighthouse, line = found["axe"], found["lighthouse"], found["slow_line"]
    return Evidence(
        day=date.fromisoformat(str(found["checked_on"])),
        axe=str(axe["version"]),
        pages=_number(axe["pages"]),
        themes=_number(axe["themes"]),
        violations=_number(axe["violations"]),
        lighthouse=str(lighthouse["version"]),
        scores=_scores(lighthouse["scores"]),
        kbit=_number(line["kbit_s"]),
        latency=_number(line["latency_ms"]),
        readable=_number(line["readable_ms"]),
    )


def _scores(found: object) -> dict[str, dict[str, int]]:
    assert isinstance(found, dict)
    return {str(kind): {str(name): _number(each) for name, each in of.items()} for kind, of in found.items()}


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
