"""Pages in HTML, and pictures of recipes. `templates/` has their templates, styles and scripts."""
