"""The environment describes a working tool, or every fault of it is named at once."""

import pytest

from lti_app.domain.mail import Encryption, MailServer
from lti_app.settings import PREFIX, VARIABLES, Settings, SettingsError, from_environment
from tests.proofs import rule

COMPLETE = {
    "THROUGHLINE_DATABASE_URL": "sqlite:///tool.sqlite3",
    "THROUGHLINE_SECRET_KEY": "a" * 32,
    "THROUGHLINE_PUBLIC_URL": "https://tool.example",
}


def read(**changes: str) -> Settings:
    """Return the settings of a complete environment with changes; names without prefix."""
    return from_environment(COMPLETE | {PREFIX + name: value for name, value in changes.items()})


def fault(**changes: str) -> str:
    """Return what is said about an environment that does not do."""
    with pytest.raises(SettingsError) as caught:
        read(**changes)
    return str(caught.value)


def test_the_three_that_must_be_set_are_enough() -> None:
    assert read() == Settings(
        database_url="sqlite:///tool.sqlite3",
        secret_keys=("a" * 32,),
        public_url="https://tool.example",
        trusted_proxies=0,
        allow_private_networks=False,
        ca_bundle=None,
    )


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({})
    for name, must, _ in VARIABLES:
        assert (f"{PREFIX}{name} is not set" in str(caught.value)) is must


def test_everything_wrong_is_named_at_once() -> None:
    said = fault(
        SECRET_KEY="short",
        PUBLIC_URL="ftp://tool.example",
        TRUSTED_PROXIES="two",
        ALLOW_PRIVATE_NETWORKS="yes",
        RATE_LIMITS="some",
    )
    wrong = "SECRET_KEY PUBLIC_URL TRUSTED_PROXIES ALLOW_PRIVATE_NETWORKS RATE_LIMITS"
    for name in wrong.split():
        assert PREFIX + name in said


def test_limits_are_on_unless_they_are_switched_off() -> None:
    assert (read().rate_limits, read(RATE_LIMITS="off").rate_limits) == (True, False)


def test_spaces_count_as_nothing() -> None:
    assert "PUBLIC_URL is not set" in fault(PUBLIC_URL="  ")


def test_several_secrets_are_separated_by_commas() -> None:
    old, new = "o" * 32, "n" * 32
    assert read(SECRET_KEY=f"{new}, {old},").secret_keys == (new, old)


def test_one_short_secret_among_good_ones_is_named() -> None:
    assert "SECRET_KEY" in fault(SECRET_KEY="a" * 32 + ",short")


def test_a_fault_never_quotes_a_secret() -> None:
    assert "sesame" not in fault(SECRET_KEY="sesame")


@rule("R-8.11")
@pytest.mark.parametrize(
    "url", ["https://tool.example", "http://localhost:5000", "http://127.0.0.1:5000"]
)
def test_a_public_address_is_https_or_this_machine(url: str) -> None:
    assert read(PUBLIC_URL=url + "/").public_url == url
    assert read(PUBLIC_URL=url).public_origin == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://tool.example", "must be https"),
        ("ftp://tool.example", "not scheme://host"),
        ("tool.example", "not scheme://host"),
        ("https://to ol.example", "not scheme://host, with the host in small letters"),
        ("https://", "not scheme://host"),
        ("https://user@tool.example", "not scheme://host"),
        ("https://Tool.Example", "small letters"),
        ("https://tool.example:443", "must not name the port"),
        ("http://localhost:80", "must not name the port"),
        ("https://tool.example/lti", "scheme, host and port only"),
        ("https://tool.example?a=b", "scheme, host and port only"),
        ("https://tool.example#top", "scheme, host and port only"),
    ],
)
def test_another_public_address_is_refused_with_the_reason(url: str, said: str) -> None:
    assert said in fault(PUBLIC_URL=url)


def test_the_optional_ones_are_read() -> None:
    read_settings = read(TRUSTED_PROXIES="2", ALLOW_PRIVATE_NETWORKS="1", CA_BUNDLE="ca.pem")
    assert read_settings.trusted_proxies == 2
    assert read_settings.allow_private_networks
    assert read_settings.ca_bundle == "ca.pem"


def test_a_mail_server_is_read_with_what_mail_is_from() -> None:
    read_settings = read(
        MAIL_URL="smtps://me:sesame@mail.example", MAIL_FROM="Mentoring <mentoring@tool.example>"
    )
    assert read_settings.mail_server == MailServer(
        "mail.example", 465, Encryption.TLS, "me", "sesame"
    )
    assert read_settings.mail_from == "Mentoring <mentoring@tool.example>"
    assert "sesame" not in repr(read_settings)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"MAIL_URL": "smtps://mail.example"}, "MAIL_FROM is not set, and MAIL_URL is"),
        ({"MAIL_URL": "smtps://mail.example", "MAIL_FROM": "me"}, "MAIL_FROM is not one address"),
        ({"MAIL_URL": "smtp://me:sesame@a.example", "MAIL_FROM": "m@a.example"}, "in the clear"),
        ({"MAIL_URL": "mail.example", "MAIL_FROM": "m@a.example"}, "MAIL_URL does not begin with"),
    ],
)
def test_what_cannot_send_mail_is_named_without_its_password(
    values: dict[str, str], said: str
) -> None:
    assert said in fault(**values)
    assert "sesame" not in fault(**values)
