"""What the registration pages say: next steps and refusals in plain words, by code."""

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString

from lti_app.domain.launch import Family
from lti_app.web.errors import Explanation
from lti_app.web.translation import lazy_gettext

#: The name of a product; other LMSs are called "your LMS".
PRODUCT_NAMES: Final[Mapping[Family, str]] = {Family.MOODLE: "Moodle", Family.CANVAS: "Canvas"}

#: Value that an update changes → what people call it.
VALUES: Final[Mapping[str, LazyString]] = {
    "auth_url": lazy_gettext("Sign-in address"),
    "token_url": lazy_gettext("Token address"),
    "jwks_url": lazy_gettext("Key address"),
    "audience": lazy_gettext("Audience of token requests"),
    "label": lazy_gettext("Name"),
    "product": lazy_gettext("Product"),
    "scopes": lazy_gettext("Rights asked for"),
}


#: What the administrator does in the LMS afterwards, in order.
NEXT_STEPS: Final[Mapping[Family, tuple[LazyString, ...]]] = {
    Family.MOODLE: (
        lazy_gettext("Throughline appears among the tools as pending: press Activate there."),
        lazy_gettext(
            "In each course that uses it, an instructor switches it on once, under More, LTI "
            "External tools."
        ),
    ),
    Family.CANVAS: (
        lazy_gettext("Canvas shows what was registered. Leave the rights as they are, and enable."),
        lazy_gettext("Install the app in the account, or in the courses that use it."),
    ),
    Family.OTHER: (lazy_gettext("Your LMS may ask you to approve or to switch on the new tool."),),
}

_BEGIN_AGAIN = lazy_gettext(
    "Go back to the tools of your LMS and enter the same address again; the invite is still good."
)
_NEW_INVITE = lazy_gettext("Ask whoever runs Throughline for a new one: throughline invite create")
_BY_HAND = lazy_gettext(
    "The invite is still good. If your LMS is set up like this on purpose, register by hand: "
    "whoever runs Throughline has the command throughline platform add."
)
_NOT_INVITED = lazy_gettext("This invite does not work")

#: Code → what happened, and what to do about it.
REFUSALS: Final[Mapping[str, Explanation]] = {
    "invite_missing": Explanation(
        lazy_gettext("An invite is needed"),
        lazy_gettext("The address has to end in the invite that you were given."),
        lazy_gettext(
            "Copy the whole address again. Who has none asks whoever runs Throughline: "
            "throughline invite create"
        ),
    ),
    "invite_unknown": Explanation(
        _NOT_INVITED,
        lazy_gettext("Nobody here has made it, or the address was not copied as a whole."),
        lazy_gettext("Copy the whole address again, or ask whoever gave it to you."),
    ),
    "invite_used": Explanation(
        lazy_gettext("This invite has been used"),
        lazy_gettext("Each one registers an LMS once, and this one has done so."),
        _NEW_INVITE,
    ),
    "invite_expired": Explanation(
        lazy_gettext("This invite is too old"),
        lazy_gettext("Its time was over before it was used."),
        _NEW_INVITE,
    ),
    "invite_revoked": Explanation(
        _NOT_INVITED, lazy_gettext("It has been taken back."), _NEW_INVITE
    ),
    "invite_busy": Explanation(
        lazy_gettext("Somebody is using this invite just now"),
        lazy_gettext("A registration with it is under way, so a second one was not begun."),
        lazy_gettext("Look at the tools of your LMS in a minute; if nothing is there, try again."),
    ),
    "registration_no_lms": Explanation(
        lazy_gettext("Enter this address in your LMS"),
        lazy_gettext("It registers Throughline there, so it does nothing in a browser alone."),
        lazy_gettext(
            "In Moodle: Site administration, Plugins, External tool, Manage tools, Add LTI "
            "Advantage. In Canvas: Admin, Developer Keys, LTI Registration."
        ),
    ),
    "registration_malformed": Explanation(
        lazy_gettext("This request could not be read"),
        lazy_gettext("Something in the request is missing, too long or in the wrong form."),
        _BEGIN_AGAIN,
    ),
    "registration_expired": Explanation(
        lazy_gettext("This page can no longer be sent"),
        lazy_gettext("It was sent already, or opened too long ago or somewhere else."),
        _BEGIN_AGAIN,
    ),
    "registration_known": Explanation(
        lazy_gettext("Throughline knows this registration already"),
        lazy_gettext("Your LMS would change it, and this invite is for a new one."),
        lazy_gettext(
            "Choose to register as new in your LMS; or ask whoever runs Throughline for an invite "
            "that updates: throughline invite create --registration ID"
        ),
    ),
    "registration_new": Explanation(
        lazy_gettext("This invite is for an update"),
        lazy_gettext("Your LMS would make a new registration beside the one that it has."),
        lazy_gettext("Enter the same address again, and choose Update."),
    ),
    "registration_other": Explanation(
        lazy_gettext("This invite is for another registration"),
        lazy_gettext("It updates one registration of one LMS, and this is not it."),
        lazy_gettext(
            "Choose the right tool to update in your LMS, or ask whoever runs Throughline for "
            "another invite."
        ),
    ),
    "lms_address": Explanation(
        lazy_gettext("Your LMS's address must not be called"),
        lazy_gettext("It is not https, or it leads into a private network."),
        lazy_gettext(
            "For an LMS on an intranet, whoever runs Throughline sets "
            "THROUGHLINE_ALLOW_PRIVATE_NETWORKS=1."
        ),
    ),
    "lms_unreachable": Explanation(
        lazy_gettext("Your LMS could not be reached"),
        lazy_gettext("Throughline called it, and no answer came in time."),
        lazy_gettext(
            "Try again in a minute. If it happens again, a firewall may keep Throughline's server "
            "from calling your LMS."
        ),
    ),
    "lms_configuration": Explanation(
        lazy_gettext("Your LMS did not describe itself"),
        lazy_gettext("What it answered is not the description that a registration needs."),
        _BEGIN_AGAIN,
    ),
    "lms_untrusted": Explanation(
        lazy_gettext("Your LMS's description is not trusted"),
        lazy_gettext("It names addresses that are not its own."),
        _BY_HAND,
    ),
    "lms_refused": Explanation(
        lazy_gettext("Your LMS refused the registration"),
        lazy_gettext("Nothing was changed here."),
        _BEGIN_AGAIN,
    ),
    "lms_answer": Explanation(
        lazy_gettext("Your LMS's answer could not be read"),
        lazy_gettext("It did not say what it calls Throughline, so nothing was kept here."),
        lazy_gettext(
            "Look at the tools of your LMS: if Throughline is there, delete it. Then try again."
        ),
    ),
    "lms_silent": Explanation(
        lazy_gettext("Your LMS did not answer"),
        lazy_gettext("It may or may not have registered Throughline; nothing was kept here."),
        lazy_gettext(
            "Look at the tools of your LMS: if Throughline is there, delete it. Then enter the "
            "same address again; the invite is still good."
        ),
    ),
}
