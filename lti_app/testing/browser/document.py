"""What a page holds for somebody who reads it without scripts: forms, links, frames, tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

_BUTTON_TYPES = frozenset({"submit", "image", "button", "reset"})
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_SILENT = frozenset({"script", "style", "template"})

Values = Mapping[str, str | bool | Sequence[str]]


@dataclass
class Field:
    """One control of a form.

    Attributes:
        kind: the input's type, or `textarea`, `select`, `button`.
        value: what it sends; for a select the value of the chosen option.
        options: value and label of each option of a select.
        is_chosen: a checkbox or radio button is ticked; other controls are always sent.
    """

    name: str
    kind: str
    value: str = ""
    label: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    is_chosen: bool = True
    is_required: bool = False
    is_multiple: bool = False
    is_disabled: bool = False
    chosen: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form, with its address made absolute."""

    action: str
    method: str = "get"
    target: str = ""
    id: str = ""
    fields: list[Field] = field(default_factory=list)
    #: Buttons that a person can press; one inside `<noscript>` only stands in for a script.
    has_visible_button: bool = False

    @property
    def buttons(self) -> list[Field]:
        """Return the buttons that submit the form."""
        kinds = {"submit", "image"}
        return [one for one in self.fields if one.kind in kinds and not one.is_disabled]

    @property
    def controls(self) -> list[Field]:
        """Return what a person fills in."""
        hidden = _BUTTON_TYPES | {"hidden"}
        return [one for one in self.fields if one.kind not in hidden and not one.is_disabled]

    @property
    def is_automatic(self) -> bool:
        """Tell whether the page sends this form by itself."""
        return not self.controls and not self.has_visible_button and not self.target

    def names(self) -> set[str]:
        """Return the names of all controls."""
        return {one.name for one in self.controls}

    def pairs(self, values: Values, button: str | None = None) -> list[tuple[str, str]]:
        """Return what the browser would send.

        Args:
            values: by name: text, the value of an option or radio button, several of them, or a
                truth value for one checkbox. What is not named keeps the page's value.
            button: name or value of the button to press; the first one with a name otherwise.

        Raises:
            KeyError: the form has no such control, or no such option.
        """
        unknown = set(values) - {one.name for one in self.fields}
        if unknown:
            raise KeyError(f"the form has no {', '.join(sorted(unknown))}")
        pairs: list[tuple[str, str]] = []
        for one in self.fields:
            if one.name and not one.is_disabled and one.kind not in _BUTTON_TYPES:
                pairs += [(one.name, value) for value in _sent(one, values, self.fields)]
        pressed = _pressed(self.buttons, button)
        if pressed is not None and pressed.name:
            pairs.append((pressed.name, pressed.value))
        return pairs


def _pressed(buttons: list[Field], wanted: str | None) -> Field | None:
    if wanted is None:
        return buttons[0] if buttons else None
    for one in buttons:
        if wanted in {one.name, one.value, one.label}:
            return one
    raise KeyError(f"the form has no button {wanted}")


def _sent(one: Field, values: Values, fields: list[Field]) -> list[str]:
    given = values.get(one.name)
    if one.kind in {"checkbox", "radio"}:
        return [one.value] if _is_ticked(one, given, fields) else []
    if given is None:
        return list(one.chosen) if one.kind == "select" else [one.value]
    wanted = [given] if isinstance(given, str) else [str(value) for value in _several(given)]
    if one.kind == "select" and not {*wanted} <= {value for value, _ in one.options}:
        raise KeyError(f"{one.name} offers no {', '.join(wanted)}")
    return wanted


def _is_ticked(one: Field, given: str | bool | Sequence[str] | None, fields: list[Field]) -> bool:
    if given is None:
        return one.is_chosen
    if isinstance(given, bool):
        return given
    wanted = {given} if isinstance(given, str) else {*given}
    offered = {other.value for other in fields if other.name == one.name}
    if not wanted <= offered:
        raise KeyError(f"{one.name} offers no {', '.join(sorted(wanted - offered))}")
    return one.value in wanted


def _several(given: bool | Sequence[str]) -> Sequence[object]:
    return [given] if isinstance(given, bool) else given


@dataclass(frozen=True)
class Link:
    """A link, absolute."""

    url: str
    text: str
    target: str = ""


@dataclass(frozen=True)
class Frame:
    """A frame, absolute."""

    url: str
    id: str = ""
    title: str = ""


@dataclass
class Table:
    """A table as rows of text; the first row is the header if there is one."""

    id: str = ""
    rows: list[list[str]] = field(default_factory=list)


@dataclass
class Document:
    """A page, read."""

    title: str = ""
    text: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    #: Where a meta refresh leads.
    refresh_url: str | None = None


def read_document(html: str, url: str) -> Document:
    """Read a page that came from `url`."""
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return reader.finish()


class _Reader(HTMLParser):
    """Collects while the parser walks through the page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._document = Document()
        self._form: Form | None = None
        self._open: list[str] = []
        self._words: list[str] = []
        self._captures: list[tuple[str, list[str]]] = []
        self._link: tuple[str, str] | None = None
        self._select: Field | None = None
        self._option: tuple[str, bool] | None = None
        self._area: Field | None = None
        self._button: Field | None = None
        self._labels: dict[str, str] = {}
        self._label_for: str | None = None
        self._controls_by_id: dict[str, Field] = {}
        self._wrapped: list[Field] = []
        #: Of each fieldset that is open, whether it is disabled.
        self._fieldsets: list[bool] = []

    def finish(self) -> Document:
        """Return what was found."""
        for identifier, label in self._labels.items():
            if (control := self._controls_by_id.get(identifier)) is not None:
                control.label = control.label or label
        self._document.text = _squeeze(self._words)
        return self._document

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        starter = getattr(self, f"_start_{tag}", None)
        if starter is not None:
            starter(attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        ender = getattr(self, f"_end_{tag}", None)
        if ender is not None:
            ender()

    def handle_data(self, data: str) -> None:
        if _SILENT & {*self._open}:
            return
        for _, words in self._captures:
            words.append(data)
        if self._area is not None:
            self._area.value += data
        elif "head" not in self._open:
            self._words.append(data)

    def _capture(self, tag: str) -> None:
        self._captures.append((tag, []))

    def _captured(self, tag: str) -> str | None:
        for index in range(len(self._captures) - 1, -1, -1):
            if self._captures[index][0] == tag:
                return _squeeze(self._captures.pop(index)[1])
        return None

    # The page

    def _start_title(self, _: dict[str, str]) -> None:
        if "svg" not in self._open:
            self._capture("title")

    def _end_title(self) -> None:
        self._document.title = self._captured("title") or self._document.title

    def _start_meta(self, attributes: dict[str, str]) -> None:
        if attributes.get("http-equiv", "").lower() == "refresh":
            _, _, target = attributes.get("content", "").partition(";")
            _, _, address = target.partition("=")
            self._document.refresh_url = urljoin(self._url, address.strip(" '\""))

    def _start_iframe(self, attributes: dict[str, str]) -> None:
        source = attributes.get("src", "")
        if source and source != "about:blank":
            self._document.frames.append(
                Frame(
                    urljoin(self._url, source),
                    attributes.get("id", ""),
                    attributes.get("title", ""),
                )
            )

    def _start_a(self, attributes: dict[str, str]) -> None:
        if "href" in attributes:
            self._link = (urljoin(self._url, attributes["href"]), attributes.get("target", ""))
            self._capture("a")

    def _end_a(self) -> None:
        if self._link is not None:
            url, target = self._link
            self._document.links.append(Link(url, self._captured("a") or "", target))
            self._link = None

    # Tables

    def _start_table(self, attributes: dict[str, str]) -> None:
        self._document.tables.append(Table(attributes.get("id", "")))

    def _start_tr(self, _: dict[str, str]) -> None:
        self._end_td()
        if self._document.tables:
            self._document.tables[-1].rows.append([])

    def _start_td(self, _: dict[str, str]) -> None:
        # The end tags of cells may be left out.
        self._end_td()
        self._capture("td")

    _start_th = _start_td

    def _end_td(self) -> None:
        text = self._captured("td")
        if text is not None and self._document.tables and self._document.tables[-1].rows:
            self._document.tables[-1].rows[-1].append(text)

    _end_th = _end_tr = _end_table = _end_td

    # Forms

    def _start_form(self, attributes: dict[str, str]) -> None:
        self._form = Form(
            action=urljoin(self._url, attributes.get("action", "") or self._url),
            method=attributes.get("method", "get").lower(),
            target=attributes.get("target", ""),
            id=attributes.get("id", ""),
        )
        self._document.forms.append(self._form)

    def _end_form(self) -> None:
        self._form = None

    def _start_fieldset(self, attributes: dict[str, str]) -> None:
        self._fieldsets.append("disabled" in attributes)

    def _end_fieldset(self) -> None:
        if self._fieldsets:
            self._fieldsets.pop()

    def _start_label(self, attributes: dict[str, str]) -> None:
        self._label_for = attributes.get("for")
        self._wrapped = []
        self._capture("label")

    def _end_label(self) -> None:
        text = self._captured("label") or ""
        if self._label_for:
            self._labels[self._label_for] = text
        for control in self._wrapped:
            control.label = control.label or text
        self._wrapped = []
        self._label_for = None

    def _start_input(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "text").lower()
        default = "on" if kind in {"checkbox", "radio"} else ""
        control = self._add(kind, attributes, attributes.get("value", default))
        if kind in {"checkbox", "radio"}:
            control.is_chosen = "checked" in attributes
        if kind in {"submit", "image"}:
            self._note_button()

    def _start_button(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "submit").lower()
        self._button = self._add(kind, attributes, attributes.get("value", ""))
        self._capture("button")
        if kind == "submit":
            self._note_button()

    def _end_button(self) -> None:
        if self._button is not None:
            self._button.label = self._captured("button") or ""
            self._button = None

    def _start_textarea(self, attributes: dict[str, str]) -> None:
        self._area = self._add("textarea", attributes, "")

    def _end_textarea(self) -> None:
        if self._area is not None:
            # The first line break after the tag is not part of the text; WTForms writes CRLF.
            text = self._area.value.replace("\r\n", "\n")
            self._area.value = text.removeprefix("\n")
            self._area = None

    def _start_select(self, attributes: dict[str, str]) -> None:
        self._select = self._add("select", attributes, "")
        self._select.is_multiple = "multiple" in attributes

    def _end_select(self) -> None:
        self._end_option()
        select, self._select = self._select, None
        if select is None:
            return
        if not select.chosen and select.options and not select.is_multiple:
            select.chosen = [select.options[0][0]]
        select.value = select.chosen[0] if select.chosen else ""

    def _start_option(self, attributes: dict[str, str]) -> None:
        self._end_option()
        self._option = (attributes.get("value", "\0"), "selected" in attributes)
        self._capture("option")

    def _end_option(self) -> None:
        if self._option is None or self._select is None:
            return
        value, is_selected = self._option
        label = self._captured("option") or ""
        value = label if value == "\0" else value
        self._select.options.append((value, label))
        if is_selected:
            self._select.chosen.append(value)
        self._option = None

    def _add(self, kind: str, attributes: dict[str, str], value: str) -> Field:
        control = Field(
            name=attributes.get("name", ""),
            kind=kind,
            value=value,
            label=attributes.get("aria-label", ""),
            is_required="required" in attributes,
            is_disabled="disabled" in attributes or any(self._fieldsets),
        )
        form = self._form
        if attributes.get("form"):
            form = next((one for one in self._document.forms if one.id == attributes["form"]), None)
        if form is not None:
            form.fields.append(control)
        if attributes.get("id"):
            self._controls_by_id[attributes["id"]] = control
        if "label" in self._open:
            self._wrapped.append(control)
        return control

    def _note_button(self) -> None:
        if self._form is not None and "noscript" not in self._open:
            self._form.has_visible_button = True


def _squeeze(words: list[str]) -> str:
    return " ".join("".join(words).split())
