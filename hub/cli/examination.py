"""`hub check`: what is set, and whether each service that it names can be used, before or while the hub runs."""

import click

from hub.cli.speech import say
from hub.probes import Finding, examine, of_settings
from hub.settings import Settings, given
from schema.errors import Unavailable


async def examination(settings: Settings) -> None:
    """Print the settings, reach every service; Unavailable names those, and only those, that cannot be used."""
    chosen = given()
    say(f"{len(chosen)} cài đặt được đặt", f"{len(chosen)} settings are set")
    for variable, text in chosen.items():
        click.echo(f"  {variable}={text}")
    found = await examine(of_settings(settings))
    for each in found:
        _tell(each)
    dead = ", ".join(f"`{each.name}`" for each in found if each.error)
    if dead:
        raise Unavailable(f"không dùng được {dead}: lý do ở trên", f"{dead} cannot be used: the reasons stand above")
    say("mọi dịch vụ đều dùng được", "every service can be used")


def _tell(finding: Finding) -> None:
    if finding.error:
        click.echo(f"  {finding.name}: {finding.error.vi} · {finding.error.en}")
    else:
        click.echo(f"  {finding.name}: dùng được · can be used ({finding.ms:.0f} ms)")
