"""Somebody who has only a keyboard: moves with the tab key, as far as it takes."""

import re
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import FrameLocator, Locator, Page, expect

_IS_FOCUSED: Final = "element => element === document.activeElement"
#: More than any page has to move through.
_MOST_TABS: Final = 150


@dataclass(frozen=True)
class Keyboard:
    """The keys, and the tool's frame that they reach."""

    page: Page
    frame: FrameLocator

    def reach(self, wanted: Locator) -> None:
        """Press the tab key until the focus is on an element.

        Raises:
            LookupError: it never gets there.
        """
        expect(wanted).to_be_visible()
        for _ in range(_MOST_TABS):
            if wanted.evaluate(_IS_FOCUSED):
                return
            self.page.keyboard.press("Tab")
        raise LookupError(f"the tab key does not reach {wanted}")

    def press(self, wanted: Locator, *keys: str) -> None:
        """Go to an element and press keys there."""
        self.reach(wanted)
        for key in keys:
            self.page.keyboard.press(key)

    def choose(self, wanted: Locator, words: str) -> None:
        """Go to a list and type how one of its choices begins."""
        self.reach(wanted)
        self.page.keyboard.type(words)
        expect(wanted.locator("option:checked")).to_have_text(re.compile(words))

    def leave(self, by: Locator, to: str) -> None:
        """Press a link or a button that leads to another page, and wait until that is shown.

        Unlike a click, a key does not wait for what it begins: what is sought next would at first
        be sought on the page that is being left.
        """
        self.press(by, "Enter")
        expect(self.frame.get_by_role("heading", level=1)).to_have_text(to)

    def go_on(self, to: str) -> None:
        """Save a step of the sign-up, and wait for the next one."""
        self.leave(self.frame.get_by_role("button", name="Save and go on"), to)

    def sign_up_as_mentor(self) -> None:
        """Answer every step of the sign-up, and send it."""
        frame = self.frame
        self.press(frame.get_by_label("Mentee:"), "ArrowDown")
        expect(frame.get_by_label("Mentor:")).to_be_checked()
        self.go_on("Skills")
        self.press(frame.locator("input[name=skills]").first, "Space")
        self.go_on("How far you are")
        self.choose(frame.get_by_label("Where are you now?"), "Others learn it")
        self.go_on("Goals")
        self.press(frame.locator("input[name=goal_areas]").first, "Space")
        self.go_on("You and your work")
        self.choose(frame.get_by_label("Where do you stand in your work?"), "Leading a division")
        self.go_on("How you meet")
        self.choose(frame.get_by_label("How many mentees do you take"), "2")
        self.press(frame.get_by_label("Video call"), "Space")
        self.choose(frame.locator("#language_1"), "English")
        self.choose(frame.locator("#language_level_1"), "C1")
        self.go_on("When you can meet")
        self.choose(frame.get_by_label("What is your time zone?"), "Berlin")
        self._draw_hours()
        self.go_on("Private wishes")
        self.go_on("Check and send")
        self.press(frame.locator("input[name=consent]"), "Space")
        self.leave(frame.get_by_role("button", name="Sign up"), "You are signed up as a mentor")

    def _draw_hours(self) -> None:
        """Tick a Monday from 12:00 to 14:00."""
        expect(self.frame.locator("[data-week-help]")).to_be_visible()
        # From 07:00 down to 12:00, and with the shift key on to 14:00.
        first = self.frame.get_by_label("Monday 07:00 to 07:30")
        self.press(first, *["ArrowDown"] * 10, "Space", *["Shift+ArrowDown"] * 3)
