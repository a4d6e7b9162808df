"""The command ``jointops demo``: loads the demonstration and says who can sign in."""

from __future__ import annotations

import sys

import click

from jointops.command import DataCommand, Work, pass_work, table
from jointops.demo import accounts, load
from jointops.kernel.i18n import _
from jointops.kernel.policy import ROLE_LABELS


@click.command(
    "demo",
    cls=DataCommand,
    help=_("Load Operation Archimedes with illustrative daily returns, and one account for each role."),
)
@pass_work
def demo(work: Work) -> None:
    """Load what is missing of the demonstration and show its accounts; running it again keeps everything."""
    label = work.translate(_("Loading Operation Archimedes"))
    with (
        work.transaction() as (session, _actor),
        click.progressbar(length=100, label=label, file=sys.stderr) as bar,
    ):

        def progress(done: int, total: int) -> None:
            bar.update(100 * done // total - bar.pos)

        loaded = load.load(session, work.settings.secrets_folder, progress)
    people = [(account, loaded.passwords[account.email]) for account in accounts.ACCOUNTS]
    data = {
        "operation": load.CODE,
        "revisions": loaded.revisions,
        "accounts": [
            {"role": account.grants[0].role, "email": account.email, "password": password}
            for account, password in people
        ],
    }
    rows = [
        (work.translate(ROLE_LABELS[account.grants[0].role]), account.email, password)
        for account, password in people
    ]
    head = tuple(map(work.translate, (_("Role"), _("Sign in as"), _("Password"))))
    heading = _("Demonstration accounts; their passwords were made on this machine at the first start:")
    work.show(data, f"{work.translate(heading)}\n\n{table(head, rows)}")


COMMANDS = (demo,)
