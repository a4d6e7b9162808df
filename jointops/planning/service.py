"""What can be done with a plan while it is worked on: drafts of its sections, comments on them, comparing versions.

Every function takes a session (the transaction is the caller's) and the person who acts, asks the policy table
first, and writes its entry to the log last.
"""

from __future__ import annotations

from jointops.planning.comments import (
    comment,
    comments,
    find_comment,
    open_comments,
    settle_comment,
)
from jointops.planning.drafts import (
    Desk,
    Work,
    desk,
    discard_drafts,
    drafted_sections,
    keep_drafts,
    kept_cells,
    may_change,
    outline_of,
    plain,
    save_draft,
)
from jointops.planning.history import change_logs

__all__ = [
    "Desk",
    "Work",
    "change_logs",
    "comment",
    "comments",
    "desk",
    "discard_drafts",
    "drafted_sections",
    "find_comment",
    "keep_drafts",
    "kept_cells",
    "may_change",
    "open_comments",
    "outline_of",
    "plain",
    "save_draft",
    "settle_comment",
]
