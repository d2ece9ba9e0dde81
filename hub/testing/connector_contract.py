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

from typing import ClassVar

import pytest

from hub.testing.connector_harness import ConnectorHarness, Item

__all__ = ["ConnectorContract", "ConnectorHarness", "Item"]


class ConnectorContract:
    """Subclass it in a test module with a fixture ``harness``."""

    #: Test name to the grade that it counts for: ``bronze``, ``silver``, ``gold`` or ``platinum``.
    CHECKS: ClassVar[dict[str, str]] = {}

    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        raise AssertionError("say in a subclass what the connector talks to")
