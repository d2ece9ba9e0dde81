"""Who may import whom: the table of docs/architecture.md, held by reading every import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("hub", "connectors", "plugins", "web")

#: Part -> parts of the project that it may import (itself always). The longest matching name counts.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "hub.errors": (),
    "hub.model": (),
    "hub.spec": ("hub.errors", "hub.model"),
    "hub.text": ("hub.errors", "hub.model"),
    "hub.store": ("hub.errors", "hub.model"),
    "hub.config": ("hub.errors", "hub.model"),
    "hub.http": ("hub.errors", "hub.model", "hub.spec"),
    "hub.mail": ("hub.errors", "hub.model", "hub.spec"),
    "hub.testing": ("hub",),
    "hub.plugins": ("hub.errors", "hub.model", "hub.spec"),
    "hub.services": ("hub.errors", "hub.model", "hub.spec", "hub.text", "hub.store"),
    "hub.rehearsal": ("hub",),
    "hub.app": ("hub",),
    "hub.schedule": ("hub",),
    "hub.cli": ("hub",),
    "hub.__main__": ("hub",),
    "hub": (),
    "connectors": ("hub.spec",),
    "plugins": ("hub.spec",),
    "web": ("hub.app", "hub.config", "hub.errors", "hub.model", "hub.spec"),
}


def modules() -> Iterator[tuple[str, Path]]:
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            if "migrations" in path.parts and "versions" in path.parts:
                continue
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def imported(path: Path) -> set[str]:
    """Modules of the project that a file imports; ``from a import b`` counts as ``a.b`` where that is one."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            base = node.module or ""
            found |= {
                f"{base}.{each.name}" if f"{base}.{each.name}" in MODULES else base for each in node.names
            }
    return {name for name in found if name.split(".")[0] in PARTS}


def within(name: str, part: str) -> bool:
    return name == part or name.startswith(part + ".")


def own_part(module: str) -> str:
    return max((part for part in MAY_IMPORT if within(module, part)), key=len)


def may_import(module: str, target: str) -> bool:
    part = own_part(module)
    if part in ("connectors", "plugins"):
        # one connector never imports another: its own folder only
        folder = ".".join(module.split(".")[:2])
        return within(target, folder) or target == "hub.spec"
    return within(target, part) or any(within(target, allowed) for allowed in MAY_IMPORT[part])


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_follow_the_table(module: str) -> None:
    wrong = sorted(target for target in imported(MODULES[module]) if not may_import(module, target))
    assert not wrong, f"{module} must not import {', '.join(wrong)}"


def test_the_table_is_the_one_in_the_docs() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.+?) \|$", text, re.MULTILINE))
    for part, allowed in MAY_IMPORT.items():
        if part in ("hub", "hub.__main__"):
            continue
        assert part in rows, f"docs/architecture.md has no row for {part}"
        assert set(re.findall(r"`([\w.]+)`", rows[part])) == set(allowed), part


def test_model_is_standard_library_only() -> None:
    outside = set()
    for module, path in MODULES.items():
        if within(module, "hub.model") or module == "hub.errors":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module:
                    outside.add(node.module.split(".")[0])
                elif isinstance(node, ast.Import):
                    outside |= {each.name.split(".")[0] for each in node.names}
    import sys

    assert outside - {"hub"} <= set(sys.stdlib_module_names)


def test_only_the_sanitiser_and_the_store_make_safe_html() -> None:
    makers = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "SafeHtml"
    }
    assert makers == {"hub.text.sanitise", "hub.store.posts", "hub.store.announcements"}


def test_templates_never_declare_safety() -> None:
    for path in (ROOT / "web" / "templates").rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8")
            assert not re.search(r"\|\s*safe\b|Markup\(|autoescape\s+false", text), path


def test_only_hub_http_reaches_the_network() -> None:
    """Sockets and HTTP libraries appear nowhere else (the test kit serves, it does not fetch)."""
    outward = {
        "urllib3",
        "requests",
        "httpx",
        "aiohttp",
        "http.client",
        "urllib.request",
        "socket",
        "smtplib",
    }
    users = set()
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [each.name for each in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if any(within(name, each) for name in names for each in outward):
                users.add(module)
    allowed = {
        "hub.mail",  # the operator's own mail server
        "hub.services.lease",  # the name of this machine
        "hub.services.upkeep",  # likewise
    }
    offending = {
        user
        for user in users
        if not (
            within(user, "hub.http")
            or within(user, "hub.testing")
            or user in allowed
            or within(user, "hub.cli")
        )
    }
    assert not offending
