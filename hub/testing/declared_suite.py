"""The contract suite for one TOML file, which ``kimhub connector test FILE.toml`` runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.spec import declared_connector
from hub.testing.connector_contract import ConnectorContract, ConnectorHarness
from hub.testing.declared_harness import DeclaredHarness
from hub.testing.package import DECLARED_VARIABLE


class TestDeclared(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        path = Path(os.environ[DECLARED_VARIABLE])
        connector = declared_connector(path)
        return DeclaredHarness(connector, path.parent / "fixtures" / "recorded" / connector.name)
