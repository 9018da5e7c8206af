"""Which certificates the tool trusts in its own calls, to an LMS or to a mail server."""

import ssl

import certifi


def trusting_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return the rules for TLS: this machine's certificates, and those of `ca_bundle`."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and paths.capath is None:
        # A bare container without a certificate store.
        context.load_verify_locations(cafile=certifi.where())
    if ca_bundle is not None:
        context.load_verify_locations(cafile=ca_bundle)
    return context
