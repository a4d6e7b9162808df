"""Daily returns over the API of jointops: typed, exact, and safe to repeat. Needs nothing but Python.

from jointops_client import Client, Return, Value

client = Client("https://jointops.example.org", token="jo_…")
receipt = client.submit(
    "EXAMPLE-2027", "ES-POLICE", date(2027, 5, 3),
    Return(values=[Value("persons-arrested", 17, category="firearms")]),
)
"""

from jointops_client.client import Client
from jointops_client.data import (
    BatchReceipt,
    Entry,
    Figure,
    Incident,
    Receipt,
    Return,
    Revision,
    Step,
    Stored,
    Value,
)
from jointops_client.problems import (
    Conflict,
    Invalid,
    JointopsError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    Refused,
    ServerFailed,
    Stale,
    Unreachable,
)

__all__ = [
    "BatchReceipt",
    "Client",
    "Conflict",
    "Entry",
    "Figure",
    "Incident",
    "Invalid",
    "JointopsError",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "Problem",
    "Receipt",
    "Refused",
    "Return",
    "Revision",
    "ServerFailed",
    "Stale",
    "Step",
    "Stored",
    "Unreachable",
    "Value",
]
