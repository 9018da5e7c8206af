"""Letters as mail: text and HTML side by side, with headers that tell machines what they are."""

from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from unicodedata import category

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

#: Long enough for any address of ours: a folded one is not an address any more.
_POLICY = SMTP.clone(max_line_length=500)
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=select_autoescape(("html",)),
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Item:
    """One piece of news."""

    title: str
    text: str


@dataclass(frozen=True)
class Button:
    """An address, and what opening it is for."""

    words: str
    url: str


@dataclass(frozen=True)
class Letter:
    """What somebody gets to read, every sentence in their language already.

    Attributes:
        message_id: the same one for the same letter, however often it is handed in.
        to: a usable address.
        direction: of the script, `ltr` or `rtl`.
        more: what comes after the news.
        why: why they get this, in small print.
        unsubscribe: ends mail of this kind by one POST (RFC 8058); None where there is nothing
            to end.
    """

    message_id: str
    to: str
    subject: str
    language: str
    written_at: datetime
    direction: str = "ltr"
    opening: str = ""
    items: tuple[Item, ...] = ()
    button: Button | None = None
    more: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    unsubscribe: Button | None = field(default=None)


def to_message(letter: Letter, name: str, address: str) -> EmailMessage:
    """Return a letter as a message, ready to be handed in.

    Args:
        letter: what it says.
        name: of the sender; may be empty.
        address: of the sender.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = letter.message_id
    # Neither a holiday notice nor another robot should answer (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe.url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_page("letter.txt", letter), cte="quoted-printable")
    message.add_alternative(_page("letter.html", letter), "html", cte="quoted-printable")
    message["Content-Language"] = letter.language
    return message


def one_line(text: str) -> str:
    """Return a text on one line, without signs that do something instead of saying something.

    A title can hold a line break; in a header it would begin another header.
    """
    kept = "".join(" " if category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    return " ".join("".join(sign for sign in kept if category(sign) != "Cs").split())


def _page(name: str, letter: Letter) -> str:
    return _PAGES.get_template(name).render(letter=letter, line=one_line)
