"""The portal: pages, feeds and the reading side of the API over one open hub."""
