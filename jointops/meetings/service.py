"""What can be done with meetings: prepare, invite, hold, close; and how they are found."""

from __future__ import annotations

from jointops.meetings.finding import concerns, find, list_meetings, of_person

__all__ = ["concerns", "find", "list_meetings", "of_person"]
