"""What the findings of `platform_checks` say, and what can be done about each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lti_app.language import lazy_gettext
from lti_app.services.platform_checks import Finding
from lti_app.services.rights import rights_of

_REACH = lazy_gettext("Look at the name, the certificate, the proxy and the firewall in between.")
_CLOCK = lazy_gettext("Let both machines take their time from the network (NTP).")
_PROXY = lazy_gettext("Let the proxy in front of the tool pass answers of /lti/ and /v/ unchanged.")


@dataclass(frozen=True)
class Said:
    """A finding in words; `advice` is empty where there is nothing to do."""

    sentence: str
    advice: str = ""


#: Code → what is so, and what to do about it; the values come in when it is said.
_WORDS: Final[Mapping[str, tuple[object, object]]] = {
    "address_public": (lazy_gettext("The tool is at %(address)s."), None),
    "address_local": (
        lazy_gettext("The tool's address %(address)s is good on this machine only."),
        lazy_gettext("Set THROUGHLINE_PUBLIC_URL to the https address that browsers and LMSs use."),
    ),
    "own_keys": (lazy_gettext("The tool's keys can be fetched from %(address)s."), None),
    "own_private": (
        lazy_gettext("The tool's own address was not called: it is in a private network."),
        lazy_gettext("Open %(address)s from the LMS's machine: it has to show keys."),
    ),
    "own_unreachable": (
        lazy_gettext("The tool does not answer at %(address)s, so no LMS can check its messages."),
        _REACH,
    ),
    "own_odd": (
        lazy_gettext("What answers at %(address)s is not the tool's key set."),
        lazy_gettext("Let the proxy in front pass /lti/ on to the tool."),
    ),
    "own_other": (
        lazy_gettext("The keys at %(address)s are not those that this tool signs with."),
        lazy_gettext("Another installation answers there, or a cache keeps an old copy: empty it."),
    ),
    "no_signing_key": (
        lazy_gettext("The tool has no key to sign with."),
        lazy_gettext(
            "Start it once; or, after a change of THROUGHLINE_SECRET_KEY, type throughline keys "
            "rotate."
        ),
    ),
    "registration_on": (lazy_gettext("The registration is switched on."), None),
    "registration_off": (
        lazy_gettext("The registration is switched off, so nobody gets in."),
        lazy_gettext("Type throughline platform disable --enable with its issuer and client id."),
    ),
    "deployment_active": (lazy_gettext("Approved installations: %(count)d."), None),
    "deployment_pending": (
        lazy_gettext("Installations that wait for approval: %(count)d."),
        lazy_gettext("Type throughline platform approve; throughline platform list has their ids."),
    ),
    "deployment_blocked": (
        lazy_gettext("All installations are blocked, so nobody gets in."),
        lazy_gettext("Type throughline platform approve with the one that is wanted."),
    ),
    "deployment_none": (
        lazy_gettext("No installation is known yet."),
        lazy_gettext("Open an activity in the LMS once, and look here again."),
    ),
    "frame_mixed": (
        lazy_gettext(
            "The LMS is https and the tool is not, so browsers show nothing in its frame."
        ),
        lazy_gettext("Give the tool https, and set THROUGHLINE_PUBLIC_URL to it."),
    ),
    "frame_allowed": (lazy_gettext("The tool's pages may be shown in the LMS's frame."), None),
    "frame_forbidden": (
        lazy_gettext("A header from in between forbids to show the tool in the LMS's frame."),
        lazy_gettext(
            "Take X-Frame-Options, and any second Content-Security-Policy, out of the proxy in "
            "front of the tool."
        ),
    ),
    "cookies_kept": (lazy_gettext("The tool's cookies arrive as it sends them."), None),
    "cookies_changed": (
        lazy_gettext("The tool's cookies are taken away or changed on their way to the browser."),
        _PROXY,
    ),
    "login_unknown": (
        lazy_gettext("Frame and cookies were not looked at: the tool's address is not reached."),
        None,
    ),
    "login_odd": (
        lazy_gettext("A launch is answered with %(status)d on its way to the tool."),
        _PROXY,
    ),
    "keys_found": (lazy_gettext("The LMS's keys can be fetched from %(address)s."), None),
    "keys_unreachable": (
        lazy_gettext("The LMS's keys cannot be fetched from %(address)s, so no launch is trusted."),
        _REACH,
    ),
    "keys_odd": (
        lazy_gettext("What answers at %(address)s has no key of the LMS."),
        lazy_gettext("Compare the address with the one that the LMS shows for the tool."),
    ),
    "address_refused": (
        lazy_gettext("%(address)s is not called: it is not https, or in a private network."),
        lazy_gettext("For an LMS on an intranet set THROUGHLINE_ALLOW_PRIVATE_NETWORKS=1."),
    ),
    "clock_right": (lazy_gettext("The clocks of LMS and tool agree."), None),
    "clock_ahead": (lazy_gettext("The LMS's clock is %(seconds)d seconds ahead."), _CLOCK),
    "clock_behind": (lazy_gettext("The LMS's clock is %(seconds)d seconds behind."), _CLOCK),
    "clock_unknown": (lazy_gettext("The LMS does not say what time it is."), None),
    "token_issued": (lazy_gettext("The LMS gives the tool a token for its services."), None),
    "token_unreachable": (
        lazy_gettext("The LMS does not answer at %(address)s, so no grade can be sent."),
        _REACH,
    ),
    "lms_failing": (
        lazy_gettext("The LMS has an error of its own (%(status)d) at %(address)s."),
        lazy_gettext("It may be down for maintenance. If it stays so, look at the LMS's log."),
    ),
    "token_unavailable": (
        lazy_gettext("The LMS answers with %(status)d where it should give a token."),
        lazy_gettext("Compare the token address with the one that the LMS shows for the tool."),
    ),
    "token_refused": (
        lazy_gettext("The LMS gives the tool no token (status %(status)d)."),
        lazy_gettext("Look at the tool's settings in the LMS: version, key set address, services."),
    ),
    "client_unknown": (
        lazy_gettext("The LMS does not accept the tool's client id or its signature."),
        lazy_gettext(
            "Compare client id and key set address in the LMS; the key set must be an address, "
            "not a pasted key."
        ),
    ),
    "lms_lacks_keys": (
        lazy_gettext("The LMS cannot fetch the tool's keys, so it gives no token."),
        lazy_gettext(
            "In Moodle look at HTTP security: it fetches from ports 80 and 443 only, and not from "
            "private addresses, unless they are allowed."
        ),
    ),
    "scopes_granted": (lazy_gettext("The LMS grants everything that the tool asks for."), None),
    "scopes_missing": (
        lazy_gettext("The LMS does not let the tool: %(rights)s."),
        lazy_gettext("Switch these services on for the tool in the LMS."),
    ),
    "scopes_none": (
        lazy_gettext("The LMS lets the tool use none of its services, so no grade can be sent."),
        lazy_gettext("Switch grade and member services on for the tool in the LMS."),
    ),
    "service_answers": (lazy_gettext("A service of the LMS accepts the token."), None),
    "service_unknown": (
        lazy_gettext("No service was tried: none is known that can be read."),
        lazy_gettext("Open an activity in the LMS once, and look here again."),
    ),
    "service_unreachable": (
        lazy_gettext("The LMS gives a token, but its service does not answer."),
        _REACH,
    ),
    "service_odd": (
        lazy_gettext("The LMS gives a token, but its service answers with %(status)d."),
        lazy_gettext(
            "It may be a deleted course: open an activity in another one, and look again."
        ),
    ),
    "authorization_stripped": (
        lazy_gettext("The LMS gives a token, and its service says that there is none."),
        lazy_gettext(
            "Its web server drops the Authorization header; for Apache with CGI or FastCGI: "
            "CGIPassAuth On."
        ),
    ),
    "out_of_time": (
        lazy_gettext("The time for this page was over before everything was looked at."),
        lazy_gettext("The command throughline platform check takes more time."),
    ),
}


def say(finding: Finding) -> Said:
    """Return a finding in the reader's language."""
    sentence, advice = _WORDS[finding.code]
    values = dict(finding.values)
    if finding.scopes:
        values["rights"] = "; ".join(str(right) for right in rights_of(finding.scopes))
    return Said(str(sentence) % values, str(advice or "") % values)
