"""Runs the tests of a package in a process of its own and notes what the contract's checks proved.

``python -m hub.testing.suite RESULT.json [pytest's arguments]``: the result is written when the session has
ended, so a run that breaks off has proved nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from inspect import getattr_static
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from hub.testing.connector_contract import ConnectorContract
from hub.testing.publisher_contract import PublisherContract

#: ``overridden``: the package replaced the check, or what it stands on, by code of its own.
State = Literal["passed", "failed", "skipped", "missing", "overridden"]

_CONTRACTS: Final[dict[str, type]] = {"connector": ConnectorContract, "publisher": PublisherContract}
#: What of a contract its checks stand on, beside themselves.
_GROUND: Final = ("world", "notice")


@dataclass
class Ran:
    """One test: of which contract's check where it is one, and for which connector or publisher."""

    test: str
    state: State = "missing"
    kind: str = ""
    check: str = ""
    about: str = ""
    detail: str = ""
    lacks: list[str] = field(default_factory=list)


class Collector:
    """A plugin of pytest that notes how each test ended."""

    def __init__(self) -> None:
        self.ran: dict[str, Ran] = {}
        self.errors: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_itemcollected(self, item: pytest.Item) -> None:
        ran = Ran(item.nodeid)
        cls, name = getattr(item, "cls", None), getattr(item, "originalname", item.name)
        for kind, contract in _CONTRACTS.items():
            if isinstance(cls, type) and issubclass(cls, contract) and name in checks_of(kind):
                ran.kind, ran.check = kind, name
                if not _as_shipped(cls, contract, name):
                    ran.state = "overridden"
        self.ran[item.nodeid] = ran

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.errors.append(f"{report.nodeid}: {_last_line(report.longreprtext)}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        ran = self.ran[item.nodeid]
        harness = getattr(item, "funcargs", {}).get("harness")
        under_test = getattr(harness, ran.kind, None) if ran.kind else None
        if under_test is not None:
            ran.about = str(getattr(under_test, "name", ""))
            ran.lacks = sorted(getattr(harness, "lacks", ()))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        ran = self.ran.get(report.nodeid)
        if ran is None or ran.state == "overridden":
            return
        # an expected failure proves nothing, whichever way it went
        skipped = report.skipped or hasattr(report, "wasxfail")
        if report.failed and not hasattr(report, "wasxfail"):
            ran.state, ran.detail = "failed", _last_line(report.longreprtext)
        elif skipped and ran.state != "failed":
            ran.state, ran.detail = "skipped", _why_skipped(report)
        elif report.when == "call" and ran.state == "missing":
            ran.state = "passed"


def checks_of(kind: str) -> dict[str, str]:
    """Check -> the grade that it counts for, of the contract for ``connector`` or ``publisher``."""
    return dict(getattr(_CONTRACTS[kind], "CHECKS", {}))


def _as_shipped(cls: type, contract: type, name: str) -> bool:
    names = (name, *(each for each in _GROUND if hasattr(contract, each)))
    return all(getattr_static(cls, each) is getattr_static(contract, each) for each in names)


def _why_skipped(report: pytest.TestReport) -> str:
    said = report.longrepr
    text = str(said[2]) if isinstance(said, tuple) else getattr(report, "wasxfail", "")
    return text.removeprefix("Skipped: ")[:300]


def _last_line(text: str) -> str:
    """What an assertion said: pytest marks those lines with E."""
    said = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    lines = said or [line for line in text.splitlines() if line.strip()]
    return (lines[0] if lines else "")[:300]


def found_registered(points: list[str]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """What the entry points of these names bring: kind -> names, and problems by entry point."""
    from importlib.metadata import entry_points

    from hub.plugins import Plugins, build_manager
    from hub.spec import GROUP

    mine = [each for each in entry_points(group=GROUP) if each.name in points]
    plugins = Plugins(*build_manager(mine))
    brought = {
        "connector": sorted(plugins.all_connectors),
        "publisher": sorted(plugins.all_publishers),
    }
    problems = {each.name: each.problem for each in plugins.report() if each.problem}
    absent = {name: "no such entry point" for name in points if name not in {each.name for each in mine}}
    return brought, problems | absent


def _declared(path: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    from hub.errors import ConfigError
    from hub.spec import declared_connector

    try:
        return {"connector": [declared_connector(Path(path)).name], "publisher": []}, {}
    except ConfigError as error:
        return {"connector": [], "publisher": []}, {Path(path).name: str(error)}


def _arguments(paths: list[str]) -> Iterator[str]:
    # the package's own options may narrow what is run; its other settings hold
    yield from ("-o", "addopts=", "-p", "no:cacheprovider", "-q", "--no-header", "--tb=short")
    yield from paths


def main(job: dict[str, Any], result: Path) -> int:
    """Args:
    job: ``points`` (names), ``declared`` (a file or empty) and ``tests`` (paths).
    """
    brought, problems = _declared(job["declared"]) if job["declared"] else found_registered(job["points"])
    collector = Collector()
    code = 5
    if job["tests"] and not (job["declared"] and problems):
        code = int(pytest.main(list(_arguments(job["tests"])), plugins=[collector]))
    result.write_text(
        json.dumps(
            {
                "exit": code,
                "brought": brought,
                "problems": problems,
                "errors": collector.errors,
                "checks": {kind: checks_of(kind) for kind in _CONTRACTS},
                "ran": [asdict(each) for each in collector.ran.values()],
            }
        ),
        "utf-8",
    )
    return code


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.stdin.read()), Path(sys.argv[1])))
