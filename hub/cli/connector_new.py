"""Writes a package for a connector or publisher from the scaffolds of the test kit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import hub.testing
from hub.cli.frame import Failure
from hub.text.words import LANGUAGES, say

#: What each kind is put together from; a later folder adds to the ones before.
LAYERS: Final[dict[str, tuple[str, ...]]] = {
    "feed": ("feed",),
    "json": ("paged", "json"),
    "html": ("html",),
    "social": ("paged", "social"),
    "publisher": ("publisher",),
}
KINDS: Final = tuple(LAYERS)
_FOLDER: Final = Path(hub.testing.__file__).parent / "scaffolds"
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{1,39}")
_SUFFIX: Final = ".in"


@dataclass(frozen=True)
class Written:
    """What was written where; ``test`` is what ``kimhub connector test`` takes."""

    folder: Path
    test: Path
    files: tuple[Path, ...]


def write_package(name: str, kind: str, place: Path) -> Written:
    """A package of its own, in the new folder ``place/NAME``."""
    _checked(name)
    folder = place / name
    if folder.exists() and any(folder.iterdir()):
        raise Failure("connector.new.exists", path=folder)
    module = f"kimhub_{name.replace('-', '_')}"
    values = _values(name, kind, module, 'Path(__file__).parents[1] / "fixtures" / "recorded"')
    files = [
        _write(folder / _filled(relative, values), text, values)
        for layer in ("common", *LAYERS[kind])
        for relative, text in _templates(layer)
    ]
    return Written(folder, folder, tuple(files))


def write_in_tree(name: str, kind: str, root: Path) -> Written:
    """A folder ``connectors/NAME`` of kimhub's own tree at ``root``, its test, and its entry point."""
    _checked(name)
    plain = name.replace("-", "_")
    folder, config = root / "connectors" / plain, root / "setup.cfg"
    if not config.is_file() or not (root / "connectors").is_dir():
        raise Failure("connector.new.no_tree", path=root)
    if folder.exists():
        raise Failure("connector.new.exists", path=folder)
    values = _values(name, kind, f"connectors.{plain}", f'Path(__file__).parent / "recorded" / "{plain}"')
    files = []
    for layer in LAYERS[kind]:
        for relative, text in _templates(layer):
            parts = Path(relative).parts
            below = root / "tests" / "connectors" if parts[0] == "tests" else folder
            files.append(_write(below / _filled(str(Path(*parts[1:])), values), text, values))
    _enter(config, name, f"connectors.{plain}")
    return Written(root, folder, (*files, config))


def _checked(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Failure("connector.new.name", name=name)


def _values(name: str, kind: str, module: str, recorded: str) -> dict[str, str]:
    words = re.split(r"[_-]+", name)
    plain = name.replace("-", "_")
    english = "publisher" if kind == "publisher" else "connector"
    return {
        "name": name,
        "plain": plain,
        "package": f"kimhub-{name.replace('_', '-')}",
        "module": module,
        "Class": "".join(word.capitalize() for word in words),
        "label": " ".join(word.capitalize() for word in words),
        "what": english,
        "what_id": "Saluran" if kind == "publisher" else "Konektor",
        "recorded": recorded,
        **{
            f"steps_{lang}": say(f"connector.steps.{kind}", lang, module=module, name=name)
            for lang in LANGUAGES
        },
    }


def _templates(layer: str) -> list[tuple[str, str]]:
    folder = _FOLDER / layer
    paths = sorted(path for path in folder.rglob(f"*{_SUFFIX}") if path.is_file())
    return [(str(path.relative_to(folder)).removesuffix(_SUFFIX), path.read_text("utf-8")) for path in paths]


def _filled(relative: str, values: Mapping[str, str]) -> str:
    path = relative.replace("__module__", values["module"])
    return path.replace("__name__", values["name"] if path.endswith(".toml") else values["plain"])


def _write(path: Path, text: str, values: Mapping[str, str]) -> Path:
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def _enter(config: Path, name: str, module: str) -> None:
    """The entry point, as the first of the group's."""
    text = config.read_text("utf-8")
    if not re.search(r"^kimhub =\s*$", text, re.MULTILINE):
        raise Failure("connector.new.no_tree", path=config)
    config.write_text(
        re.sub(r"^kimhub =[ \t]*$", f"kimhub =\n    {name} = {module}", text, count=1, flags=re.MULTILINE),
        "utf-8",
    )
