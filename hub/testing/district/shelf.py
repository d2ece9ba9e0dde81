"""What was put on a WordPress site, as JSON in a file: for sample sites that outlive their process."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from hub.testing.district.desk import Desk, Media, status
from hub.testing.district.texts import Item, Written


def keep(desk: Desk, path: Path) -> None:
    """Put on ``desk`` what ``path`` holds, and from now on write each change there.

    Raises:
        OSError: the file cannot be read.
    """
    if path.exists():
        load(desk, json.loads(path.read_text("utf-8")))
    desk.on_change = partial(write, path, desk)


def write(path: Path, desk: Desk) -> None:
    """Replace the file as a whole, readable by the owner alone."""
    partial_file = path.with_name(f"{path.name}.part")
    partial_file.touch(mode=0o600)
    partial_file.write_text(json.dumps(dump(desk)), "utf-8")
    partial_file.replace(path)


def dump(desk: Desk) -> dict[str, Any]:
    """Posts that came through the API, files and categories."""
    return {
        "next_number": desk.site.next_number,
        "passwords": sorted(desk.passwords),
        "categories": list(desk.categories),
        "posts": [_post(item) for item in desk.posts if item.written is not None],
        "media": [_media(each) for each in desk.media.values()],
    }


def load(desk: Desk, kept: Mapping[str, Any]) -> None:
    """Put on ``desk`` what :func:`dump` gave."""
    with desk.site.lock:
        desk.site.number_from(kept["next_number"])
        desk.passwords = set(kept["passwords"])
        desk.categories = tuple(kept["categories"])
        desk.media = {each["id"]: _read_media(each) for each in kept["media"]}
        posts = [_read_post(each) for each in kept["posts"]]
        desk.hidden = tuple(item for item in posts if status(item) != "publish")
        shown = [item for item in posts if status(item) == "publish"]
        numbers = {item.id for item in posts}
        told = [item for item in desk.site.items if item.id not in numbers]
        desk.site.keep([*told, *shown], desk.site.now())


def _post(item: Item) -> dict[str, Any]:
    assert item.written is not None
    return {
        "id": item.id,
        "slug": item.slug,
        "title": item.title,
        "topics": list(item.topics),
        "author": item.author,
        "published": item.published.isoformat(),
        "modified": item.modified.isoformat(),
        "written": asdict(item.written),
    }


def _read_post(kept: Mapping[str, Any]) -> Item:
    return Item(
        id=kept["id"],
        slug=kept["slug"],
        title=kept["title"],
        kicker=kept["topics"][0],
        topics=tuple(kept["topics"]),
        author=kept["author"],
        blocks=(),
        picture=None,
        published=datetime.fromisoformat(kept["published"]),
        modified=datetime.fromisoformat(kept["modified"]),
        written=Written(**kept["written"]),
    )


def _media(media: Media) -> dict[str, Any]:
    values = asdict(replace(media, content=b""))
    return values | {
        "content": base64.b64encode(media.content).decode(),
        "uploaded": media.uploaded.isoformat(),
    }


def _read_media(kept: Mapping[str, Any]) -> Media:
    values = {**kept, "content": base64.b64decode(kept["content"])}
    return Media(**{**values, "uploaded": datetime.fromisoformat(kept["uploaded"])})
