"""A connector's package as a folder: what it registers and where its tests are, installed or not.

Three shapes are known: a package of its own (``setup.cfg`` or ``pyproject.toml`` with an entry point of the
group ``kimhub``), a folder of kimhub's own tree (``connectors/feed``), and one TOML file.
"""

from __future__ import annotations

import ast
import configparser
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import invalidate_caches
from pathlib import Path
from typing import Any, Final

from hub.errors import ConfigError, Fault
from hub.spec import GROUP

#: The suite of a package that is one TOML file.
DECLARED_SUITE: Final = Path(__file__).with_name("declared_suite.py")
#: By which the suite finds the TOML file.
DECLARED_VARIABLE: Final = "KIMHUB_DECLARED_FILE"
#: Tests of a connector in kimhub's own tree; any other that runs a contract suite on it counts too.
_IN_TREE: Final = ("test_{}.py", "test_contract_{}.py", "test_channels_{}.py")
_HUB: Final = ("hub", "connectors", "plugins", "web")
_ALLOWED: Final = ("hub.spec",)


@dataclass(frozen=True)
class Package:
    """What is to be tried.

    Attributes:
        name: of the distribution, the folder in the tree, or the declaration.
        folder: where it is; reports are written here.
        roots: what goes in front of ``sys.path``.
        points: entry points, name -> module.
        tests: files and folders that hold its tests.
        declared: the TOML file, where it is one.
    """

    name: str
    folder: Path
    roots: tuple[Path, ...] = ()
    points: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[Path, ...] = ()
    declared: Path | None = None

    def modules(self) -> Iterator[Path]:
        """The code of its entry points, each file once."""
        seen: set[Path] = set()
        for module in self.points.values():
            parts = module.partition(":")[0].split(".")
            for root in self.roots:
                place = root.joinpath(*parts)
                found = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
                seen |= {each for each in found if each.is_file()}
        yield from sorted(seen)

    def foreign_imports(self) -> list[str]:
        """Parts of the hub that its code imports although they are no interface: a version may move them."""
        own = {module.partition(":")[0] for module in self.points.values()}
        return sorted({name for path in self.modules() for name in _imported(path) if not _may(name, own)})


def find_package(path: Path) -> Package:
    """The package at ``path``, or in its only subfolder that is one.

    Raises:
        ConfigError: there is none.
    """
    path = path.resolve()
    if path.is_file() and path.suffix == ".toml" and path.name != "pyproject.toml":
        return _declared(path)
    folder = path if path.is_dir() else path.parent
    found = _outside(folder) or _inside(folder)
    if found:
        return found
    below = [each for each in sorted(folder.iterdir()) if each.is_dir()] if folder.is_dir() else []
    packages = [package for each in below if (package := _outside(each))]
    if len(packages) == 1:
        return packages[0]
    raise ConfigError([Fault(str(path), "no package with an entry point of the group kimhub", _CURE)])


def find_tree(folder: Path) -> Package | None:
    """kimhub's own tree at ``folder``, with all that its setup.cfg registers."""
    folder = folder.resolve()
    _, points, _ = _setup_cfg(folder / "setup.cfg")
    if not points or not (folder / "hub" / "spec").is_dir():
        return None
    return Package("kimhub", folder, (folder,), points)


_CURE: Final = "make one with kimhub connector new, or name its folder"


@contextmanager
def registered(package: Package) -> Iterator[list[str]]:
    """Meanwhile ``importlib.metadata`` knows the package's entry points, as if it were installed. Yields
    what belongs in front of ``sys.path``, which is done for this process."""
    with tempfile.TemporaryDirectory(prefix="kimhub-") as folder:
        info = Path(folder) / f"{re.sub(r'[^A-Za-z0-9.]+', '_', package.name)}-0.dev0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.name}\nVersion: 0.dev0\n")
        lines = [f"{name} = {module}" for name, module in package.points.items()]
        (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]))
        paths = [folder, *map(str, package.roots)]
        before = list(sys.path)
        sys.path[:0] = paths
        invalidate_caches()
        try:
            yield paths
        finally:
            sys.path[:] = before
            invalidate_caches()


# -- the three shapes -------------------------------------------------------------------------------


def _declared(path: Path) -> Package:
    try:
        name = tomllib.loads(path.read_text("utf-8")).get("name")
    except (OSError, ValueError):
        name = None
    return Package(str(name or path.stem), path.parent, tests=(DECLARED_SUITE,), declared=path)


def _outside(folder: Path) -> Package | None:
    name, points, source = _setup_cfg(folder / "setup.cfg")
    if not points:
        name, points, source = _pyproject(folder / "pyproject.toml")
    if not points or (folder / "hub" / "spec").is_dir():
        return None
    tests = [each for each in (folder / "tests", folder / "test") if each.is_dir()]
    return Package(
        name or folder.name,
        folder,
        tuple(dict.fromkeys((folder / source, folder))),
        points,
        tuple(tests or sorted(folder.glob("test_*.py"))),
    )


def _inside(folder: Path) -> Package | None:
    """A folder of a tree whose setup.cfg, two levels up, has an entry point for it."""
    if len(folder.parents) < 2:
        return None
    root = folder.parents[1]
    _, all_points, _ = _setup_cfg(root / "setup.cfg")
    module = f"{folder.parent.name}.{folder.name}"
    points = {name: each for name, each in all_points.items() if each == module}
    if not points:
        return None
    place = root / "tests" / folder.parent.name
    named = {place / form.format(folder.name) for form in _IN_TREE}
    tests = [
        path for path in sorted(place.glob("test_*.py")) if path in named or _runs_contract(path, module)
    ]
    return Package(f"kimhub.{module}", folder, (root,), points, tuple(tests))


def _runs_contract(path: Path, module: str) -> bool:
    text = path.read_text("utf-8")
    return bool(re.search(rf"^from {re.escape(module)}\b", text, re.MULTILINE) and "Contract):" in text)


def _setup_cfg(path: Path) -> tuple[str, dict[str, str], str]:
    """Name, entry points, and the folder that packages are in."""
    config = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    try:
        config.read(path, "utf-8")
    except configparser.Error:
        return "", {}, "."
    lines = config.get("options.entry_points", GROUP, fallback="").splitlines()
    pairs = (line.partition("=") for line in lines)
    points = {name.strip(): module.strip() for name, sign, module in pairs if sign and name.strip()}
    source = config.get("options", "package_dir", fallback="").strip().removeprefix("=").strip()
    return config.get("metadata", "name", fallback="").strip(), points, source if "=" not in source else "."


def _pyproject(path: Path) -> tuple[str, dict[str, str], str]:
    try:
        project: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8")).get("project", {})
    except (OSError, ValueError):
        return "", {}, "."
    points = project.get("entry-points", {}).get(GROUP, {})
    source = "src" if (path.parent / "src").is_dir() else "."
    return str(project.get("name", "")), {str(key): str(value) for key, value in points.items()}, source


# -- what it imports --------------------------------------------------------------------------------


def _imported(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"hub.{each.name}" for each in node.names) if node.module == "hub" else (node.module,)


def _may(name: str, own: set[str]) -> bool:
    if name.split(".")[0] not in _HUB:
        return True
    return any(name == each or name.startswith(f"{each}.") for each in (*_ALLOWED, *own))
