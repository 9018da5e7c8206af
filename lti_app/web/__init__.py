"""Everything that speaks HTTP; thin: read the request, call one service, answer."""
