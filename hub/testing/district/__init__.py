"""A sample district for ``kimhub demo`` and for tests: real HTTP sites of twelve to twenty villages."""

from hub.testing.district.district import District, Published
from hub.testing.district.site import VillageSite
from hub.testing.district.villages import VILLAGES, Village

__all__ = ["VILLAGES", "District", "Published", "Village", "VillageSite"]
