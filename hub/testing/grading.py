"""How good a connector is, by what its tests proved: Bronze, Silver, Gold or Platinum.

A grade is reached when every check of it and of those below passed, with the contract's own code. What was
skipped, left out or replaced counts as not proven; what the package says of itself counts for nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hub.testing.package import DECLARED_VARIABLE, Package, registered

GRADES: Final = ("bronze", "silver", "gold", "platinum")
#: Checks beside the contract's, and the grade that each counts for.
BESIDE: Final = {"loads": "bronze", "own_tests_pass": "bronze", "imports_hub_spec_alone": "silver"}
#: Seconds after which a run is given up.
PATIENCE: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Proof:
    """One check: ``state`` is passed, failed, skipped, missing or overridden."""

    name: str
    grade: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Graded:
    """One connector or publisher. ``lacks`` is what its protocol cannot do, as the harness has it."""

    kind: str
    name: str
    proofs: tuple[Proof, ...]
    lacks: tuple[str, ...] = ()

    @property
    def grade(self) -> str:
        """The highest that is proven whole; empty for none."""
        reached = ""
        for grade in GRADES:
            if not all(each.state == "passed" for each in self.proofs if each.grade == grade):
                break
            reached = grade
        return reached

    @property
    def next(self) -> str:
        """The grade that comes next; empty at the top."""
        at = GRADES.index(self.grade) + 1 if self.grade else 0
        return GRADES[at] if at < len(GRADES) else ""

    @property
    def wanting(self) -> tuple[Proof, ...]:
        """What keeps it from the next grade."""
        return tuple(each for each in self.proofs if each.grade == self.next and each.state != "passed")


@dataclass(frozen=True, slots=True)
class Report:
    """A package's run. ``exit`` is pytest's code: 0 all passed, 1 some failed, 5 there were no tests."""

    package: str
    graded: tuple[Graded, ...]
    passed: int
    failed: int
    skipped: int
    exit: int
    problems: tuple[str, ...] = ()

    @property
    def grade(self) -> str:
        """The lowest of what the package brings."""
        grades = [each.grade for each in self.graded]
        return min(grades, key=lambda each: GRADES.index(each) if each else -1, default="")

    @property
    def well(self) -> bool:
        """All tests passed, and all that it brings met its contract's checks."""
        met = all(
            any(p.state == "passed" for p in each.proofs if p.name.startswith("test_"))
            for each in self.graded
        )
        return self.exit == 0 and not self.failed and not self.problems and bool(self.graded) and met


def run(package: Package, *, quiet: bool = False, seconds: float = PATIENCE) -> Report:
    """The package's tests in a process of their own; with ``quiet`` what pytest prints is kept back."""
    with registered(package) as paths, tempfile.TemporaryDirectory(prefix="kimhub-") as folder:
        result = Path(folder) / "result.json"
        try:
            done = _started(package, result, paths, quiet, seconds)
        except subprocess.TimeoutExpired:
            return judge(package, _nothing(f"the tests did not come to an end within {seconds:.0f} s"))
        if result.exists():
            return judge(package, json.loads(result.read_text("utf-8")))
    last = (done.stderr or "").strip().splitlines()[-1:]
    return judge(
        package, _nothing(": ".join([f"the tests broke off with code {done.returncode}", *last])[:400])
    )


def _started(
    package: Package, result: Path, paths: list[str], quiet: bool, seconds: float
) -> subprocess.CompletedProcess[str]:
    declared = str(package.declared or "")
    job = {
        "points": list(package.points),
        "declared": declared,
        "tests": [str(each) for each in package.tests],
    }
    found = [*paths, *filter(None, [os.environ.get("PYTHONPATH", "")])]
    own = {
        "PYTHONPATH": os.pathsep.join(found),
        "PYTHONDONTWRITEBYTECODE": "1",
        DECLARED_VARIABLE: declared,
    }
    pipe = subprocess.PIPE if quiet else None
    return subprocess.run(
        [sys.executable, "-m", "hub.testing.suite", str(result)],
        input=json.dumps(job),
        text=True,
        cwd=package.roots[-1] if package.roots else package.folder,
        env={**os.environ, **own},
        timeout=seconds,
        check=False,
        stdout=pipe,
        stderr=pipe,
    )


def _nothing(trouble: str) -> dict[str, Any]:
    none: dict[str, list[str]] = {"connector": [], "publisher": []}
    return {"exit": 2, "brought": none, "problems": {}, "errors": [trouble], "checks": {}, "ran": []}


def judge(package: Package, found: Mapping[str, Any]) -> Report:
    """What a run (the JSON of ``hub.testing.suite``) proves about the package."""
    ran = found["ran"]
    problems = [f"{name}: {problem}" for name, problem in found["problems"].items()] + found["errors"]
    own = [each for each in ran if not each["check"]]
    beside = {
        "loads": [] if not found["problems"] else [str(problems[0])],
        "own_tests_pass": [each["test"] for each in own if each["state"] == "failed"] + found["errors"],
        "imports_hub_spec_alone": package.foreign_imports(),
    }
    around = tuple(
        Proof(name, grade, "failed" if beside[name] else "passed", ", ".join(beside[name])[:300])
        for name, grade in BESIDE.items()
    )
    graded = [
        Graded(
            kind,
            name,
            (*_proofs(found["checks"][kind], [each for each in ran if _is_about(each, kind, name)]), *around),
            tuple(sorted({word for each in ran if _is_about(each, kind, name) for word in each["lacks"]})),
        )
        for kind in ("connector", "publisher")
        for name in found["brought"][kind]
    ]
    states = [each["state"] for each in ran]
    return Report(
        package.name,
        tuple(graded),
        states.count("passed"),
        states.count("failed"),
        states.count("skipped"),
        int(found["exit"]),
        tuple(problems),
    )


def _is_about(ran: Mapping[str, Any], kind: str, name: str) -> bool:
    """A check that never got as far as its harness counts against all of its kind."""
    return ran["kind"] == kind and ran["about"] in (name, "")


def _proofs(checks: Mapping[str, str], ran: list[Mapping[str, Any]]) -> tuple[Proof, ...]:
    return tuple(
        _proof(name, grade, [each for each in ran if each["check"] == name]) for name, grade in checks.items()
    )


def _proof(name: str, grade: str, ran: list[Mapping[str, Any]]) -> Proof:
    """A check is proven when it passed in one suite of the package at least and went wrong in none: a
    package may play several dialects of a protocol, of which one alone was recorded."""
    for state in ("failed", "overridden"):
        for each in ran:
            if each["state"] == state:
                return Proof(name, grade, state, each["detail"])
    if any(each["state"] == "missing" for each in ran):
        return Proof(name, grade, "missing")
    if any(each["state"] == "passed" for each in ran):
        return Proof(name, grade, "passed")
    skipped = next((each for each in ran if each["state"] == "skipped"), None)
    return Proof(name, grade, "skipped", skipped["detail"]) if skipped else Proof(name, grade, "missing")
