"""What the documents say exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from hub.cli import main
from hub.config import example
from hub.errors import REASONS

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    quoted = re.findall(r"`kimhub ([a-z]+)(?: ([a-z]+))?", text)
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        quoted += re.findall(r"^\S*kimhub ([a-z]+)(?: ([a-z]+))?", block, re.MULTILINE)
    for name, below in quoted:
        assert name in main.commands, f"kimhub {name}"
        command = main.commands[name]
        if below and isinstance(command, click.Group):
            assert below in command.commands, f"kimhub {name} {below}"


def test_every_command_is_named_in_a_document() -> None:
    texts = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    for name in set(main.commands) - {"user", "search", "demo", "bench"}:
        assert f"kimhub {name}" in texts, name


def test_every_reason_is_explained() -> None:
    text = (ROOT / "docs" / "portal.md").read_text("utf-8")
    assert [reason for reason in REASONS if f"`{reason}`" not in text] == []


def test_the_example_configuration_is_the_declared_one() -> None:
    assert (ROOT / "config.example.toml").read_text("utf-8") == example()


def test_the_connector_of_the_guide_works_as_printed(tmp_path: Path) -> None:
    import json
    import sys
    from collections.abc import Mapping

    from hub.model import Source
    from hub.spec import Headers, Response, Validators
    from hub.testing.context import TestingContext

    code = re.search(r"```python\n# kimhub_berita/__init__.py\n(.*?)```", _guide(), re.DOTALL)
    assert code
    (tmp_path / "kimhub_berita.py").write_text(code[1])
    sys.path.insert(0, str(tmp_path))
    try:
        import kimhub_berita  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(tmp_path))

    class Fixed:
        """The edge of the world: one answer."""

        def get(self, url: str, *, since: Validators | None = None, **rest: object) -> Response:
            item: Mapping[str, object] = {
                "id": 7,
                "judul": "Posyandu",
                "isi": "<p>Buka.</p>",
                "url": "https://taan.example/7",
                "tanggal": "2026-11-24T09:14:00+08:00",
            }
            same = since == Validators(digest="x")
            return Response(
                url,
                200,
                Headers(),
                json.dumps({"data": [item]}).encode(),
                unchanged=same,
                validators=Validators(digest="x"),
            )

    (connector,) = kimhub_berita.register_connectors()
    source = Source(1, 1, "berita", "https://taan.example/api/berita")
    context = TestingContext(Fixed())  # type: ignore[arg-type]
    (first,) = connector.harvest(source, None, context)
    assert [(each.id, each.title) for each in first.entries] == [("berita:7", "Posyandu")]
    (second,) = connector.harvest(source, first.cursor, context)
    assert second.unchanged
    assert connector.check(source, context).newest == "Posyandu"


def _guide() -> str:
    return (ROOT / "docs" / "connectors.md").read_text("utf-8")
