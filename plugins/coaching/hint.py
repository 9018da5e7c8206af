"""A private hint whether a question opens or closes, for whoever asked it and nobody else.

It looks at the form of an English sentence, and form is not wisdom: people do not agree on such
labels either, and the share of open questions does not tell a good conversation from a poor one.
So the hint is shown beside what the coach calls the question, the coach's word stands, and nothing
that is graded or released reads this module. How often it is right is measured on questions that
were labelled before the rule was written (tests/unit/plugins/coaching/README.md).
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final


class Hint(StrEnum):
    """What a question seems to do."""

    OPEN = "open"
    CLOSED = "closed"
    #: It carries its answer, or a judgement.
    LEADING = "leading"
    #: A suggestion in the form of a question.
    ADVICE = "advice"


LANGUAGE: Final = "en"
#: Of the words of a sentence so many have to be common English ones.
_ENOUGH_ENGLISH: Final = 0.4

#: The words that questions are made of, whatever they are about.
_ENGLISH: Final = frozenset(
    """
    a about after all am an and any anything are as ask at be because been before best better but by
    call can can't could couldn't did didn't do does doesn't don't else feel find first for from get
    go going had happen happened has have haven't he help her here him his how i if in is isn't it
    its just know like long make makes many may maybe me might more most much my need next no not of
    on one or other others our out over part people perhaps plan please really say see shall she
    should shouldn't so some something support take tell than that the their them then there these
    they thing things think this those three through time to today tried try two up us very want was
    wasn't way we week were what when where which who whom whose why will with without won't would
    wouldn't yes you your yourself
    """.split()
)

#: Words that give away a language which shares "was", "will" or "in" with English.
_FOREIGN: Final = frozenset(
    """
    als auf das der du ein eine er es est et euch haben hast hat ich ihr ist la las le les los mich
    mit nicht och para por que qui sie sind und une van vous wie wir zu
    """.split()
)

_ASKING: Final = r"(?:what|how|why|which|who|whom|whose|where|when)"
_BE: Final = r"(?:is|are|was|were|am)"
_AUXILIARY: Final = (
    rf"(?:{_BE}|do|does|did|have|has|had|will|would|can|could|should|shall|may|might|must)"
)
_NEGATED: Final = r"(?:do|does|did|is|are|was|were|have|has|wo|would|ca|could|should)n't"
_PERSON: Final = r"(?:you|we|he|she|it|they|that)"
#: Doing something that the coach has thought of.
_DOING: Final = (
    r"(?:(?:just|simply|perhaps|maybe|also|first|not|try to)\s+)*"
    r"(?:add|ask|bring|call|cancel|change|delegate|give|hand|hire|invite|leave|let|move|offer|plan|"
    r"postpone|put|rehearse|say|send|set|speak|start|stop|suggest|take|talk|try|use|wait|write)\b"
)
_TELLING: Final = (
    r"(?:please\s+)?(?:tell|describe|explain|share|show|walk me|talk me|take me"
    r"|say (?:a little )?more|give me (?:an?|some) (?:example|idea|picture)"
    r"|help me (?:understand|see))"
)

#: In this order: the first that fits decides.
_RULES: Final[Sequence[tuple[Hint, re.Pattern[str]]]] = [
    (hint, re.compile(pattern))
    for hint, pattern in (
        # A suggestion.
        (Hint.ADVICE, r"^why (?:do not|don't) (?:you|we)\b|^why not\b"),
        (Hint.ADVICE, r"^(?:how|what) about (?:you )?\w+ing\b|^what if you\b"),
        (
            Hint.ADVICE,
            r"^(?:have|did|haven't|didn't) you (?:ever |already )?(?:thought (?:about|of)"
            r"|think (?:about|of)|considered?|tried? (?:to )?\w+ing)\b",
        ),
        (
            Hint.ADVICE,
            r"^(?:would|might|could)(?:n't)? (?:it|that) (?:not )?"
            r"(?:help|work|be (?:better|good|best|wise|worth|an idea|easier))\b",
        ),
        (Hint.ADVICE, r"^should(?:n't)? you\b|\byou should\b|\bif i were you\b|^could you not\b"),
        (Hint.ADVICE, r"^would(?:n't)? you (?:not )?(?:feel|be|do) better\b|^don't you want to\b"),
        (Hint.ADVICE, rf"^(?:can|could|can't|couldn't) you {_DOING}"),
        (Hint.ADVICE, r"^would you (?:be (?:willing|ready|open) to|consider)\b"),
        (Hint.ADVICE, r"^do you think (?:that )?you (?:might|could|should|would)\b"),
        (Hint.ADVICE, r"^is there any reason (?:why |that )?you (?:could|can|should)"),
        (Hint.ADVICE, r"^you (?:could|might|can)\b.*,\s*couldn't you$"),
        # The answer, or a judgement, is in it.
        (Hint.LEADING, rf",\s*(?:{_NEGATED}|{_AUXILIARY}) {_PERSON}$"),
        (
            Hint.LEADING,
            r"^(?:don't|didn't|wouldn't|won't|can't) you (?:think|agree|say|see|feel)\b",
        ),
        (Hint.LEADING, r"^isn't (?:it|that|this|the)\b|^wasn't (?:it|that)\b|^aren't you\b"),
        (Hint.LEADING, r"^surely\b|\bobvious(?:ly)?\b|\beverybody else\b|^so you admit\b"),
        (Hint.LEADING, r"^why (?:did you not|didn't you|have you not|haven't you)\b|can't you$"),
        (Hint.LEADING, r"^how could (?:you|that)\b.*\b(?:let|do that|say that|forget|happen)\b"),
        (Hint.LEADING, r"^(?:do|did) you (?:really|honestly|seriously)\b|^you would agree\b"),
        (
            Hint.LEADING,
            r"^(?:is|would) it (?:not )?(?:be )?fair to say\b|^what (?:is|was|'s) wrong with\b",
        ),
        (Hint.LEADING, r"^is (?:the|your) (?:problem|issue) (?:perhaps |maybe |not )*that\b"),
        # An invitation to tell.
        (Hint.OPEN, rf"^(?:(?:can|could|would|will) you )?{_TELLING}\b"),
        (Hint.OPEN, r"^(?:i wonder|i am curious|i'm curious|imagine|suppose)\b"),
        (Hint.OPEN, rf"^(?:do you know|can you say|could you say|do you have an idea) {_ASKING}\b"),
        (Hint.OPEN, r"\band (?:what|how|why|from whom|in what)\b"),
        # One fact.
        (Hint.CLOSED, r"\b(?:from|of|between) (?:0|1|zero|one) (?:to|and) (?:5|10|five|ten)\b"),
        (Hint.CLOSED, r"^what (?:time|day|date|year|month|grade|number|percentage|share)\b"),
        (
            Hint.CLOSED,
            r"^what (?:is|was|'s) (?:his|her|its|their|your|the)"
            r" (?:name|age|date|deadline|job|title)\b",
        ),
        (Hint.CLOSED, r"^how (?:many|much|long|often|old|far|soon|late|big|tall|likely|sure)\b"),
        (Hint.CLOSED, rf"^(?:by |since |until )?when (?:{_AUXILIARY})\b"),
        (Hint.CLOSED, r"^where (?:does|do|did|is|are|was|were) (?:the|it|he|she|they|this|that)\b"),
        (Hint.CLOSED, rf"^who(?:se)? (?:{_BE}|did|has|had)\b"),
        (
            Hint.CLOSED,
            r"^which (?:day|week|date|time|month|year|person|team|of the (?:two|three|four))\b",
        ),
        # A question word in front, or after what leads up to it.
        (
            Hint.OPEN,
            rf"^(?:and |but |so |or )?(?:(?:in|to|from|with|for|on|at|by|of) )?{_ASKING}\b",
        ),
        (
            Hint.OPEN,
            r"^(?:if|when|suppose|imagine|of|from|given|in|looking|thinking|with)\b.*[,:]"
            rf" {_ASKING}\b",
        ),
        (Hint.OPEN, r"^and then$|^and now$|^what else$"),
        # Yes or no.
        (Hint.CLOSED, rf"(?:^|[,:;] ){_AUXILIARY} (?:\w+)"),
        (Hint.CLOSED, rf"^{_NEGATED}\b|^anything\b|, (?:right|correct|yes|no|ok|okay)$"),
    )
]


def find_hint(question: str, language: str) -> Hint | None:
    """Return what a question seems to do; None where the rule has nothing to say.

    Args:
        question: as somebody wrote it, with or without a question mark.
        language: that they read the tool in; in another than English there is no hint, and none
            for a sentence that does not look English.
    """
    if not language.lower().startswith(LANGUAGE):
        return None
    sentence = _last_sentence(question)
    if not _looks_english(sentence):
        return None
    return next((hint for hint, pattern in _RULES if pattern.search(sentence)), None)


def _last_sentence(question: str) -> str:
    """Return the last of several sentences: that is what the other one answers."""
    plain = " ".join(question.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower().split())
    # Only from its first mark on: a run of thousands would be tried from each of them.
    parts = re.split(r"(?<![.!?])[.!?]+(?:\s|$)", plain)
    sentences = [part.strip(" \"'") for part in parts]
    return next((sentence for sentence in reversed(sentences) if sentence), "")


def _looks_english(sentence: str) -> bool:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", sentence)
    known = sum(word in _ENGLISH for word in words)
    return bool(words) and not _FOREIGN & {*words} and known / len(words) >= _ENOUGH_ENGLISH
