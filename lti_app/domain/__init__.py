"""Pure rules: no web, no SQL, no LTI library, no clock, no network."""
