"""``python -m hub`` is ``kimhub``."""

from hub.cli import main

if __name__ == "__main__":
    main(prog_name="kimhub")
