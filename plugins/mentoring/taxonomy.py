"""The words that are chosen from: sides, skills, goal areas of a sign-up; options of an activity.

The codes are stored and never change their meaning; the labels may be reworded and translated.
"""

from collections.abc import Iterable, Mapping

from lti_app.api import Side, lazy_gettext

#: Code → words; the words are translated when a page shows them.
Labels = Mapping[str, object]


SIDES: Labels = {
    Side.MENTEE: lazy_gettext("Mentee: I would like to learn from somebody else's experience"),
    Side.MENTOR: lazy_gettext("Mentor: I would like to share my experience"),
}

#: Option `sides` of an activity; the first one holds where nothing is said.
WHO_SIGNS_UP: Labels = {
    "both": lazy_gettext("Mentees and mentors: each person chooses one part"),
    "mentee": lazy_gettext("Mentees only"),
    "mentor": lazy_gettext("Mentors only"),
}

SKILLS: Labels = {
    "listening": lazy_gettext("Listening well"),
    "questioning": lazy_gettext("Asking good questions"),
    "feedback": lazy_gettext("Giving feedback"),
    "difficult_conversations": lazy_gettext("Holding difficult conversations"),
    "conflict": lazy_gettext("Settling conflicts"),
    "delegating": lazy_gettext("Delegating"),
    "developing_others": lazy_gettext("Developing other people"),
    "deciding": lazy_gettext("Making decisions"),
    "prioritising": lazy_gettext("Setting priorities"),
    "strategy": lazy_gettext("Thinking strategically"),
    "influencing": lazy_gettext("Winning people over"),
    "presenting": lazy_gettext("Speaking in public"),
    "change": lazy_gettext("Leading through change"),
    "inclusion": lazy_gettext("Leading inclusively"),
}

GOAL_AREAS: Labels = {
    "first_lead": lazy_gettext("A first leadership role"),
    "team": lazy_gettext("Building a strong team"),
    "career": lazy_gettext("Planning a career"),
    "organisation": lazy_gettext("Finding the way in the organisation"),
    "network": lazy_gettext("Growing a network"),
    "presence": lazy_gettext("Being seen and heard"),
    "plan": lazy_gettext("Turning strategy into a plan"),
    "balance": lazy_gettext("Keeping work and life in balance"),
}


def known(codes: Iterable[str], labels: Labels) -> list[str]:
    """Return those of `codes` that exist, each once, in the order of the list."""
    chosen = set(codes)
    return [code for code in labels if code in chosen]


def words(labels: Labels, codes: Iterable[str] | None = None) -> dict[str, str]:
    """Return words by code in the reader's language: of some codes, or of all."""
    return {code: str(labels[code]) for code in known(labels if codes is None else codes, labels)}
