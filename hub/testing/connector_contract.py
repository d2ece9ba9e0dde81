"""What every connector must do: inherit from :class:`ConnectorContract` and give it a harness.

::

    class TestMine(ConnectorContract):
        @pytest.fixture
        def harness(self):
            return MyHarness()

What a protocol cannot do its harness declares in ``lacks``; the suite then asserts that the connector does
not claim it, rather than skipping.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

for _module in ("works", "safe", "exact", "recorded", "world"):
    pytest.register_assert_rewrite(f"hub.testing.connector_{_module}")

from hub.testing.connector_exact import Exact  # noqa: E402
from hub.testing.connector_harness import ConnectorHarness, Item  # noqa: E402
from hub.testing.connector_recorded import Recorded  # noqa: E402
from hub.testing.connector_safe import Safe  # noqa: E402
from hub.testing.connector_works import Works  # noqa: E402
from hub.testing.connector_world import World  # noqa: E402
from hub.testing.stage import Stage  # noqa: E402

__all__ = ["ConnectorContract", "ConnectorHarness", "Item"]

_GRADES = {"bronze": Works, "silver": Safe, "gold": Exact, "platinum": Recorded}


class ConnectorContract(Works, Safe, Exact, Recorded):
    """Subclass it in a test module with a fixture ``harness``."""

    #: Test name to the grade that it counts for: ``bronze``, ``silver``, ``gold`` or ``platinum``.
    CHECKS: ClassVar[dict[str, str]] = {
        name: grade for grade, checks in _GRADES.items() for name in vars(checks) if name.startswith("test_")
    }

    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        raise AssertionError("say in a subclass what the connector talks to")

    @pytest.fixture
    def world(self, harness: ConnectorHarness) -> Iterator[World]:
        """A source with five items on a stage of its own."""
        with Stage() as stage:
            yield World(harness, stage)
