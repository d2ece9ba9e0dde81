"""Values out of JSON that anybody may have written: what is not as expected is as if it were not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: An object as it came.
Raw = Mapping[str, Any]


def text_in(raw: Raw, name: str) -> str:
    """A text, or empty."""
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def mapping_in(raw: Raw, name: str) -> Raw:
    """An object, or an empty one."""
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def mappings_in(raw: Raw, name: str) -> list[Raw]:
    """The objects of a list."""
    value = raw.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
