"""Tasks across police, customs and border authorities."""

from __future__ import annotations

# Registers what plans do to tasks: wherever there are tasks, a plan that comes into force spells them out.
from jointops.tasks import planned as planned
