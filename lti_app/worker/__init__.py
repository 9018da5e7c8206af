"""The same program without HTTP: carries grades to gradebooks, and cleans up."""
