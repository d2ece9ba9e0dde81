"""``kimhub init``: a new hub, ready to serve."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from hub.cli.frame import Command, Failure, Frame, option, tell, yes_option
from hub.cli.output import line
from hub.cli.values import password
from hub.config import HubSection, build, example, toml
from hub.errors import NotFound
from hub.model import Region

DEFAULT_ADMIN = "admin"
DEFAULTS = HubSection()
#: Kemendagri codes of the provinces on WIB and WIT time; all others are on WITA.
WIB = (*range(11, 20), 21, *range(31, 37), 61, 62)
WIT = (81, 82, *range(91, 97))


@dataclass(frozen=True, slots=True)
class Answers:
    """What a new hub must know. ``password`` empty: one is made."""

    hub: Mapping[str, str]
    admin: str
    password: str


@click.command(cls=Command, help="help.init")
@yes_option
@option("--admin", metavar="NAME")
@option("--password-stdin", is_flag=True)
@option("--region", metavar="CODE")
@option("--name", metavar="NAME")
@click.pass_obj
def init(
    frame: Frame, yes: bool, admin: str | None, password_stdin: bool, region: str | None, name: str | None
) -> None:
    if frame.config.exists():
        raise Failure("error.exists", path=frame.config)
    secret = password(from_stdin=True) if password_stdin else ""
    if yes:
        district = find_district(region or DEFAULTS.region)
        answers = Answers(hub_values(district, name), admin or DEFAULT_ADMIN, secret)
    else:
        answers = _ask(region, name, admin, secret)
    made = answers.password or secrets.token_urlsafe(15)
    _make(frame, answers, made)
    line(tell("init.admin", name=answers.admin))
    if not answers.password:
        click.echo(tell("init.password", password=made))
    line(tell("init.next"))


def find_district(code: str) -> Region:
    """The region that a hub is for.

    Raises:
        NotFound: no such code.
    """
    from hub.text.regions import Gazetteer  # its tables are slow to load, and --help needs none

    try:
        return Gazetteer(code).district
    except ValueError:
        raise NotFound("region", code) from None


def hub_values(district: Region, name: str | None = None) -> dict[str, str]:
    """The ``[hub]`` section for a district: its name, office and time zone follow from the code."""
    values = {"region": district.code, "timezone": time_zone(district.code)}
    if district.code != DEFAULTS.region:
        values["name"] = f"Kabar Desa {district.name}"
        values["office"] = f"Dinas Komunikasi dan Informatika {district.name}"
    return values | ({"name": name} if name else {})


def time_zone(code: str) -> str:
    """IANA zone of a region of Indonesia by its Kemendagri code."""
    province = int(code.split(".")[0])
    if province in WIB:
        return "Asia/Jakarta"
    return "Asia/Jayapura" if province in WIT else "Asia/Makassar"


def _ask(region: str | None, name: str | None, admin: str | None, secret: str) -> Answers:
    """Ask for what the options left open."""
    district = find_district(region or click.prompt(tell("init.ask_region"), default=DEFAULTS.region))
    values = hub_values(district)
    values["name"] = name or click.prompt(tell("init.ask_name"), default=values.get("name", DEFAULTS.name))
    values["base_url"] = click.prompt(tell("init.ask_url"), default=DEFAULTS.base_url)
    admin = admin or click.prompt(tell("init.ask_admin"), default=DEFAULT_ADMIN)
    if not secret:
        secret = click.prompt(
            tell("init.ask_password"),
            default="",
            show_default=False,
            hide_input=True,
            confirmation_prompt=tell("init.ask_again"),
        )
    return Answers(values, admin, secret)


def _make(frame: Frame, answers: Answers, made: str) -> None:
    """Configuration file, data folder, secret key, database and administrator. Where something fails,
    the configuration goes again, so that the command can be repeated."""
    from hub.app import open_hub

    settings = build({"hub": dict(answers.hub)}, root=frame.config.resolve().parent)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_config(frame.config, {"hub": answers.hub})
    try:
        hub = open_hub(frame.settings)
        try:
            assert hub.secret_key
            hub.people.add(answers.admin, made, by=frame.actor)
            district = hub.gazetteer.district.name
        finally:
            hub.close()
    except BaseException:
        frame.config.unlink(missing_ok=True)
        raise
    line(tell("init.done", region=district, config=frame.config, data=frame.settings.data_dir))


def write_config(path: Path, values: Mapping[str, Mapping[str, Any]], *, replace: bool = False) -> None:
    """A configuration file with every key explained, ``values`` (section -> key -> value) in place of the
    defaults; readable by its owner alone, since secrets may be added to it.

    Raises:
        OSError: it cannot be written, or exists and ``replace`` is not set.
    """
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replace else os.O_EXCL)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as out:
        out.write(compose(values))


def compose(values: Mapping[str, Mapping[str, Any]]) -> str:
    """The example configuration with ``values`` filled in."""
    section, lines = "", []
    for each in example().splitlines():
        key, equals, _ = each.partition(" = ")
        if each.startswith("["):
            section = each.strip("[]")
        elif equals and not each.startswith("#") and key in values.get(section, {}):
            each = f"{key} = {toml(values[section][key])}"
        lines.append(each)
    return "\n".join(lines) + "\n"
