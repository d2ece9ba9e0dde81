"""``kimhub region``: codes of villages, and the other names people know them by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.frame import Frame, Group, json_option, option, tell
from hub.cli.output import line, print_json, table
from hub.cli.values import text_of

if TYPE_CHECKING:
    from hub.model import Sheet
    from hub.services.borders import Imported

#: Kinds of regions that a file of borders may hold, and features left out that are named one by one.
LEVELS = ("village", "kecamatan", "district")
SHOWN = 10
#: Dots in a village's code.
VILLAGE = 3


@click.group(cls=Group, help="help.region")
def region() -> None:
    pass


@region.command("find", help="help.region.find")
@click.argument("name")
@json_option
@click.pass_obj
def find(frame: Frame, name: str, as_json: bool) -> None:
    from hub.text.regions import fold  # its tables are slow to load, and --help needs none

    wanted = fold(name)
    with frame.hub() as hub:
        gazetteer = hub.gazetteer
        named = {each.code for each in gazetteer.find(name)}
        everywhere = (*gazetteer.kecamatan, *gazetteer.villages)
        found = [each for each in everywhere if each.code in named or wanted in fold(each.name)]
        rows = [(each.code, each.name, each.kind, gazetteer.kecamatan_of(each.code).name) for each in found]
    if as_json:
        keys = ("code", "name", "kind", "kecamatan")
        print_json({"regions": [dict(zip(keys, row, strict=True)) for row in rows]})
    else:
        table(("code", "name", "kind", "kecamatan"), rows)


@region.command("aliases", help="help.region.aliases")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def aliases(frame: Frame, file: Path, as_json: bool) -> None:
    with frame.hub() as hub:
        count = hub.registering.import_aliases(text_of(file))
    if as_json:
        print_json({"added": count})
    else:
        line(tell("region.aliased", count=count))


@region.command("borders", help="help.region.borders")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@option("--property", "code_property", default="", metavar="NAME")
@json_option
@click.pass_obj
def borders(frame: Frame, file: Path, code_property: str, as_json: bool) -> None:
    with frame.hub() as hub:
        found = hub.borders.import_file(text_of(file), code_property)
        villages, drawn = len(hub.gazetteer.villages), _drawn(hub.atlas.district())
    if as_json:
        print_json(_as_data(found, drawn))
        return
    line(tell("region.bordered", imported=len(found.codes), skipped=len(found.left_out)))
    line(tell("region.borders.levels", **{level: found.of_level(level) for level in LEVELS}))
    for each in found.left_out[:SHOWN]:
        line(f"  {each.name}: {tell(f'region.borders.{each.reason}')}")
    if len(found.left_out) > SHOWN:
        line(tell("region.borders.more", count=len(found.left_out) - SHOWN))
    with_border = villages - len(found.villages_without)
    line(tell(f"region.borders.map.{drawn}", with_border=with_border, villages=villages))


def _drawn(sheet: Sheet | None) -> str:
    """What the portal's map consists of now: villages or kecamatan in their real shape, or a chart."""
    if sheet is None:
        return "schematic"
    return "villages" if all(each.code.count(".") == VILLAGE for each in sheet.outlines) else "kecamatan"


def _as_data(found: Imported, drawn: str) -> dict[str, object]:
    return {
        "imported": len(found.codes),
        "skipped": len(found.left_out),
        **{level: found.of_level(level) for level in LEVELS},
        "left_out": [{"name": each.name, "reason": each.reason} for each in found.left_out],
        "villages_without": list(found.villages_without),
        "map": drawn,
    }
