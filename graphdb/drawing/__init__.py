"""A circuit as a layered drawing: positions, then a picture, then SVG. Pages, files and notebooks show the same one."""
