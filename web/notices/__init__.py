"""Announcements in the shapes that leave the portal: paper, QR, feeds, CAP, attachments."""
