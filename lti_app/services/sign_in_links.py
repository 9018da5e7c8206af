"""One-time links from the command line that let an administrator in, until (and beside) a sign-in.

Whoever can run the command on the tool's machine can read its database anyway: the link gives no
more than that, to a browser, for as long as a visit lasts.
"""

from datetime import datetime, timedelta

from lti_app.clock import real_now
from lti_app.domain.errors import MalformedRequest, NotFound
from lti_app.domain.permissions import Hat
from lti_app.domain.secrets import hash_secret, new_secret
from lti_app.services.organisations import organisation_called
from lti_app.services.visits import OpenedVisit, open_granted_visit
from lti_app.store import visits as store
from lti_app.store.audit import record_audit
from lti_app.store.people import Identity, Person, find_identity
from lti_app.store.session import db, find_or_add
from lti_app.store.visits import SignInLink

LIFETIME = timedelta(minutes=15)
#: Kind of an identity that the operator of the tool vouches for.
_KIND = "operator"
_LONGEST_NAME = 100


def make_administrator_link(name: str) -> str:
    """Make a link for an administrator; returns the code, which is nowhere else in plain text.

    Args:
        name: what the pages and the audit call whoever uses it; the same name is the same person.

    Raises:
        MalformedRequest: the name is empty, too long or not printable.
    """
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise MalformedRequest(detail=f"--name has 1 to {_LONGEST_NAME} characters")
    code = new_secret()
    now = real_now()
    person = _find_or_add_person(name)
    link = SignInLink(
        code_hash=hash_secret(code),
        person_id=person.id,
        hat=Hat.ADMINISTRATOR.value,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    db().add(link)
    db().flush()
    record_audit(None, "make", "sign_in_link", link.id, detail={"name": name})
    return code


def check_link(code: str) -> None:
    """Tell whether a link can still be used, without using it.

    Raises:
        NotFound: code `sign_in_link`: unknown, spent or expired, all the same.
    """
    _find_usable(code)


def use_link(code: str, browser_hash: str) -> OpenedVisit:
    """Use a link up, and open a visit for its person.

    Args:
        code: from the address.
        browser_hash: names the browser.

    Raises:
        NotFound: code `sign_in_link`: unknown, spent or expired, all the same.
    """
    link = _find_usable(code)
    if not store.use_up_sign_in_link(link.id, real_now()):
        raise NotFound("sign_in_link", "lost the race")
    record_audit(None, "use", "sign_in_link", link.id, actor_id=link.person_id)
    return open_granted_visit(link.person_id, Hat(link.hat), browser_hash)


def purge_links(now: datetime) -> int:
    """Delete links that nobody can use any more; returns how many."""
    return store.delete_sign_in_links(now - LIFETIME)


def _find_usable(code: str) -> SignInLink:
    link = store.find_sign_in_link(hash_secret(code))
    if link is None or link.used_at is not None or real_now() >= link.expires_at:
        raise NotFound("sign_in_link", "unknown, spent or expired")
    return link


def _find_or_add_person(name: str) -> Person:
    organisation = organisation_called(None)

    def find() -> Identity | None:
        return find_identity(organisation.id, _KIND, "", "", name.casefold())

    def make() -> Identity:
        person = Person(organisation_id=organisation.id)
        db().add(person)
        db().flush()
        return Identity(
            organisation_id=organisation.id,
            person_id=person.id,
            kind=_KIND,
            issuer="",
            subject=name.casefold(),
        )

    identity, _ = find_or_add(find, make)
    person = db().get_one(Person, identity.person_id)
    person.own_name = name
    return person
