"""A sample district for ``kimhub demo`` and for tests: real HTTP sites of twelve to twenty villages."""

from hub.testing.district.agency import Agency
from hub.testing.district.district import District, Published
from hub.testing.district.site import VillageSite
from hub.testing.district.villages import VILLAGES, Village

__all__ = ["VILLAGES", "Agency", "District", "Published", "Village", "VillageSite"]
