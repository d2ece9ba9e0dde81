"""kimhub: harvest every village's news, keep it, and show one district portal."""
