"""Pages in HTML, and pictures in SVG. Their templates, styles and scripts lie in `templates/`."""
