"""Pictures for the documents: made where they belong by `make screenshots`, else thrown away."""

import os
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page

_IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
#: Bytes: less is an empty page, and more is too much for a repository.
_SIZES: Final = range(20_000, 150_000)


def take_picture(shown: Page | Locator, name: str, scratch: Path) -> None:
    """Keep what a browser shows as `docs/images/<name>.png`; otherwise below a scratch folder.

    Args:
        shown: all of the window, or a part of a page.
        name: of the picture.
        scratch: a folder that is thrown away.
    """
    folder = _IMAGES if os.environ.get("KEEP_PICTURES") else scratch
    target = folder / f"{name}.png"
    shown.screenshot(path=target)
    assert target.stat().st_size in _SIZES
