"""What was measured, kept for the portal's page about accessibility."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.conftest import ROOT

FILE = ROOT / "web" / "static" / "accessibility.json"


@dataclass(slots=True)
class Evidence:
    """Filled test by test; written when nothing is missing."""

    axe: dict[str, Any] = field(default_factory=dict)
    lighthouse: dict[str, Any] = field(default_factory=dict)
    slow_line: dict[str, Any] = field(default_factory=dict)

    def write(self) -> bool:
        """Whether all was measured, so that the file was written."""
        found = {"axe": self.axe, "lighthouse": self.lighthouse, "slow_line": self.slow_line}
        if not all(found.values()):
            return False
        day = {"checked_on": datetime.now(UTC).date().isoformat()}
        FILE.write_text(json.dumps(day | found, indent=2) + "\n", "utf-8")
        return True
