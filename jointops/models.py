"""Every table of the system, in one import: for migrations, tests and anything that needs the whole metadata."""

from __future__ import annotations

from jointops.accounts import models as accounts
from jointops.calendars import models as calendars
from jointops.consultation import models as consultation
from jointops.cycles import models as cycles
from jointops.evaluation import models as evaluation
from jointops.kernel import audit
from jointops.kernel.db import Base
from jointops.lessons import models as lessons
from jointops.matching import models as matching
from jointops.meetings import models as meetings
from jointops.notify import models as notify
from jointops.operations import models as operations
from jointops.planning import models as planning
from jointops.rehearsal import models as rehearsal
from jointops.returns import models as returns
from jointops.situation import models as situation
from jointops.tasks import models as tasks
from jointops.warnings import models as warnings
from jointops.web import models as web

metadata = Base.metadata

__all__ = [
    "accounts",
    "audit",
    "calendars",
    "consultation",
    "cycles",
    "evaluation",
    "lessons",
    "matching",
    "meetings",
    "metadata",
    "notify",
    "operations",
    "planning",
    "rehearsal",
    "returns",
    "situation",
    "tasks",
    "warnings",
    "web",
]
