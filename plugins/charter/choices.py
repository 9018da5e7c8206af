"""What is chosen from in a charter. The codes are stored; the words may be reworded, translated."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lti_app.api import Channel, lazy_gettext
from plugins.charter.rules import Section

#: Code → words; the words are translated when a page shows them.
Labels = Mapping[Any, object]

#: What a section is called.
TITLES: Final[Mapping[Section, object]] = {
    Section.WHY: lazy_gettext("Why we do this"),
    Section.GOALS: lazy_gettext("Goals"),
    Section.MEETING: lazy_gettext("How often we meet"),
    Section.SUCCESS: lazy_gettext("What success looks like"),
    Section.PREPARATION: lazy_gettext("Preparation"),
    Section.CONTACT: lazy_gettext("Contact between meetings"),
    Section.OFFERS: lazy_gettext("What the mentor offers, and what not"),
    Section.OFF_LIMITS: lazy_gettext("Off-limits topics"),
    Section.CONFIDENTIALITY: lazy_gettext("Confidentiality"),
    Section.REVIEWS: lazy_gettext("Feedback and review dates"),
    Section.EXIT: lazy_gettext("If it does not work"),
    Section.ENDING: lazy_gettext("The end"),
}

WEEKS: Labels = {
    "1": lazy_gettext("every week"),
    "2": lazy_gettext("every two weeks"),
    "3": lazy_gettext("every three weeks"),
    "4": lazy_gettext("every four weeks"),
}

MINUTES: Labels = {
    "30": lazy_gettext("30 minutes"),
    "45": lazy_gettext("45 minutes"),
    "60": lazy_gettext("60 minutes"),
    "90": lazy_gettext("90 minutes"),
}

CHANNELS: Labels = {
    Channel.IN_PERSON: lazy_gettext("in person"),
    Channel.VIDEO: lazy_gettext("by video"),
    Channel.PHONE: lazy_gettext("by phone"),
    Channel.CHAT: lazy_gettext("by chat"),
}

BOOKS: Labels = {
    "mentee": lazy_gettext("The mentee finds the dates"),
    "mentor": lazy_gettext("The mentor finds the dates"),
    "turns": lazy_gettext("We take turns in finding the dates"),
}

AGENDA_BY: Labels = {
    "mentee": lazy_gettext("The mentee sends what to talk about"),
    "mentor": lazy_gettext("The mentor sends what to talk about"),
    "turns": lazy_gettext("We take turns in sending what to talk about"),
    "nobody": lazy_gettext("We decide at the beginning of each meeting"),
}

AGENDA_DAYS: Labels = {
    "1": lazy_gettext("the day before"),
    "2": lazy_gettext("two days before"),
    "3": lazy_gettext("three days before"),
    "7": lazy_gettext("a week before"),
}

CONTACT: Labels = {
    "mail": lazy_gettext("by e-mail"),
    "chat": lazy_gettext("by chat"),
    "phone": lazy_gettext("by phone"),
    "none": lazy_gettext("not between meetings, unless it is urgent"),
}

REPLY_DAYS: Labels = {
    "1": lazy_gettext("within a day"),
    "2": lazy_gettext("within two days"),
    "3": lazy_gettext("within three days"),
    "5": lazy_gettext("within five days"),
    "7": lazy_gettext("within a week"),
}

GIVES: Labels = {
    "experience": lazy_gettext("tells of own experience, mistakes included"),
    "questions": lazy_gettext("asks questions and listens, before giving advice"),
    "feedback": lazy_gettext("gives open feedback"),
    "contacts": lazy_gettext("introduces the mentee to other people"),
    "reading": lazy_gettext("looks at drafts, plans, applications"),
}

GIVES_NOT: Labels = {
    "boss": lazy_gettext("is not the mentee's line manager, and gives no tasks"),
    "assessment": lazy_gettext("does not assess the mentee for anybody else"),
    "reference": lazy_gettext("writes no references"),
    "decisions": lazy_gettext("does not decide in the mentee's place"),
    "therapy": lazy_gettext("is no counsellor for personal crises, and says where to find one"),
}

CONFIDENTIALITY: Labels = {
    "pair": lazy_gettext("What we talk about stays between the two of us, and so does when we do."),
    "facts": lazy_gettext(
        "What we talk about stays between the two of us. That we meet, and how often, anybody may"
        " know."
    ),
}

FEEDBACK: Labels = {
    "meeting": lazy_gettext("At the end of each meeting, two minutes each"),
    "review": lazy_gettext("When we look at this charter again"),
}

#: What holds in every charter, whatever the two choose.
FIXED: Final[Mapping[Section, object]] = {
    Section.CONFIDENTIALITY: lazy_gettext(
        "It ends where somebody is in danger, or where the law or a duty at work leaves no choice."
        " Then whoever has to speak says so to the other first, if that is possible at all."
    ),
    Section.EXIT: lazy_gettext(
        "Either of us can end this at any time, without fault and without giving a reason. We say"
        " it to each other before we click it."
    ),
    Section.ENDING: lazy_gettext(
        "We hold a closing conversation: what has changed, what we thank each other for, and"
        " whether we go on informally."
    ),
}


def words(labels: Labels, codes: Iterable[str] | None = None) -> dict[str, str]:
    """Return codes with their words in the reader's language; all of them, or those named."""
    wanted = None if codes is None else set(codes)
    return {
        str(code): str(label) for code, label in labels.items() if wanted is None or code in wanted
    }


def with_blank(known: Mapping[str, str]) -> dict[str, str]:
    """Return choices after an empty one, which is no answer."""
    return {"": str(lazy_gettext("Please choose")), **known}
