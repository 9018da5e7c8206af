"""`create_app`: a table of contents, and the only place that knows every part."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Flask, g
from flask_babel import Babel, get_locale
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

from lti_app import logs
from lti_app.activity import catalogue, pair_rooms
from lti_app.language import catalogue_directories
from lti_app.services import notices, signing_keys
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.settings import Settings, from_environment
from lti_app.store.session import transaction
from lti_app.web import (
    admin,
    course_programme,
    desk,
    errors,
    forms,
    goals,
    headers,
    health,
    launch,
    links,
    mail_settings,
    pairs,
    place,
    registration,
    review,
    rooms,
    rosters,
    setup,
    signin,
    visit_pages,
    window_pages,
    windows,
)
from lti_app.web.goal_forms import goal_lines, goal_link
from lti_app.web.grade_decisions import grade_card
from lti_app.web.limits import set_limits
from lti_app.web.navigation import tabs
from lti_app.web.pair_visits import carry_pair_in_address
from lti_app.web.programmes import heading_programme
from lti_app.web.rosters import roster_line
from lti_app.web.runtime import set_runtime
from lti_app.web.transactions import carry_visit_in_address, wrap_views
from lti_app.web.translation import (
    choose_locale,
    format_day,
    format_instant,
    format_short_day,
    shown_name,
)
from lti_app.web.visits import current_visit, current_visit_or_none

_ROOT = Path(__file__).parent.parent
_LARGEST_REQUEST = 256 * 1024
#: The tool's own pages inside a visit, each mounted under its name, one of the reserved words.
_SPINE = (
    rosters.blueprint,
    review.blueprint,
    mail_settings.blueprint,
    course_programme.blueprint,
    pairs.blueprint,
    desk.blueprint,
    admin.blueprint,
    place.blueprint,
    windows.blueprint,
)
#: What every template can call; macros too, wherever they are imported.
_FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "format_instant": format_instant,
    "format_day": format_day,
    "format_short_day": format_short_day,
    "shown_name": shown_name,
    "goal_lines": goal_lines,
    "goal_link": goal_link,
    "typed_texts": errors.typed_texts,
}
#: Where the pages of one pair lie.
_ROOM = "/v/<visit_token>/pairs/<uuid:pair_id>"


def create_app(settings: Settings | None = None) -> Flask:
    """Build the web application.

    Args:
        settings: read from the environment where none are given.

    Raises:
        SettingsError: the environment lacks something.
        InvalidActivity: an installed plugin breaks a rule.
        UnguardedView: a view states neither who may call it nor that anybody may.
    """
    runtime = open_runtime(settings or from_environment(os.environ))
    app = build_app()
    equip(app, runtime)
    return app


def build_app() -> Flask:
    """Build all of the application that no setting changes; it serves once it is equipped.

    Raises:
        InvalidActivity: an installed plugin breaks a rule.
        UnguardedView: a view states neither who may call it nor that anybody may.
    """
    app = Flask(
        "lti_app",
        template_folder=str(_ROOT / "templates"),
        static_folder=str(Path(__file__).parent / "web" / "static"),
    )
    # Both would answer with a redirect that is built from the Host header, before any check.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_REQUEST
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = catalogue_directories()
    Bootstrap5(app)
    Babel(app, locale_selector=choose_locale)
    app.jinja_env.globals.update(_FUNCTIONS)
    errors.add_error_pages(app)
    headers.add_headers(app)
    _register(app)
    carry_visit_in_address(app)
    carry_pair_in_address(app)
    _add_template_values(app)
    wrap_views(app)
    return app


def equip(app: Flask, runtime: Runtime) -> None:
    """Give an application what depends on settings."""
    set_runtime(app, runtime)
    set_limits(app)
    logs.configure()
    _trust_proxies(app, runtime.settings.trusted_proxies)
    _ensure_signing_key(runtime)


def _register(app: Flask) -> None:
    for outside in (launch, registration, setup, health, links, signin, visit_pages):
        app.register_blueprint(outside.blueprint)
    for blueprint in _SPINE:
        app.register_blueprint(blueprint, url_prefix=f"/v/<visit_token>/{blueprint.name}")
    for key, activity in catalogue().items():
        app.register_blueprint(activity.blueprint(), url_prefix=f"/v/<visit_token>/{key}")
    app.register_blueprint(rooms.blueprint, url_prefix=_ROOM)
    app.register_blueprint(goals.blueprint, url_prefix=f"{_ROOM}/goals")
    for key, room in pair_rooms().items():
        app.register_blueprint(room.pair_blueprint(), url_prefix=f"{_ROOM}/{key}")


def _add_template_values(app: Flask) -> None:
    @app.context_processor
    def values() -> dict[str, object]:
        return {
            "visit": current_visit_or_none(),
            "preview": getattr(g, "preview", None),
            "tabs": tabs,
            "heading_programme": heading_programme,
            "roster_line": roster_line,
            "grade_card": grade_card,
            "window_fields": window_pages.window_fields,
            "count_unread": lambda: notices.count_unread(current_visit().person.id),
            "csrf_token": lambda: forms.csrf_token(current_visit()),
            "language": str(get_locale() or "en"),
        }


def _trust_proxies(app: Flask, count: int) -> None:
    if count:
        proxied = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)
        app.wsgi_app = proxied  # type: ignore[method-assign]


def _ensure_signing_key(runtime: Runtime) -> None:
    """Make the tool's first key, so that an LMS can fetch our key set from the first day."""
    with transaction(runtime.database):
        signing_keys.ensure(runtime.cipher)
