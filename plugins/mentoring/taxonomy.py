"""The words that are chosen from, but for those that an organisation rewords for itself.

The codes are stored and never change their meaning; the labels may be reworded and translated.
"""

from collections.abc import Iterable, Mapping

from lti_app.api import Channel, LanguageLevel, Side, Style, lazy_gettext

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

#: How much a mentee wants a skill.
PRIORITIES: Labels = {
    "3": lazy_gettext("Very important to me"),
    "2": lazy_gettext("Important"),
    "1": lazy_gettext("Good to have"),
}

#: How strong a mentee is in a skill.
OWN_LEVELS: Labels = {
    "0": lazy_gettext("New to me"),
    "1": lazy_gettext("First tries"),
    "2": lazy_gettext("With help"),
    "3": lazy_gettext("On my own, mostly"),
    "4": lazy_gettext("On my own, well"),
    "5": lazy_gettext("I show others"),
}

#: How strong a mentor is in a skill.
OFFERED_LEVELS: Labels = {
    "1": lazy_gettext("I know the beginnings"),
    "2": lazy_gettext("I do it now and then"),
    "3": lazy_gettext("I do it well"),
    "4": lazy_gettext("I have long experience"),
    "5": lazy_gettext("Others learn it from me"),
}

#: How far somebody is in their work.
BANDS: Labels = {
    "0": lazy_gettext("In training or studying"),
    "1": lazy_gettext("First years of work"),
    "2": lazy_gettext("Experienced, without leading others"),
    "3": lazy_gettext("Leading a team or a project"),
    "4": lazy_gettext("Leading several teams, or a department"),
    "5": lazy_gettext("Leading a division or a site"),
    "6": lazy_gettext("Leading the organisation"),
}

#: Question, and what the two ends of its scale from 1 to 5 are called.
STYLES: Mapping[Style, tuple[object, object, object]] = {
    Style.BLUNT: (
        lazy_gettext("How things are said"),
        lazy_gettext("gentle"),
        lazy_gettext("blunt"),
    ),
    Style.AGENDA: (
        lazy_gettext("How a meeting goes"),
        lazy_gettext("free-flowing"),
        lazy_gettext("by an agenda"),
    ),
    Style.FAST: (
        lazy_gettext("The pace"),
        lazy_gettext("reflective"),
        lazy_gettext("fast"),
    ),
    Style.TASK: (
        lazy_gettext("What comes first"),
        lazy_gettext("the relationship"),
        lazy_gettext("the task"),
    ),
}
LONGEST_SCALE = 5

CHANNELS: Labels = {
    Channel.IN_PERSON: lazy_gettext("In person"),
    Channel.VIDEO: lazy_gettext("Video call"),
    Channel.PHONE: lazy_gettext("Phone"),
    Channel.CHAT: lazy_gettext("Chat or e-mail"),
}

#: Weeks from one meeting to the next.
CADENCES: Labels = {
    "1": lazy_gettext("Every week"),
    "2": lazy_gettext("Every two weeks"),
    "3": lazy_gettext("Every three weeks"),
    "4": lazy_gettext("Every four weeks"),
}

LANGUAGE_LEVELS: Labels = {
    LanguageLevel.C2: lazy_gettext("C2: like a first language"),
    LanguageLevel.C1: lazy_gettext("C1: fluently, at work too"),
    LanguageLevel.B2: lazy_gettext("B2: well enough to talk about work"),
    LanguageLevel.B1: lazy_gettext("B1: everyday talk"),
    LanguageLevel.A2: lazy_gettext("A2: simple sentences"),
    LanguageLevel.A1: lazy_gettext("A1: first words"),
}

#: Monday to Sunday.
DAYS = (
    lazy_gettext("Monday"),
    lazy_gettext("Tuesday"),
    lazy_gettext("Wednesday"),
    lazy_gettext("Thursday"),
    lazy_gettext("Friday"),
    lazy_gettext("Saturday"),
    lazy_gettext("Sunday"),
)
#: The same where there is little room.
SHORT_DAYS = (
    lazy_gettext("Mon"),
    lazy_gettext("Tue"),
    lazy_gettext("Wed"),
    lazy_gettext("Thu"),
    lazy_gettext("Fri"),
    lazy_gettext("Sat"),
    lazy_gettext("Sun"),
)
#: Days that hours can be added on at once: code → words; `DAY_SETS` says which days they are.
DAY_CHOICES: Labels = {
    "weekdays": lazy_gettext("Monday to Friday"),
    "weekend": lazy_gettext("Saturday and Sunday"),
    **{str(number): day for number, day in enumerate(DAYS)},
}
DAY_SETS: Mapping[str, tuple[int, ...]] = {
    "weekdays": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
    **{str(number): (number,) for number in range(7)},
}

#: To which groups people may count themselves; never read by pairing.
GROUPS: Labels = {
    "woman": lazy_gettext("I am a woman"),
    "man": lazy_gettext("I am a man"),
    "other_gender": lazy_gettext("I am of another gender"),
    "ethnic_minority": lazy_gettext("I am of an ethnic or national minority here"),
    "disability": lazy_gettext("I live with a disability or a long illness"),
    "lgbt": lazy_gettext("I am lesbian, gay, bisexual or transgender"),
    "carer": lazy_gettext("I care for children or relatives"),
    "first_generation": lazy_gettext("I am the first of my family in work like mine"),
    "part_time": lazy_gettext("I work part-time"),
}


def known(codes: Iterable[str], labels: Labels) -> list[str]:
    """Return those of `codes` that exist, each once, in the order of the list."""
    chosen = set(codes)
    return [code for code in labels if code in chosen]


def words(labels: Labels, codes: Iterable[str] | None = None) -> dict[str, str]:
    """Return words by code in the reader's language: of some codes, or of all."""
    return {code: str(labels[code]) for code in known(labels if codes is None else codes, labels)}


def with_blank(words_by_code: Mapping[str, str], blank: object) -> dict[str, str]:
    """Return choices that begin with having chosen nothing."""
    return {"": str(blank), **words_by_code}
