"""The ``kimid`` connector: kim.id, the villages' sites below it, and sites of the same CMS. All of it is
declared in ``kimid.toml``."""

from collections.abc import Sequence
from pathlib import Path

from hub.spec import Connector, declared_connector, hookimpl


@hookimpl
def register_connectors() -> Sequence[Connector]:
    return [declared_connector(Path(__file__).with_name("kimid.toml"))]
