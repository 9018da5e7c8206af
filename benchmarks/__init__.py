"""How fast grades leave the tool, beside how fast they could; `make bench`."""
