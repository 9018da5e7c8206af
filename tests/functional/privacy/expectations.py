"""Who opens which address, written by hand: what the guards say is compared with it.

An address of the tool without a row here fails. `lets` says who may open such a page of their own;
everybody else is refused (403). Who may, but for whom what the address names is not there, because
it is somebody else's or nobody's, is told just that (404), as is who came to another kind of
activity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.functional.privacy.everybody import (
    ADMINISTRATORS,
    AUTHORS,
    EVERYBODY,
    GUESTS,
    LEARNERS,
    PREVIEWS,
    REVIEWERS,
    TEAM,
)

STAFF: Final = (*AUTHORS, *REVIEWERS)
PARTICIPANTS: Final = (*LEARNERS, *PREVIEWS)
#: Whoever may be one of a pair: anybody but an LMS's preview.
PAIRED: Final = (*STAFF, *LEARNERS, *GUESTS)
LAUNCHED: Final = (*STAFF, *PARTICIPANTS, *GUESTS)
#: Who may run all programmes of an organisation, of the one and of the other.
WHOLE_TEAM: Final = ("dana", "eve")


@dataclass(frozen=True)
class Place:
    """One address of a rule, and for whom of those that the guard lets in there is something.

    Attributes:
        ids: parameter of the rule → name in `Everybody.ids`, or the word itself.
        opens: None is everybody whom the guard lets in.
        query: what stands behind the address.
    """

    ids: Mapping[str, str]
    opens: Sequence[str] | None = None
    query: str = ""


@dataclass(frozen=True)
class Row:
    """Whom a rule lets in, and what there is behind it.

    Attributes:
        others: parameter → what else may stand there and is there for nobody; beside it everything
            of `OTHERS` that is in no place.
    """

    lets: Sequence[str]
    places: Sequence[Place] = (Place({}),)
    others: Mapping[str, Sequence[str]] | None = None


#: Parameter → what may stand in its place: other people's, other activities', other organisations',
#: what does not exist, and what is no id.
OTHERS: Final[Mapping[str, Sequence[str]]] = {
    "programme_id": ("lead", "second", "far", "pair"),
    "person_id": ("zoe", "ed", "pair"),
    "mentee_id": ("zoe", "ed"),
    "mentor_id": ("zoe", "ed"),
    "pair_id": ("pair", "pair of two", "other pair"),
    "code_id": ("code", "request"),
    "request_id": ("request", "code"),
    "import_id": ("import", "line import", "import far"),
    "notice_id": ("notice of alice", "notice of bob"),
    "goal_id": ("goal", "pair"),
    "activity_id": ("activity signup", "activity of another course", "activity far"),
    "session_id": (
        "session handed",
        "session draft",
        "session waiting",
        "session released",
        "session there",
    ),
    "release_id": ("session release", "session released"),
    "group_id": ("session group", "session there"),
    "registration_id": ("lms", "lms far", "organisation"),
    "deployment_id": ("deployment", "deployment far", "lms"),
    "organisation_id": ("organisation", "lms"),
    "invite_id": ("invite", "lms"),
    "section": ("why", "nothing", "%00"),
    "goal": ("new", "99", "-1", "nothing", "%00"),
    "number": ("99", "0", "9" * 30),
    "kind": ("mentoring", "nothing", "%00"),
    "step": ("goals",),
}
#: Pair → its two.
TWOS: Final[Mapping[str, Sequence[str]]] = {
    "pair": ("alice", "bob"),
    "pair of two": ("charlie", "mona"),
    "other pair": ("charlie", "bob"),
}
UNKNOWN: Final = "00000000-0000-4000-8000-000000000000"
NO_IDS: Final = (UNKNOWN, "not-an-id")

ANYBODY: Final = Row(EVERYBODY)


def programme(*more: Mapping[str, str], lets: Sequence[str] = TEAM, query: str = "") -> Row:
    """Return the row of a page of a programme.

    Args:
        more: what else its address names, in the programme of the world; nothing is an address with
            the programme alone, of which every team has one.
        lets: whom the guard lets in.
        query: what stands behind the address.
    """
    lead = {"programme_id": "lead"}
    if more:
        return Row(lets, [Place(lead | dict(ids), ("lena", "dana"), query) for ids in more])
    return Row(
        lets,
        [
            Place(lead, ("lena", "dana"), query),
            Place({"programme_id": "second"}, ("erin", "dana")),
            Place({"programme_id": "far"}, ("eve",)),
        ],
    )


def people(*names: str, parameter: str = "person_id") -> list[dict[str, str]]:
    """Return the ids of some people."""
    return [{parameter: name} for name in names]


def of_pair(**ids: str) -> Row:
    """Return the row of a page of a pair, with the ids of something of Alice's and Bob's."""
    places = [Place({"pair_id": "pair", **ids}, TWOS["pair"])]
    if set(ids) <= {"section", "goal"} and ids.get("goal", "new") == "new":
        places.append(Place({"pair_id": "pair of two", **ids}, TWOS["pair of two"]))
    return Row(PAIRED, places)


def of_activity(*names: str) -> Row:
    """Return the row of a page about one learner of an activity."""
    here = [Place({"person_id": name}, ("tina", "nina")) for name in names]
    return Row(STAFF, [*here, Place({"person_id": "ed"}, ("emma",))])


def session(**of: Sequence[str]) -> Row:
    """Return the row of what is about a conversation; `of` says for whom there is which."""
    places = [Place({"session_id": f"session {name}"}, who) for name, who in of.items()]
    return Row(PARTICIPANTS, places)


COACHES: Final = session(handed=("alice",), draft=("alice",), waiting=("charlie",), released=())
PARTNERS: Final = session(handed=("bob",), waiting=(), released=("charlie",))
ON_TEAM: Final = people("alice", "bob", "charlie", "rita", "sven", "mona")
TWO: Final = {"mentee_id": "charlie", "mentor_id": "bob"}
PAIRS: Final = [{"pair_id": one} for one in ("pair", "pair of two", "other pair")]
LMS: Final = [Place({"registration_id": one}) for one in ("lms", "lms far")]
DEPLOYMENTS: Final = [
    Place({"registration_id": f"lms{one}", "deployment_id": f"deployment{one}"})
    for one in ("", " far")
]


def tool(*places: Place) -> Row:
    """Return the row of a page of administration."""
    return Row(ADMINISTRATORS, places or (Place({}),))


def organisation(*places: Place) -> Row:
    """Return the row of a page of a whole organisation."""
    return Row(WHOLE_TEAM, places or (Place({}),))


#: A step that there is not leads to the first page.
STEPS: Final = Row(PARTICIPANTS, [Place({"step": one}) for one in ("goals", "nothing", "%00")])
#: Endpoint → row. Where two methods of one endpoint differ, they are two endpoints.
ROWS: Final[Mapping[str, Row]] = {
    # A stay itself.
    "visits.first_page": ANYBODY,
    "visits.switch_hat": ANYBODY,
    "visits.leave": ANYBODY,
    "window.next_code": Row(EVERYBODY, [Place({}, query="?page=me/inbox")]),
    "me.inbox": ANYBODY,
    "me.mail": ANYBODY,
    "me.read_all": ANYBODY,
    "me.save_mail": ANYBODY,
    "me.read": Row(
        EVERYBODY,
        [
            Place({"notice_id": "notice of alice"}, ("alice",)),
            Place({"notice_id": "notice of bob"}, ("bob",)),
        ],
    ),
    # Administration.
    **{
        f"admin.{name}": tool()
        for name in (
            *("overview", "changes", "grades", "invites", "make_invite", "jobs", "keys"),
            *("ask_rotation", "rotate_keys", "launches", "organisations", "add_one", "platforms"),
            *("register_by_hand", "new_platform"),
        )
    },
    **{
        f"admin.{name}": tool(*LMS)
        for name in (
            "platform",
            "ask_change",
            "change",
            "check",
            "ask_disable",
            "disable",
            "enable",
        )
    },
    "admin.by_hand": tool(Place({}, query="?preset=other")),
    **{f"admin.{name}": tool(*DEPLOYMENTS) for name in ("approve", "ask_block", "block")},
    **{f"admin.{name}": tool(Place({"invite_id": "invite"})) for name in ("ask_revoke", "revoke")},
    **{
        f"admin.{name}": tool(Place({"organisation_id": "organisation"}))
        for name in ("organisation", "rename_one")
    },
    # The desk of those who run programmes.
    "desk.programmes": Row(TEAM),
    **{
        f"desk.{name}": programme()
        for name in (
            *("programme", "move_on", "audit", "completion", "courses", "make_code", "link_course"),
            *("unlink_course", "edit", "save", "pairing", "pairs", "people", "approve_all"),
            "waiting",
        )
    },
    "desk.revoke_code": programme({"code_id": "code"}),
    # A course of the organisation asks, and whoever runs one of its programmes may let it in.
    "desk.answer_request": Row(
        TEAM,
        [
            Place({"programme_id": "lead", "request_id": "request"}, ("lena", "dana")),
            Place({"programme_id": "second", "request_id": "request"}, ("erin", "dana")),
        ],
    ),
    "desk.two": programme(TWO),
    "desk.pair_up": programme(TWO),
    "desk.pair": programme(*PAIRS),
    "desk.move_pair": programme(*PAIRS),
    "desk.person": programme(*ON_TEAM),
    "desk.decide": programme(*ON_TEAM),
    **{
        f"desk.{name}": organisation()
        for name in (
            *("new", "create", "reporting_lines", "import_lines", "export_lines"),
            *("terms", "import_terms", "export_terms"),
        )
    },
    "desk.line_import": organisation(Place({"import_id": "line import"}, ("dana",))),
    "desk.term_import": organisation(
        Place({"import_id": "import"}, ("dana",)), Place({"import_id": "import far"}, ("eve",))
    ),
    # Grades, of everybody in the activity.
    **{
        f"grades.{name}": Row(STAFF)
        for name in ("board", "reconciling", "reconcile", "refresh_roster")
    },
    **{f"grades.{name}": Row(AUTHORS) for name in ("closing_page", "close")},
    **{
        f"grades.{name}": of_activity("alice", "olga")
        for name in ("learner", "confirm_instead", "send_instead", "rule", "send_again", "undo")
    },
    "review.nobody": Row(STAFF),
    "review.learner": Row(
        (*STAFF, *PARTICIPANTS),
        [
            Place({"person_id": "alice"}, ("tina", "nina", "alice")),
            Place({"person_id": "ed"}, ("emma", "ed")),
        ],
    ),
    # Placing activities: who was asked by an LMS.
    "place.start": Row(EVERYBODY, [Place({}, ("tina",))]),
    "place.show_answer": Row(EVERYBODY, [Place({}, ("tina", "nina", "alice"))]),
    "place.leave": Row(EVERYBODY, [Place({}, ("tina", "nina", "alice"))]),
    **{
        f"place.{name}": Row(AUTHORS, [Place({"kind": kind}, ("tina",)) for kind in KINDS])
        for KINDS in [("mentoring", "charter", "practice")]
        for name in ("new", "make")
    },
    **{
        f"place.{name}": Row(AUTHORS, [Place({"activity_id": "activity signup"}, ("tina",))])
        for name in ("change", "save", "link_again")
    },
    # What is not chosen is not dropped: nothing is changed, whatever the address names.
    "place.drop": Row(
        AUTHORS,
        [
            Place({"activity_id": one}, ("tina",))
            for one in (*OTHERS["activity_id"], "00000000-0000-4000-8000-000000000000")
        ],
    ),
    **{f"place.{name}": Row(AUTHORS, [Place({}, ("tina",))]) for name in ("copy", "send")},
    # The course of an author, and programmes.
    **{f"programme.{name}": Row(AUTHORS) for name in ("course", "join", "ask")},
    # Signing up: one's own.
    **{
        f"mentoring.{name}": Row(PARTICIPANTS)
        for name in (
            *("sign_up", "check", "submit", "agree", "copy", "discard", "groups", "save_groups"),
            *("private", "save_private"),
        )
    },
    "mentoring.step": STEPS,
    "mentoring.save_step": STEPS,
    "mentoring.change_place": Row(LAUNCHED, [Place({}, ("alice", "bob", "charlie", "mona"))]),
    "mentoring.board": Row(STAFF),
    "mentoring.review": of_activity("alice", "olga"),
    # Pairs: for their two.
    "pairs.mine": Row(PAIRED),
    "pairs.seats": Row(
        LAUNCHED, [Place({"programme_id": "lead"}, ("bob", "mona"))], {"programme_id": ("pair",)}
    ),
    **{
        f"{name}": of_pair()
        for name in (
            *("room.page", "goals.page", "charter_pair.page", "charter_pair.close"),
            *("charter_pair.save_close", "charter_pair.guide", "charter_pair.ready"),
            "charter_pair.hold_review",
            *("charter_pair.sign", "charter_pair.save_signature", "charter_pair.step"),
            "charter_pair.goals",
        )
    },
    # An offer, too, is of its two, though it has no room.
    **{
        f"pairs.{name}": Row(PAIRED, [Place({"pair_id": pair}, two) for pair, two in TWOS.items()])
        for name in ("answer", "leave", "pause", "resume")
    },
    **{f"goals.{name}": of_pair(goal_id="goal") for name in ("goal", "write", "mark")},
    **{
        f"charter_pair.{name}": of_pair(section="why")
        for name in ("answer", "save_answer", "text", "save_text")
    },
    # Of the other pair nothing is shown yet that could be taken.
    "charter_pair.take_answer": Row(
        PAIRED, [Place({"pair_id": "pair", "section": "why"}, ("alice", "bob"))]
    ),
    "charter_pair.goal": of_pair(goal="new"),
    "charter_pair.save_goal": of_pair(goal="new"),
    "charter_pair.remove_goal": of_pair(goal="0"),
    **{
        f"charter_pair.{name}": of_pair(number="1")
        for name in ("version", "print_version", "pdf_version")
    },
    # The charter in a course: how far, never what.
    "charter.home": Row(LAUNCHED),
    "charter.guide": Row(LAUNCHED),
    "charter.board": Row(STAFF),
    "charter.review": of_activity("alice", "olga"),
    # Practice.
    **{
        f"practice.{name}": Row(PARTICIPANTS)
        for name in ("home", "prepare", "save_preparation", "begin")
    },
    **{
        f"practice.{name}": Row((*PARTICIPANTS, *STAFF))
        for name in ("join", "leave", "choose_partner", "leave_partner", "marks")
    },
    "practice.guide": Row(LAUNCHED),
    **{
        f"practice.{name}": Row(STAFF)
        for name in (
            *("board", "groups", "put_together", "arrange", "marking", "publishing_page"),
            "publish",
        )
    },
    "practice.dissolve": Row(STAFF, [Place({"group_id": "session group"}, ("tina", "nina"))]),
    **{
        f"practice.{name}": Row(STAFF, [Place({"release_id": "session release"}, ("tina", "nina"))])
        for name in ("mark", "save_marks")
    },
    "practice.review": of_activity("alice", "olga"),
    **{
        f"practice.{name}": COACHES
        for name in (
            *("session", "autosave", "give_up", "check", "hand_over", "make_link", "reflect"),
            *("release", "save"),
        )
    },
    "practice.ask_release": Row((*PARTICIPANTS, *STAFF), COACHES.places),
    "practice.confirm": PARTNERS,
    "practice.answer": PARTNERS,
}
#: Public endpoint → method → what is answered to nobody who asks for nothing.
PUBLIC: Final[Mapping[str, Mapping[str, int]]] = {
    "health.alive": {"GET": 200},
    "health.ready": {"GET": 200},
    "links.ask": {"GET": 404},
    "links.act": {"POST": 404},
    "lti.jwks": {"GET": 200},
    "lti.launch": {"POST": 400},
    "lti.continue_launch": {"POST": 400},
    "lti.login": {"GET": 400, "POST": 400},
    "lti.continue_login": {"GET": 400},
    "registration.ask": {"GET": 403},
    "registration.confirm": {"POST": 400},
    "setup.canvas": {"GET": 200},
    "setup.values": {"GET": 200},
    "signin.administration": {"GET": 200},
    "signin.show_link": {"GET": 404},
    "signin.use_link": {"POST": 403},
    "visits.enter": {"GET": 403},
    "window.open_page": {"POST": 403},
}
#: Who, endpoint → how they are refused, where it is not that nothing is there.
EXCEPTIONS: Final[Mapping[tuple[str, str], int]] = {
    # Where an LMS asked somebody who may not choose, the page says so, and leads back.
    ("nina", "place.start"): 403,
    ("alice", "place.start"): 403,
    # Learners are told that it is somebody else's work, whoever it is of.
    **{(who, "review.learner"): 403 for who in PARTICIPANTS},
}
#: Public, and the same for so long that it may be kept.
KEPT: Final = frozenset({"lti.jwks", "setup.canvas"})
#: Who, act → how they are refused where the page before it opens.
EXCEPTIONS_OF_ACTS: Final[Mapping[tuple[str, str], int]] = {
    # A preview is nobody's, and gets no mail.
    ("preview", "me.save_mail"): 404,
}
#: Act → a form that makes sense; an empty one is refused as such before anything is looked up.
FORMS: Final[Mapping[str, Mapping[str, str]]] = {
    "charter_pair.close": {"outcome": "It went well."},
    "charter_pair.ready": {"act": "ready"},
    "charter_pair.save_answer": {"why": "Changed by somebody else."},
    "charter_pair.save_text": {"why": "Changed by somebody else.", "revision": "0"},
    "charter_pair.step": {"act": "propose"},
    "charter_pair.take_answer": {"whose": "mine", "revision": "0"},
    "desk.answer_request": {"answer": "refuse"},
    "desk.decide": {"act": "approve"},
    "desk.make_code": {"days": "30"},
    "desk.move_on": {"step": "begin_matching"},
    "desk.move_pair": {"act": "end", "reason": "other"},
    "desk.pair_up": {"act": "propose", "code": "knows_both"},
    "goals.mark": {"mark": "met", "seen": "open", "words": "Marked by somebody else."},
    "goals.write": {"note": "Written by somebody else."},
    "grades.close": {"act": "close"},
    "grades.rule": {"kind": "hold"},
    "grades.undo": {"ruling": "00000000-0000-4000-8000-000000000000"},
    "mentoring.change_place": {"act": "pause"},
    "mentoring.save_groups": {"groups": "carer"},
    "mentoring.save_private": {"people": "Somebody Else"},
    "mentoring.save_step": {"goal_areas": "team", "wish": "I want to learn to listen."},
    "pairs.answer": {"answer": "accepted"},
    "pairs.pause": {"weeks": "2"},
    "pairs.seats": {"seats": "3"},
    "practice.answer": {"verdict_0": "yes", "talk_share": "less", "own_step": "yes"},
    "practice.save": {"goal": "Changed by somebody else.", "revision": "99", "writer": ""},
    "practice.autosave": {"goal": "Changed by somebody else.", "revision": "99", "writer": ""},
}
#: Acts that end something for those after them, in this order after all others; the first of those
#: who may does it alone.
LAST: Final = (
    *("practice.give_up", "practice.dissolve", "pairs.leave", "desk.move_pair"),
    *("desk.unlink_course", "desk.move_on", "place.send", "place.leave"),
    *("visits.switch_hat", "visits.leave", "admin.disable", "admin.enable"),
    *("admin.block", "admin.approve"),
)
