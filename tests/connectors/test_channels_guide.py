"""The publisher printed in docs/connectors.md holds the contract."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from hub.model import Copy, Notice, Preview
from hub.testing.publisher_contract import Harness, PublisherContract
from hub.testing.publisher_harness import words
from hub.testing.publishing import PublishingContext, loopback_http, make_target
from tests.connectors.channel_fakes import Answer, Server, serving

GUIDE = Path(__file__).parents[2] / "docs" / "connectors.md"
ADDRESS, PASSWORD = "127.10.207.1", "CNRY abcd EFGH"


@dataclass
class Board(Server):
    """Shows at an address what was put there."""

    sheets: dict[str, str] = field(default_factory=dict)

    def handle(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if method == "GET":
            return Answer(200, self.sheets[path].encode()) if path in self.sheets else Answer(404)
        expected = base64.b64encode(f"taan:{PASSWORD}".encode()).decode()
        if self.fault == "refuses_credentials" or headers.get("authorization") != f"Basic {expected}":
            return Answer(401)
        if method == "PUT":
            self.sheets[path] = body.decode()
        if method == "DELETE" and self.sheets.pop(path, None) is None:
            return Answer(404)
        return Answer(200)


class BoardHarness(Harness):
    secrets = (PASSWORD,)
    lacks = frozenset({"name_dropped_header", "see_edits", "see_removal", "upload", "link"})

    def __init__(self, board: Board, module: ModuleType) -> None:
        self.board = board
        (self.publisher,) = module.register_publishers()
        self.target = make_target("papan", url=board.url, user="taan", password=PASSWORD)
        self.context = PublishingContext(loopback_http(timeout=1.0))

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        return [text for path, text in self.board.sheets.items() if notice.mark in path]

    def same(self, preview: Preview, copy: str) -> bool:
        return words(copy).startswith(words(str(preview.html)))

    def broken(self, fault: str) -> AbstractContextManager[None]:
        return self.board.broken(fault)

    def remove(self, notice: Notice) -> None:
        self.board.sheets.clear()

    def keep_file(self, sha256: str, content: bytes) -> None:
        """Files are on the notice's page."""


@pytest.fixture(scope="module")
def module() -> ModuleType:
    code = re.search(r"```python\n# kimhub_papan/__init__.py\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert code
    made = ModuleType("kimhub_papan")
    exec(compile(code[1], "kimhub_papan", "exec"), made.__dict__)
    return made


class TestBoard(PublisherContract):
    @pytest.fixture
    def harness(self, module: ModuleType) -> Iterator[BoardHarness]:
        board = Board()
        with serving(board, ADDRESS):
            yield BoardHarness(board, module)


def test_the_guide_names_every_publisher_that_ships() -> None:
    from hub.plugins import Plugins, build_manager

    table = re.findall(r"^\| `(\w+)` \|", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert set(Plugins(*build_manager()).all_publishers) <= set(table)
