"""What can be done with returns: submit, correct, withdraw, verify, accept, send back, answer, permit, find them.

This is the one way in for a return, whatever channel it comes by. Every function takes a session (the transaction is
the caller's) and the person who acts, asks the policy table, changes the rows and writes the log.
"""

from __future__ import annotations

from jointops.returns.finding import count_by_state, find_return, list_returns
from jointops.returns.permits import grant_permit, list_permits
from jointops.returns.recording import Outcome, Receipt, submit
from jointops.returns.review import accept, answer, send_back, verify
from jointops.returns.withdrawing import withdraw

__all__ = [
    "Outcome",
    "Receipt",
    "accept",
    "answer",
    "count_by_state",
    "find_return",
    "grant_permit",
    "list_permits",
    "list_returns",
    "send_back",
    "submit",
    "verify",
    "withdraw",
]
