"""The pages that people read, in Vietnamese and English: home, datasets, downloads, the explorer, errors.

`routes(site)` and `handlers(site)` are for the application to mount; `Site` is all that they need.
"""

from hub.pages.doors import handlers, routes
from hub.pages.sites import Site, WorkedQuery, read_queries

__all__ = ["Site", "WorkedQuery", "handlers", "read_queries", "routes"]
