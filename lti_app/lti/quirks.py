"""In what the products differ, as one table; everything else is the specification.

Sources: `docs/lti-rules.md`. What is said of Moodle was seen on a running Moodle 4.5; what is said
of Canvas comes from its published source (`app/controllers/lti/ims/scores_controller.rb`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lti_app.domain.launch import Family


@dataclass(frozen=True)
class Quirks:
    """What one product does in its own way.

    Attributes:
        locked_answer: body of the 500 that means "this grade is locked"; no retry changes it.
        not_gradable_answer: body of the 400 that means "this person is not graded here".
        stale_text: is part of the 400 that means "older than what I have".
        zero_looks_empty: a result of zero comes without its score.
        lists_written_only: only cells that somebody wrote into are among the results.
        submission_extension: name of the member of a score that says what becomes of the
            learner's hand-in and of a grade that is there already; None where there is none.
        posted_maximum: scores are posted out of so much.
        first_post_yields: a first post can be told to keep whatever a person typed before, so
            the cell need not be read before it; and it must be read after it, to know.
        refuses_older: a post that says it is from before what the cell holds is refused, whoever
            wrote that, and in the second of it as well; so a look may be some time ago.
        posts_blind: without the right to read, a cell may be posted to more than once.
        roster_limit: so many people are asked for on a page of the roster; None: as many as come.
        frame_ancestors: origins, beside the registered ones, whose pages show the tool in a frame.
        known_hosts: hosts of the vendor, that may serve what is registered under another host of
            the vendor's; `*.` stands for one or more names in front.
        shared_issuers: issuers of many customers at once, each with a host of its own.
        registration_readable: what is registered already can be read with the token of an update.
        audience_is_token_url: whatever the LMS says, an assertion is for the token address.
        platform_name: what the product calls itself in the configuration of a tool, or None.
        extension: what stands before the names of the product's own settings, or None.
    """

    locked_answer: bytes | None = None
    not_gradable_answer: bytes | None = None
    stale_text: str | None = None
    zero_looks_empty: bool = False
    lists_written_only: bool = False
    submission_extension: str | None = None
    posted_maximum: int = 100
    first_post_yields: bool = False
    refuses_older: bool = False
    posts_blind: bool = True
    roster_limit: int | None = None
    frame_ancestors: tuple[str, ...] = ()
    known_hosts: tuple[str, ...] = ()
    shared_issuers: tuple[str, ...] = ()
    registration_readable: bool = False
    audience_is_token_url: bool = False
    platform_name: str | None = None
    extension: str | None = None


QUIRKS: Final[Mapping[Family, Quirks]] = {
    Family.MOODLE: Quirks(
        # A locked grade, or a locked column, is an error 500 with an empty list.
        locked_answer=b"[]",
        # Teachers, administrators and people who are not enrolled. The words for it stand in the
        # status line ("Incorrect score received..."), which HTTP/2 and many proxies drop; nothing
        # else that is wrong with a score gets this answer, since ours are well-formed.
        not_gradable_answer=b"[]",
        zero_looks_empty=True,
        lists_written_only=True,
        refuses_older=True,
        registration_readable=True,
        # Without a limit all people come at once.
        roster_limit=200,
    ),
    Family.CANVAS: Quirks(
        # Canvas says 400 where the specification has 409.
        stale_text="before last updated timestamp",
        # Every post makes another attempt of the learner's unless it says otherwise, and overwrites
        # a person's grade, of whatever date, unless it says otherwise.
        submission_extension="https://canvas.instructure.com/lti/submission",
        first_post_yields=True,
        posts_blind=False,
        # A result that a person never touched shows what was posted; one whose grade a person
        # gave is rescaled from the column's maximum to ours. So a grade that Canvas kept instead
        # of our first one shows, as long as the two maxima differ. No column has this one, and a
        # power of two costs no digit when Canvas divides by it.
        posted_maximum=12_800,
        # More are asked for in vain.
        roster_limit=50,
        # Hosted Canvas: every school has a host of its own, and all share one issuer.
        frame_ancestors=("https://*.instructure.com",),
        known_hosts=(
            "*.instructure.com",
            "sso.canvaslms.com",
            "sso.beta.canvaslms.com",
            "sso.test.canvaslms.com",
        ),
        shared_issuers=(
            "https://canvas.instructure.com",
            "https://canvas.beta.instructure.com",
            "https://canvas.test.instructure.com",
        ),
        # It names a bare host there; what it compares is the address.
        audience_is_token_url=True,
        platform_name="canvas.instructure.com",
        extension="https://canvas.instructure.com/lti/",
    ),
    # Nothing is assumed, except that zero may look like nothing: then we read once too often.
    Family.OTHER: Quirks(zero_looks_empty=True),
}


def frame_ancestors_of(family: str) -> tuple[str, ...]:
    """Return the origins that show the tool in frames, beside the registered ones.

    Args:
        family: a value of `Family`, as stored with a registration.
    """
    return QUIRKS[Family(family)].frame_ancestors
