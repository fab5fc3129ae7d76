"""Pages in HTML, and pictures."""
