"""``kimhub connector``: for those who write connectors and publishers. None of it needs a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.frame import Frame, Group, json_option, option, tell
from hub.cli.output import line, print_json, table
from hub.cli.values import key_values
from hub.errors import HubError

if TYPE_CHECKING:
    from hub.testing.grading import Graded, Report  # loads the test kit

KINDS = ("feed", "json", "html", "social", "publisher")


@click.group(cls=Group, help="help.connector")
def connector() -> None:
    pass


@connector.command("new", help="help.connector.new")
@click.argument("name")
@option("--kind", "connector_kind", type=click.Choice(KINDS), required=True)
@option("--dir", "place", type=click.Path(file_okay=False, path_type=Path), default=Path())
@option("--in-tree", is_flag=True)
@json_option
def new(name: str, connector_kind: str, place: Path, in_tree: bool, as_json: bool) -> None:
    from hub.cli.connector_new import write_in_tree, write_package

    written = (write_in_tree if in_tree else write_package)(name, connector_kind, place)
    if as_json:
        files = [str(each) for each in written.files]
        print_json({"folder": str(written.folder), "test": str(written.test), "files": files})
        return
    for path in written.files:
        line(str(path))
    line(tell("connector.new.next", path=written.test))


# -- looking at a live site -------------------------------------------------------------------------

_connector = option("--connector", "connector_name", metavar="NAME")
_file = option("--file", "declared_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_options = option("--option", "option", multiple=True, metavar="KEY=VALUE")
_private = option("--allow-private", multiple=True, metavar="CIDR")


@connector.command("try", help="help.connector.try")
@click.argument("url")
@_connector
@_file
@_options
@_private
@option("--limit", "entry_limit", type=click.IntRange(1, 1000), default=10)
@json_option
@click.pass_obj
def try_(
    frame: Frame,
    url: str,
    connector_name: str | None,
    declared_file: Path | None,
    option: tuple[str, ...],
    allow_private: tuple[str, ...],
    entry_limit: int,
    as_json: bool,
) -> None:
    from hub.cli.connector_try import Bench, refusal_data, show, trial_data

    given = key_values(option, "--option")
    with Bench(frame, allow_private, Path()) as bench:
        try:
            subject = bench.subject(url, connector_name, declared_file, given)
        except HubError as error:
            if not as_json:
                raise
            print_json(refusal_data(url, error))
            click.get_current_context().exit(1)
        trial = bench.trial(subject, entry_limit)
    if as_json:
        print_json(trial_data(trial))
    else:
        show(trial)
    if trial.error is not None:
        raise trial.error


@connector.command("record", help="help.connector.record")
@click.argument("url")
@_connector
@_file
@_options
@_private
@option("--to", "record_to", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@option("--requests", type=click.IntRange(1, 500), default=30)
@json_option
@click.pass_obj
def record(
    frame: Frame,
    url: str,
    connector_name: str | None,
    declared_file: Path | None,
    option: tuple[str, ...],
    allow_private: tuple[str, ...],
    record_to: Path | None,
    requests: int,
    as_json: bool,
) -> None:
    from hub.cli.connector_record import record as record_visit
    from hub.cli.connector_try import Bench

    given = key_values(option, "--option")
    with Bench(frame, allow_private, Path()) as bench:
        subject = bench.subject(url, connector_name, declared_file, given)
        done = record_visit(bench, subject, record_to, requests)
    if as_json:
        data = {"folder": str(done.folder), "requests": done.requests, "entries": done.entries}
        print_json({**data, "replayed": done.replayed, "masked": dict(done.masked)})
        return
    line(tell("connector.recorded", folder=done.folder, requests=done.requests, entries=done.entries))
    for kind, count in sorted(done.masked.items()):
        line(tell("connector.masked", kind=tell(f"masked.{kind}"), count=count))
    line(tell("connector.replayed", entries=done.replayed))


# -- what is proven ---------------------------------------------------------------------------------

_path = click.argument("path", type=click.Path(exists=True, path_type=Path), default=Path())


@connector.command("test", help="help.connector.test")
@_path
@json_option
def test(path: Path, as_json: bool) -> None:
    report = _run(path, quiet=as_json)
    if as_json:
        print_json(report_data(report))
    else:
        line(tell("connector.tested", passed=report.passed, failed=report.failed, skipped=report.skipped))
        _say_problems(report)
    if not report.well:
        click.get_current_context().exit(1)


@connector.command("grade", help="help.connector.grade")
@_path
@option("--write", is_flag=True)
@json_option
def grade(path: Path, write: bool, as_json: bool) -> None:
    from hub.testing.package import find_package

    report = _run(path, quiet=True)
    if write:
        target = find_package(path).folder / "QUALITY.md"
        target.write_text(markdown(report), "utf-8")
    if as_json:
        print_json(report_data(report))
    else:
        _say_grades(report)
        _say_problems(report)
    if not report.grade:
        click.get_current_context().exit(1)


def _run(path: Path, *, quiet: bool) -> Report:
    from hub.testing.grading import run
    from hub.testing.package import find_package

    return run(find_package(path), quiet=quiet)


def report_data(report: Report) -> dict[str, Any]:
    """A report for scripts; ``grade`` is null where not even Bronze is proven."""
    return {
        "package": report.package,
        "grade": report.grade or None,
        "tests": {"passed": report.passed, "failed": report.failed, "skipped": report.skipped},
        "problems": list(report.problems),
        "graded": [_graded_data(each) for each in report.graded],
    }


def _graded_data(graded: Graded) -> dict[str, Any]:
    return {
        "kind": graded.kind,
        "name": graded.name,
        "grade": graded.grade or None,
        "next": graded.next or None,
        "wanting": [each.name for each in graded.wanting],
        "lacks": list(graded.lacks),
        "checks": [
            {"name": each.name, "grade": each.grade, "state": each.state, "detail": each.detail}
            for each in graded.proofs
        ],
    }


def _say_grades(report: Report) -> None:
    for graded in report.graded:
        rows = [
            (tell(f"grade.{each.grade}"), in_words(each.name), tell(f"proof.{each.state}"), each.detail)
            for each in graded.proofs
        ]
        table(("grade", "check", "state", "problem"), rows)
        word = tell(f"grade.{graded.grade or 'none'}")
        line(tell("connector.graded", kind=tell(f"graded.{graded.kind}"), name=graded.name, grade=word))
        if graded.lacks:
            line(tell("connector.lacks", lacks=", ".join(graded.lacks)))
        for each in graded.wanting:
            why = f" [{each.detail}]" if each.detail else ""
            state = tell(f"proof.{each.state}")
            line(
                tell(
                    "connector.wanting",
                    grade=tell(f"grade.{graded.next}"),
                    check=in_words(each.name),
                    state=state,
                )
                + why
            )


def _say_problems(report: Report) -> None:
    for problem in report.problems:
        line(tell("connector.problem", problem=problem))
    if not report.graded:
        line(tell("connector.nothing", package=report.package))
    for graded in report.graded:
        if not any(each.state == "passed" and each.name.startswith("test_") for each in graded.proofs):
            line(tell("connector.no_suite", kind=tell(f"graded.{graded.kind}"), name=graded.name))


def in_words(check: str) -> str:
    """A check's name as a sentence."""
    return check.removeprefix("test_").replace("_", " ")


def markdown(report: Report) -> str:
    """The report as ``QUALITY.md``, in English; it has no date, so that only what changed differs."""
    lines = [
        f"# Quality of {report.package}",
        "",
        "Measured by `kimhub connector grade --write`; not to be edited.",
    ]
    for graded in report.graded:
        lines += ["", f"## {graded.kind} `{graded.name}`: {(graded.grade or 'none').capitalize()}", ""]
        if graded.lacks:
            lines += [f"What its protocol cannot do: {', '.join(graded.lacks)}.", ""]
        if graded.wanting:
            lines += [f"Wanting for {graded.next.capitalize()}:", ""]
            lines += [f"- {in_words(each.name)} ({each.state})" for each in graded.wanting] + [""]
        lines += ["| grade | check | result |", "|---|---|---|"]
        lines += [f"| {each.grade} | {in_words(each.name)} | {each.state} |" for each in graded.proofs]
    if report.problems:
        lines += ["", "## Problems", "", *(f"- {each}" for each in report.problems)]
    return "\n".join([*lines, ""])
