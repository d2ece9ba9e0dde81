"""``kimhub plugins``: what is installed, and installing more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.frame import Failure, Frame, Group, json_option, tell
from hub.cli.output import line, print_json, table
from hub.errors import ConfigError

if TYPE_CHECKING:
    from hub.plugins import Plugins


@click.group(cls=Group, help="help.plugins")
def plugins() -> None:
    pass


@plugins.command("list", help="help.plugins.list")
@json_option
@click.pass_obj
def list_plugins(frame: Frame, as_json: bool) -> None:
    # asked without opening a hub: a plugin that keeps it from opening must be seen here
    from hub.plugins import Plugins, build_manager

    plugins = Plugins(*build_manager(), declared=_declared(frame))
    report, unready = plugins.report(), _unready(frame, plugins)
    if as_json:
        print_json(
            {
                "plugins": [
                    {
                        "name": each.name,
                        "running": each.running,
                        "brings": list(each.brings),
                        "problem": each.problem,
                        "unready": {
                            name: problem
                            for name, problem in unready.items()
                            if f"notifier {name}" in each.brings
                        },
                    }
                    for each in report
                ]
            }
        )
    elif not report:
        line(tell("plugins.none"))
    else:
        words = {True: tell("word.on"), False: tell("word.off")}
        rows = [(each.name, words[each.running], ", ".join(each.brings), each.problem) for each in report]
        table(("name", "active", "brings", "problem"), rows)
        for name, problem in unready.items():
            line(tell("plugins.unready", name=name, problem=problem))


def _unready(frame: Frame, plugins: Plugins) -> dict[str, str]:
    """Notifiers that do not work here, and why: lacking or wrong options in ``[plugins.NAME]``."""
    from hub.app import make_notifying, make_publish_http, utc_now

    try:
        notifying = make_notifying(frame.settings, plugins, make_publish_http(frame.settings), utc_now)
    except ConfigError as error:
        # one line for each fault of options; a configuration that cannot be read is said elsewhere
        faults = [each for each in error.faults if each.key.startswith("plugins.")]
        return {each.key.split(".")[1]: str(each) for each in faults}
    return {name: problem for name in notifying.names if (problem := notifying.problem(name))}


def _declared(frame: Frame) -> Path | None:
    """The folder of declared connectors; None where the configuration cannot be read, as when there is
    none yet."""
    try:
        return frame.settings.data_dir / "connectors"
    except ConfigError:
        return None


@plugins.command("install", help="help.plugins.install")
@click.argument("package")
def install(package: str) -> None:
    # "--" keeps a package name from being read as an option of pip
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--", package]
    code = subprocess.run(command, check=False).returncode  # noqa: S603 - fixed program, no shell
    if code:
        raise Failure("error.install", package=package, code=code)
    line(tell("plugins.installed", package=package))
