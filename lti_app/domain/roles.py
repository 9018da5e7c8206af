"""LTI role URIs become six flags, all that an LMS role gives (lti-rules.md R-1.25 to R-1.32).

Whole strings are compared with an exact list, never prefixes or endings:
`membership/Learner#Instructor` is a learner, `institution/person#Instructor` has no power in a
course, and what is not on the list gives nothing.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

_VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"
_TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

_TEACHING = frozenset(
    "ExternalInstructor GuestInstructor Lecturer PrimaryInstructor SecondaryInstructor "
    "TeachingAssistantGroup TeachingAssistantOffering TeachingAssistantSection "
    "TeachingAssistantSectionAssociation TeachingAssistantTemplate".split()
)
#: Sub-roles of Instructor that review and mark, and do not author.
_ASSISTING = frozenset(
    {"TeachingAssistant", "Grader"} | {n for n in _TEACHING if n.startswith("TeachingAssistant")}
)
_LEARNING = ("ExternalLearner", "GuestLearner", "Instructor", "Learner", "NonCreditLearner")
_MENTORING = (
    "Advisor Auditor ExternalAdvisor ExternalAuditor ExternalLearningFacilitator ExternalMentor "
    "ExternalReviewer ExternalTutor LearningFacilitator Mentor Reviewer Tutor"
).split()
_DEVELOPING = ("ContentDeveloper", "ContentExpert", "ExternalContentExpert", "Librarian")
_ADMINISTERING = (
    "Administrator Developer ExternalDeveloper ExternalSupport ExternalSystemAdministrator "
    "Support SystemAdministrator"
).split()


@dataclass(frozen=True)
class Roles:
    """What a person's roles in the LMS allow in the course that they launched from.

    Attributes:
        can_author: may place activities and change their options.
        can_review: may see progress and mark.
        is_learner: takes part and is graded.
        is_mentor: a hint without power; Canvas sends parents and observers as Mentor.
        is_preview: an instructor's "student view"; never graded, matched or mailed.
        is_platform_admin: for display; no power in the course.
    """

    can_author: bool = False
    can_review: bool = False
    is_learner: bool = False
    is_mentor: bool = False
    is_preview: bool = False
    is_platform_admin: bool = False

    def names(self) -> list[str]:
        """Return the names of the flags that are set, for storing."""
        return [name for name, is_set in asdict(self).items() if is_set]

    @classmethod
    def from_names(cls, names: Iterable[str]) -> "Roles":
        """Rebuild the flags from `names`; unknown names are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: True for name in names if name in known})


def _spellings(core: str) -> tuple[str, str]:
    """Return the full and the bare spelling of a context role; both must be understood."""
    return f"{_VOCABULARY}membership#{core}", core


def _membership(parent: str, names: Iterable[str]) -> frozenset[str]:
    return frozenset(f"{_VOCABULARY}membership/{parent}#{name}" for name in names)


_INSTRUCTOR = frozenset(_spellings("Instructor"))
_INSTRUCTOR_SUB = _membership("Instructor", _TEACHING - _ASSISTING)
# `membership#TeachingAssistant` is malformed, and is sent in the field.
_ASSISTANT_SUB = _membership("Instructor", _ASSISTING) | {
    f"{_VOCABULARY}membership#TeachingAssistant",
    f"{_VOCABULARY}membership#Grader",
    "TeachingAssistant",
}
_LEARNER = frozenset(_spellings("Learner")) | _membership("Learner", _LEARNING)
_MENTOR = frozenset(_spellings("Mentor")) | _membership("Mentor", _MENTORING)
_DEVELOPER = frozenset(_spellings("ContentDeveloper")) | _membership(
    "ContentDeveloper", _DEVELOPING
)
_COURSE_ADMIN = frozenset(_spellings("Administrator")) | _membership(
    "Administrator", _ADMINISTERING
)
_PLATFORM_ADMIN = frozenset(
    f"{_VOCABULARY}{kind}#{name}"
    for kind, names in {
        "system/person": ("Administrator", "AccountAdmin", "SysAdmin"),
        "institution/person": ("Administrator",),
        "person": ("Administrator", "SysAdmin"),
    }.items()
    for name in names
)


def roles_from_uris(uris: Iterable[str]) -> Roles:
    """Map the `roles` claim to flags.

    A bare Instructor beside a TA or Grader sub-role, and no other Instructor sub-role, is that
    sub-role's parent and gives no more: Canvas sends both for every assistant.

    Args:
        uris: the strings of the claim; empty and unknown ones are ignored.
    """
    given = frozenset(uris)
    is_assistant = bool(given & _ASSISTANT_SUB)
    teaches = bool(given & _INSTRUCTOR_SUB) or (bool(given & _INSTRUCTOR) and not is_assistant)
    can_author = teaches or bool(given & (_DEVELOPER | _COURSE_ADMIN))
    return Roles(
        can_author=can_author,
        can_review=teaches or is_assistant,
        is_learner=bool(given & _LEARNER),
        is_mentor=bool(given & _MENTOR),
        is_preview=_TEST_USER in given,
        is_platform_admin=bool(given & _PLATFORM_ADMIN),
    )
