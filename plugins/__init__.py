"""Our own activities; each is announced by an entry point, as anybody else's would be."""
