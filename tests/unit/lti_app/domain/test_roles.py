"""What an LMS's role gives: the vocabulary as a table, then how roles mix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.domain.roles import Roles, roles_from_uris
from tests.proofs import rule

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
TEACHER = Roles(can_author=True, can_review=True)
ASSISTANT = Roles(can_review=True)
AUTHOR = Roles(can_author=True)
LEARNER = Roles(is_learner=True)
MENTOR = Roles(is_mentor=True)
ADMINISTRATOR = Roles(is_platform_admin=True)
NOTHING = Roles()

#: Every role of LTI's vocabulary by what it gives: prefix, names.
VOCABULARY: list[tuple[Roles, str, str]] = [
    (TEACHER, "membership#", "Instructor"),
    (
        TEACHER,
        "membership/Instructor#",
        "ExternalInstructor GuestInstructor Lecturer PrimaryInstructor SecondaryInstructor",
    ),
    (
        ASSISTANT,
        "membership/Instructor#",
        "Grader TeachingAssistant TeachingAssistantGroup TeachingAssistantOffering"
        " TeachingAssistantSection TeachingAssistantSectionAssociation TeachingAssistantTemplate",
    ),
    (AUTHOR, "membership#", "Administrator ContentDeveloper"),
    (
        AUTHOR,
        "membership/Administrator#",
        "Administrator Developer ExternalDeveloper ExternalSupport ExternalSystemAdministrator"
        " Support SystemAdministrator",
    ),
    (
        AUTHOR,
        "membership/ContentDeveloper#",
        "ContentDeveloper ContentExpert ExternalContentExpert Librarian",
    ),
    (LEARNER, "membership#", "Learner"),
    (
        LEARNER,
        "membership/Learner#",
        "ExternalLearner GuestLearner Instructor Learner NonCreditLearner",
    ),
    (MENTOR, "membership#", "Mentor"),
    (
        MENTOR,
        "membership/Mentor#",
        "Advisor Auditor ExternalAdvisor ExternalAuditor ExternalLearningFacilitator"
        " ExternalMentor ExternalReviewer ExternalTutor LearningFacilitator Mentor Reviewer Tutor",
    ),
    (NOTHING, "membership#", "Manager Member Officer"),
    (
        NOTHING,
        "membership/Manager#",
        "AreaManager CourseCoordinator ExternalObserver Manager Observer",
    ),
    (NOTHING, "membership/Member#", "Member"),
    (
        NOTHING,
        "membership/Officer#",
        "Chair Communications Secretary Treasurer Vice-Chair",
    ),
    (ADMINISTRATOR, "institution/person#", "Administrator"),
    (
        NOTHING,
        "institution/person#",
        "Alumni Faculty Guest Instructor Learner Member Mentor None Observer Other"
        " ProspectiveStudent Staff Student",
    ),
    (ADMINISTRATOR, "system/person#", "AccountAdmin Administrator SysAdmin"),
    (NOTHING, "system/person#", "Creator None SysSupport User"),
    # Deprecated, without system or institution: never any power in a course.
    (
        NOTHING,
        "person#",
        "Alumni Creator Faculty Guest Instructor Learner Mentor None Observer Staff Student",
    ),
]
ROLES = [
    (LIS + prefix + name, gives) for gives, prefix, names in VOCABULARY for name in names.split()
]


@rule("R-1.25", "R-1.30")
@pytest.mark.parametrize(("uri", "gives"), ROLES, ids=lambda value: str(value).removeprefix(LIS))
def test_a_role_of_the_vocabulary_gives_what_the_table_says(uri: str, gives: Roles) -> None:
    assert roles_from_uris([uri]) == gives


BARE = {
    "Instructor": TEACHER,
    "Learner": LEARNER,
    "Mentor": MENTOR,
    "ContentDeveloper": AUTHOR,
    "Administrator": AUTHOR,
    "TeachingAssistant": ASSISTANT,
    "Member": NOTHING,
    "Manager": NOTHING,
}


@rule("R-1.25")
@pytest.mark.parametrize("name", BARE)
def test_a_bare_name_means_the_role_in_the_course(name: str) -> None:
    assert roles_from_uris([name]) == BARE[name]


NOT_RECOGNISED = [
    "",
    " ",
    "instructor",
    "Instructor ",
    "INSTRUCTOR",
    f"{LIS}uknownrole/unknown#Unknown",
    f"{LIS}unknown/unknown#Helper",
    f"{LIS}membership#instructor",
    f"{LIS}membership#Instructor#",
    f"{LIS}membership#Instructor/x",
    f"{LIS}membership/Instructor",
    f"{LIS}membership/Instructor#Unknown",
    f"{LIS}membership/Mentor#Instructor",
    "https://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
    "http://evil.example/?http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
    f"{LIS}membership#Instructor\0",
    f"{LIS}membership#\ud800",
    "urn:lti:role:ims/lis/Instructor",
    "TestUser",
]


@rule("R-1.25")
@pytest.mark.parametrize("uri", NOT_RECOGNISED, ids=ascii)
def test_what_is_not_on_the_list_gives_nothing(uri: str) -> None:
    assert roles_from_uris([uri]) == NOTHING


@given(st.lists(st.text()))
def test_no_text_that_is_not_on_the_list_gives_anything(uris: list[str]) -> None:
    known = {*BARE, *(uri for uri, _ in ROLES), TEST_USER}
    assert roles_from_uris([uri for uri in uris if uri not in known]) == NOTHING


INSTITUTION_TEACHER = f"{LIS}institution/person#Instructor"
CONTEXT_TEACHER, CONTEXT_LEARNER = f"{LIS}membership#Instructor", f"{LIS}membership#Learner"
GRADER = f"{LIS}membership/Instructor#Grader"
TEACHING_ASSISTANT = f"{LIS}membership/Instructor#TeachingAssistant"
SITE_ADMINISTRATOR = f"{LIS}system/person#Administrator"
BOTH = Roles(can_author=True, can_review=True, is_learner=True)
MIXED: dict[str, tuple[list[str], Roles]] = {
    "none at all": ([], NOTHING),
    "teacher of the institution, learner here": (
        [INSTITUTION_TEACHER, CONTEXT_LEARNER],
        LEARNER,
    ),
    "student of the institution, teacher here": (
        [f"{LIS}institution/person#Student", CONTEXT_TEACHER],
        TEACHER,
    ),
    "administrator of the site, learner here": (
        [SITE_ADMINISTRATOR, CONTEXT_LEARNER],
        Roles(is_learner=True, is_platform_admin=True),
    ),
    "Moodle's administrator": (
        [CONTEXT_TEACHER, f"{LIS}institution/person#Administrator", SITE_ADMINISTRATOR],
        Roles(can_author=True, can_review=True, is_platform_admin=True),
    ),
    "teacher and learner": ([CONTEXT_TEACHER, CONTEXT_LEARNER], BOTH),
    "learner and mentor": (
        [CONTEXT_LEARNER, f"{LIS}membership#Mentor"],
        Roles(is_learner=True, is_mentor=True),
    ),
    "Canvas's assistant": ([CONTEXT_TEACHER, TEACHING_ASSISTANT], ASSISTANT),
    "Canvas's assistant, short": (["Instructor", "TeachingAssistant"], ASSISTANT),
    "grader with parent": ([CONTEXT_TEACHER, GRADER], ASSISTANT),
    "assistant who is a lecturer too": (
        [CONTEXT_TEACHER, TEACHING_ASSISTANT, f"{LIS}membership/Instructor#Lecturer"],
        TEACHER,
    ),
    "assistant who designs": (
        [CONTEXT_TEACHER, TEACHING_ASSISTANT, f"{LIS}membership#ContentDeveloper"],
        TEACHER,
    ),
    "malformed assistant, as seen": ([f"{LIS}membership#TeachingAssistant"], ASSISTANT),
    "malformed assistant with parent": (
        [CONTEXT_TEACHER, f"{LIS}membership#TeachingAssistant"],
        ASSISTANT,
    ),
    "a learner's sub-role called Instructor": (
        [CONTEXT_LEARNER, f"{LIS}membership/Learner#Instructor"],
        LEARNER,
    ),
    "student view": (
        [CONTEXT_LEARNER, TEST_USER],
        Roles(is_learner=True, is_preview=True),
    ),
    "repeated": ([CONTEXT_LEARNER, CONTEXT_LEARNER, ""], LEARNER),
}


@rule("R-1.27")
@pytest.mark.parametrize("name", MIXED)
def test_roles_mix_without_giving_more_than_the_course_did(name: str) -> None:
    uris, gives = MIXED[name]
    assert roles_from_uris(uris) == gives
    assert roles_from_uris(reversed(uris)) == gives


@given(st.builds(Roles, *[st.booleans()] * 6))
def test_roles_survive_being_stored_by_name(roles: Roles) -> None:
    assert Roles.from_names(roles.names()) == roles


def test_a_stored_name_that_no_longer_exists_gives_nothing() -> None:
    assert Roles.from_names(["is_learner", "is_emperor"]) == LEARNER
