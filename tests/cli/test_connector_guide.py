"""docs/connectors.md followed by hand: its commands and files, as printed, on a site and an API that nobody
knows, as an outside package and in a clone of the tree."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.testing.stage import Stage
from tests.cli import guide_site

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "connectors.md").read_text("utf-8")


class Reader:
    """Types what the guide says, at a desk of their own."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self.folder, self.addresses, self.said = folder, addresses, ""
        self.environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("KIMHUB_")},
            "KIMHUB_NETWORK__ALLOW_PRIVATE": "127.0.0.0/8",
            "KIMHUB_HARVEST__HOST_DELAY": "0",
            "KIMHUB_HUB__LANGUAGE": "en",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def type(self, block: str, *, code: int = 0) -> str:
        """The lines of a block, one after the other; what the last one said."""
        for typed in block.strip().splitlines():
            for name, address in self.addresses.items():
                typed = typed.replace(name, address)
            words = shlex.split(typed)
            if words[0] == "cd":
                self.folder = self.folder / words[1]
                continue
            if words[0] == "kimhub":
                words = [sys.executable, "-m", "hub", *words[1:]]
            else:
                assert words[0] in ("sed", "mkdir", "cp"), typed
            done = subprocess.run(
                words, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=240
            )
            assert done.returncode == code, f"{typed}\n{done.stdout}{done.stderr}"
            self.said = done.stdout + done.stderr
        return self.said


def section(title: str) -> str:
    return GUIDE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def shell(text: str, kind: str = "sh") -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def printed(name: str, kind: str = "python") -> str:
    """The block that begins with this comment."""
    found = re.search(rf"^```{kind}\n# {re.escape(name)}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert found, name
    return found[1]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with Stage() as site, Stage() as api:
        site.play(guide_site.site)
        api.play(guide_site.api)
        yield Reader(tmp_path, {"https://desa.example": site.url, "https://layanan.example": api.url})


def test_from_an_unknown_site_to_posts(reader: Reader) -> None:
    ask, first, second, prove, harvest = shell(section("An unknown site in 15 minutes"))
    assert "--file" in reader.type(ask, code=1)
    (reader.folder / "desa.toml").write_text(printed("desa.toml", "toml"), "utf-8")
    assert "names like it on the page: .kartu" in reader.type(first)
    said = reader.type(second)
    for number in guide_site.NEWS:
        assert guide_site.NEWS[number][0] in said
    assert "Warning" not in said
    assert re.search(r"desa-sejahtera: (Silver|Gold|Platinum)", reader.type(prove))
    files = [path for path in (reader.folder / "fixtures").rglob("*") if path.is_file()]
    assert files
    assert not any(b"0812-3456-7890" in path.read_bytes() for path in files)
    reader.type(harvest)
    found = json.loads(reader.type("kimhub search posyandu --json"))
    assert [each["title"] for each in found["results"]] == ["Posyandu Melati buka Rabu ini"]


def edited(package: Path, test: Path) -> int:
    """The edits that the guide prints, made; how many lines of code the author wrote."""
    parse, other_side = (
        printed("kimhub_layanan/parse.py"),
        printed("tests/test_layanan.py: played and document"),
    )
    (package / "parse.py").write_text(parse, "utf-8")
    text = test.read_text("utf-8")
    begin, end = text.index("def played"), text.index("class Harness")
    test.write_text(text[:begin] + other_side + "\n\n" + text[end:], "utf-8")
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") for line in (parse + other_side).splitlines()
    )


def test_an_unknown_api_as_a_package_of_its_own(reader: Reader) -> None:
    new, prove = shell(section("An unknown API in an afternoon"))
    reader.type(new)
    assert edited(reader.folder / "kimhub_layanan", reader.folder / "tests" / "test_layanan.py") <= 30
    said = reader.type(prove)
    assert re.search(r"layanan: (Silver|Gold|Platinum)", said)
    assert (reader.folder / "QUALITY.md").is_file()


def test_an_unknown_api_in_the_tree(reader: Reader) -> None:
    clone = reader.folder
    (clone / "hub").symlink_to(ROOT / "hub")
    shutil.copytree(ROOT / "connectors", clone / "connectors", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", clone)
    (clone / "tests" / "connectors").mkdir(parents=True)
    (block,) = shell(section("An unknown API in an afternoon"), "sh in-tree")
    new, rest = block.split("\n", 1)
    reader.type(new)
    edited(clone / "connectors" / "layanan", clone / "tests" / "connectors" / "test_layanan.py")
    assert re.search(r"layanan: (Silver|Gold|Platinum)", reader.type(rest))
    said = reader.type("kimhub connector try https://layanan.example/layanan/kabar --connector layanan")
    assert "Jalan tani" in said


def test_an_unknown_site_in_the_tree(reader: Reader) -> None:
    clone = reader.folder
    (clone / "hub").symlink_to(ROOT / "hub")
    (clone / "connectors").mkdir()
    shutil.copy(ROOT / "connectors" / "__init__.py", clone / "connectors")
    shutil.copy(ROOT / "setup.cfg", clone)
    reader.type("kimhub connector new sejahtera --kind html --in-tree")
    text = printed("desa.toml", "toml").replace("kartuu", "kartu").replace("desa-sejahtera", "sejahtera")
    (clone / "connectors" / "sejahtera" / "sejahtera.toml").write_text(text, "utf-8")
    assert re.search(
        r"sejahtera: (Silver|Gold|Platinum)", reader.type("kimhub connector grade connectors/sejahtera")
    )
