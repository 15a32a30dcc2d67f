"""The verbs, listed here and imported when they are used."""

import importlib

import click

import vedette

COMMANDS = {
    "aws": ("vedette.cli.commands.aws", "Look into AWS accounts."),
    "coverage": ("vedette.cli.commands.coverage", "What is scanned, since when, and why not."),
    "credentials": ("vedette.cli.commands.credentials", "Who may call the API."),
    "db": ("vedette.cli.commands.db", "The advisory database: update, status, search, diff."),
    "demo": ("vedette.cli.commands.demo", "A simulated AWS estate, end to end."),
    "evaluate": (
        "vedette.cli.commands.evaluate",
        "One pass: discover, inventory, match, reach, publish.",
    ),
    "findings": (
        "vedette.cli.commands.findings",
        "List, show, explain, export and suppress findings; plan.",
    ),
    "reach": ("vedette.cli.commands.reach", "Network exposure from recorded configuration."),
    "sbom": ("vedette.cli.commands.sbom", "The inventory of one target, as an SBOM."),
    "scan": ("vedette.cli.commands.scan", "Scan one image, directory, zip."),
    "serve": ("vedette.cli.commands.serve", "The Inspector2 API, and passes again and again."),
}
"""Verb → the module with its `COMMAND`, and the line in the help. The line is here so that help imports nothing."""


class _Verbs(click.Group):
    """A group whose commands are imported on use: starting must stay cheap."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).COMMAND
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value and not ctx.resilient_parsing:
        click.echo(f"vedette {vedette.__version__}")
        ctx.exit()


@click.group(
    cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """An open, self-hosted Amazon Inspector.

    Finds what runs in AWS accounts or in one image, directory or zip, which vulnerabilities it has, what
    can be reached from where, and what to fix first.
    """
