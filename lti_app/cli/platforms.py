"""`throughline platform`: the LMSs that the tool is registered in."""

import sys
from collections.abc import Mapping, Sequence
from itertools import groupby

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.clock import real_now
from lti_app.domain.errors import NotFound
from lti_app.domain.launch import Family
from lti_app.language import speaking
from lti_app.services import lms_health
from lti_app.services.check_words import say
from lti_app.services.platform_checks import Finding, State, check_platform, check_tool
from lti_app.services.platforms import (
    InvalidPlatform,
    NewPlatform,
    add_platform,
    set_deployment,
    set_platform,
)
from lti_app.store.registrations import Registration, list_deployments, list_registrations
from lti_app.store.session import transaction

_issuer = click.option("--issuer", required=True, help="The LMS's own address (platform id).")
_client = click.option("--client-id", required=True, help="The client id that the LMS gave.")


@click.group()
def platform() -> None:
    """LMSs: register, approve, switch off."""


@platform.command(
    epilog="Example: throughline platform add --issuer https://moodle.example.org "
    "--client-id a1B2c3 --auth-url https://moodle.example.org/mod/lti/auth.php "
    "--token-url https://moodle.example.org/mod/lti/token.php "
    "--jwks-url https://moodle.example.org/mod/lti/certs.php --deployment 1 --family moodle"
)
@_issuer
@_client
@click.option("--auth-url", required=True, help="Where browsers are sent to sign in.")
@click.option("--token-url", required=True, help="Where the tool gets its service tokens.")
@click.option("--jwks-url", required=True, help="Where the LMS publishes its keys.")
@click.option("--deployment", multiple=True, help="A deployment id to approve at once; repeatable.")
@click.option("--audience", help="Audience of token requests, if not the token address.")
@click.option("--family", default=Family.OTHER.value, help="moodle, canvas or other.")
@click.option("--organisation", help="Its name; the default organisation if left out.")
@as_json
def add(
    *,
    issuer: str,
    client_id: str,
    auth_url: str,
    token_url: str,
    jwks_url: str,
    deployment: tuple[str, ...],
    audience: str | None,
    family: str,
    organisation: str | None,
    is_json: bool,
) -> None:
    """Register an LMS by hand, and print what to enter there."""
    given = NewPlatform(
        issuer=issuer,
        client_id=client_id,
        auth_url=auth_url,
        token_url=token_url,
        jwks_url=jwks_url,
        deployment_ids=deployment,
        token_audience=audience,
        family=family.lower(),
        organisation=organisation,
    )
    held = runtime()
    try:
        with transaction(held.database):
            private = held.settings.allow_private_networks
            added = add_platform(given, allow_private_networks=private)
    except InvalidPlatform as error:
        for field, fault in error.faults.items():
            click.echo(f"--{field} {fault}", err=True)
        sys.exit(2)
    own = held.settings.public_url
    row = {
        "registration": str(added.id),
        "tool_url": f"{own}/lti/launch",
        "login_url": f"{own}/lti/login",
        "redirect_url": f"{own}/lti/launch",
        "keyset_url": f"{own}/lti/jwks.json",
    }
    show([row], is_json=is_json, empty="")


@platform.command("list", epilog="Example: throughline platform list --json")
@as_json
def list_all(*, is_json: bool) -> None:
    """List all registrations, their deployments, and how sending grades to each goes."""
    with transaction(runtime().database, read_only=True):
        registrations = list_registrations()
        reports = lms_health.report([one.id for one in registrations], real_now())
        rows = [
            {
                "registration": str(one.id),
                "issuer": one.issuer,
                "client_id": one.client_id,
                "family": one.family,
                "active": one.is_active,
                "deployments": {
                    found.deployment_id: found.status for found in list_deployments(one.id)
                },
                "grades": reports[one.id].condition.value,
                "paused_until": reports[one.id].paused_until,
                "reason": reports[one.id].reason,
                "on_the_way": reports[one.id].on_the_way,
            }
            for one in registrations
        ]
    show(rows, is_json=is_json, empty="No LMS is registered yet.")


@platform.command(
    epilog="Example: throughline platform approve --issuer https://moodle.example.org "
    "--client-id a1B2c3 --deployment 1"
)
@_issuer
@_client
@click.option("--deployment", required=True, help="The deployment id, as the LMS calls it.")
@click.option("--block", is_flag=True, help="Block it instead, and end what is open in it.")
def approve(issuer: str, client_id: str, deployment: str, *, block: bool) -> None:
    """Approve a deployment that a launch made known, or block one."""
    with transaction(runtime().database):
        set_deployment(issuer, client_id, deployment, is_active=not block)
    click.echo(f"Deployment {deployment} is {'blocked' if block else 'active'}.")


@platform.command(
    epilog="Example: throughline platform disable --issuer https://moodle.example.org "
    "--client-id a1B2c3"
)
@_issuer
@_client
@click.option("--enable", is_flag=True, help="Switch it on again.")
def disable(issuer: str, client_id: str, *, enable: bool) -> None:
    """Switch a registration off: nobody gets in through it until it is on again."""
    with transaction(runtime().database):
        set_platform(issuer, client_id, is_active=enable)
    click.echo(f"The registration is {'active' if enable else 'switched off'}.")


@platform.command(
    epilog="Example: throughline platform check --issuer https://moodle.example.org "
    "--client-id a1B2c3"
)
@click.option("--issuer", help="Only this LMS: its own address (platform id).")
@click.option("--client-id", help="Only the registration with this client id.")
@as_json
def check(*, issuer: str | None, client_id: str | None, is_json: bool) -> None:
    """Say what is wrong between the tool and its LMSs, and what to do; exit 1 if anything is."""
    held = runtime()
    with transaction(held.database, read_only=True):
        chosen = [
            one
            for one in list_registrations()
            if issuer in {None, one.issuer} and client_id in {None, one.client_id}
        ]
    if not chosen and (issuer or client_id):
        raise NotFound(detail="no LMS is registered with this issuer and client id")
    with speaking(None):
        rows = [_row(None, one) for one in check_tool(held)]
        rows += [_row(lms, one) for lms in chosen for one in check_platform(held, lms.id)]
    if is_json:
        show(rows, is_json=True, empty="")
    else:
        _print_checks(rows)
    if any(row["state"] == State.FAULT.value for row in rows):
        sys.exit(1)


def _row(lms: Registration | None, finding: Finding) -> dict[str, str | None]:
    said = say(finding)
    return {
        "issuer": lms.issuer if lms else None,
        "client_id": lms.client_id if lms else None,
        "check": finding.code,
        "state": finding.state.value,
        "says": said.sentence,
        "advice": said.advice,
    }


def _print_checks(rows: Sequence[Mapping[str, str | None]]) -> None:
    """Print a list for each LMS, faults in capitals, with what to do below."""
    for (issuer, client_id), found in groupby(rows, lambda row: (row["issuer"], row["client_id"])):
        click.echo(f"{issuer}  client id: {client_id}" if issuer else "The tool")
        for row in found:
            state = str(row["state"])
            mark = state.upper() if state == State.FAULT.value else state
            click.echo(f"  {mark:<8} {row['says']}")
            if row["advice"]:
                click.echo(f"           {row['advice']}")
