"""What the purpose of a programme suggests, in the language of whoever writes it down."""

from dataclasses import replace

from lti_app.activity import HasProfiles, catalogue
from lti_app.domain.programmes import PRESETS, Plan, last_day
from lti_app.web.translation import gettext


def suggest(plan: Plan) -> Plan:
    """Return a plan with the rules, goals and duration that fit its purpose.

    What is written down already stays, but for rules and goals.
    """
    plan = replace(plan, consent_text=plan.consent_text or _consent())
    if plan.purpose_type is None:
        return plan
    preset = PRESETS[plan.purpose_type]
    installed = training_kinds()
    training = tuple(kind for kind in preset.required_training if kind in installed)
    ends_on = plan.ends_on
    if ends_on is None and plan.starts_on is not None:
        ends_on = last_day(plan.starts_on, preset.months)
    return replace(
        plan,
        ends_on=ends_on,
        goal_templates=tuple(gettext(goal) for goal in preset.goal_templates),
        rules=replace(preset.rules, required_training=training),
    )


def training_kinds() -> dict[str, str]:
    """Return the kinds of activity that can be required before pairing: key → title."""
    return {
        key: str(activity.title)
        for key, activity in catalogue().items()
        if activity.is_graded and not isinstance(activity, HasProfiles)
    }


def _consent() -> str:
    return gettext(
        "I agree that my answers are kept and used to pair me with somebody, that the programme"
        " team sees them, and that whoever I am paired with learns why we fit."
    )
