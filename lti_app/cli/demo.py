"""`throughline demo`: the tool inside a sandbox LMS on this machine, without any set-up."""

import sys

import click

from lti_app.testing.demo import run_demo, run_once


@click.command(epilog="Example: throughline demo --once")
@click.option("--once", is_flag=True, help="Walk through the whole journey alone, then stop.")
@click.option("--break", "fault", type=click.Choice(["scores"]), help="Let the LMS fail.")
def demo(*, once: bool, fault: str | None) -> None:
    """Start the tool, a worker and a sandbox LMS, and print the address to open."""
    if once:
        sys.exit(run_once(is_broken=fault == "scores"))
    run_demo(is_broken=fault == "scores")
