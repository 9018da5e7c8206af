"""What one process of the tool holds: settings, database, cipher, and the client for LMS calls."""

from dataclasses import dataclass

from lti_app.lti.http import HttpClient
from lti_app.settings import Settings
from lti_app.store.encryption import Cipher
from lti_app.store.session import Database
from lti_app.store.tables import load_tables


@dataclass(frozen=True)
class Runtime:
    """Made once per process, handed to whatever needs it."""

    settings: Settings
    database: Database
    cipher: Cipher
    client: HttpClient


def open_runtime(settings: Settings) -> Runtime:
    """Connect to everything that the settings name; nothing is called yet."""
    load_tables()
    return Runtime(
        settings=settings,
        database=Database(settings.database_url),
        cipher=Cipher(settings.secret_keys),
        client=HttpClient(settings),
    )
