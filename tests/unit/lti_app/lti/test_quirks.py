"""The table of differences between products."""

from lti_app.domain.launch import Family
from lti_app.lti.quirks import QUIRKS, frame_ancestors_of


def test_every_product_has_its_row() -> None:
    assert QUIRKS.keys() == set(Family)


def test_hosted_canvas_shows_the_tool_on_the_hosts_of_its_schools() -> None:
    assert frame_ancestors_of("canvas") == ("https://*.instructure.com",)
    assert frame_ancestors_of("moodle") == ()
    assert frame_ancestors_of("other") == ()
