"""Who may do what: one table that pages, API, command line and jobs all ask. What is not in it is refused.

A row reads aloud: *a reporter may submit a return of its own unit while the operation is running*. Services call
:func:`require` before they do anything; pages call :func:`allows` to offer only what will be accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from jointops.kernel.errors import NotAllowed
from jointops.kernel.i18n import _


class Role(StrEnum):
    """What a person is to the system."""

    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    COORDINATOR = "coordinator"
    NATIONAL_COORDINATOR = "national-coordinator"
    REPORTER = "reporter"
    REVIEWER = "reviewer"


ROLE_LABELS = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.AUDITOR: _("Auditor"),
    Role.COORDINATOR: _("Operation coordinator"),
    Role.NATIONAL_COORDINATOR: _("National coordinator"),
    Role.REPORTER: _("Reporting unit"),
    Role.REVIEWER: _("COSI reviewer"),
}


class Action(StrEnum):
    """Everything that can be done, as ``package:resource:verb``, in alphabetical order."""

    PASSWORD_UPDATE = "accounts:password:update"
    TOKEN_CREATE = "accounts:token:create"
    USER_CREATE = "accounts:user:create"
    USER_READ = "accounts:user:read"
    USER_UPDATE = "accounts:user:update"
    AUDIT_READ = "audit:entry:read"
    CALENDAR_ADDRESS_CREATE = "calendars:address:create"
    CALENDAR_READ = "calendars:calendar:read"
    CONSULTATION_UPDATE = "consultation:consultation:update"
    CONTRIBUTION_PLEDGE = "consultation:contribution:pledge"
    CONTRIBUTION_RECORD = "consultation:contribution:record"
    REMINDER_CREATE = "consultation:reminder:create"
    CYCLE_ACTION_CREATE = "cycles:action:create"
    CYCLE_ACTION_UPDATE = "cycles:action:update"
    CYCLE_CREATE = "cycles:cycle:create"
    CYCLE_READ = "cycles:cycle:read"
    EVALUATION_ENDORSE = "evaluation:evaluation:endorse"
    EVALUATION_READ = "evaluation:evaluation:read"
    EVALUATION_SUBMIT = "evaluation:evaluation:submit"
    OBSERVATION_CREATE = "evaluation:observation:create"
    PUBLICATION_CREATE = "evaluation:publication:create"
    RECOMMENDATION_ADOPT = "evaluation:recommendation:adopt"
    RECOMMENDATION_CREATE = "evaluation:recommendation:create"
    RECOMMENDATION_UPDATE = "evaluation:recommendation:update"
    LESSON_READ = "lessons:lesson:read"
    LESSON_ANSWER = "lessons:recommendation:answer"
    MATCHING_COUNT_READ = "matching:count:read"
    MATCHING_ENTRY_CREATE = "matching:entry:create"
    MATCHING_ENTRY_READ = "matching:entry:read"
    MATCHING_ENTRY_WITHDRAW = "matching:entry:withdraw"
    MATCHING_KEY_ERASE = "matching:key:erase"
    MEETING_READ = "meetings:meeting:read"
    MEETING_UPDATE = "meetings:meeting:update"
    NOTICE_READ = "notify:notice:read"
    NOTICE_UPDATE = "notify:notice:update"
    OPERATION_CREATE = "operations:operation:create"
    OPERATION_READ = "operations:operation:read"
    OPERATION_TRANSITION = "operations:operation:transition"
    PARTICIPANT_ANSWER = "operations:participant:answer"
    PARTICIPANT_UPDATE = "operations:participant:update"
    PLAN_APPROVE = "operations:plan:approve"
    PLAN_UPDATE = "operations:plan:update"
    PLAN_COMMENT = "planning:comment:create"
    EXERCISE_CREATE = "rehearsal:exercise:create"
    EXERCISE_DELETE = "rehearsal:exercise:delete"
    DUPLICATE_DECIDE = "returns:duplicate:decide"
    DUPLICATE_READ = "returns:duplicate:read"
    RETURN_ACCEPT = "returns:return:accept"
    RETURN_ANSWER = "returns:return:answer"
    RETURN_ATTACH = "returns:attachment:add"
    RETURN_ATTACHMENT_READ = "returns:attachment:read"
    RETURN_PERMIT = "returns:return:permit"
    RETURN_READ = "returns:return:read"
    RETURN_RECORD_HISTORY = "returns:return:record-history"
    RETURN_SEND_BACK = "returns:return:send-back"
    RETURN_SUBMIT = "returns:return:submit"
    RETURN_VERIFY = "returns:return:verify"
    RETURN_WITHDRAW = "returns:return:withdraw"
    SITUATION_FREEZE = "situation:report:freeze"
    SITUATION_READ = "situation:situation:read"
    TASK_ASSIGN = "tasks:assignment:assign"
    TASK_ANSWER = "tasks:assignment:answer"
    TASK_REPORT = "tasks:assignment:report"
    TASK_CONFLICT_ACCEPT = "tasks:conflict:accept"
    TASK_INPUT_ANSWER = "tasks:input:answer"
    TASK_INPUT_ASK = "tasks:input:ask"
    TASK_CREATE = "tasks:task:create"
    TASK_EXPLAIN = "tasks:task:explain"
    TASK_READ = "tasks:task:read"
    TASK_RECORD_HISTORY = "tasks:task:record-history"
    TASK_UPDATE = "tasks:task:update"
    WARNING_LINK = "warnings:result:link"
    WARNING_ANSWER = "warnings:warning:answer"
    WARNING_CREATE = "warnings:warning:create"
    WARNING_LIST = "warnings:warning:list"
    WARNING_READ = "warnings:warning:read"
    WARNING_UPDATE = "warnings:warning:update"


class Relation(StrEnum):
    """How the person stands to the record."""

    ANY = "any"
    OWN_OPERATION = "own-operation"
    OWN_PARTY = "own-party"
    OWN_UNIT = "own-unit"
    PARTICIPANT = "participant"
    SELF = "self"


class Channel(StrEnum):
    """The way in by which a change came."""

    API = "api"
    COMMAND = "command"
    DEMO = "demo"
    FORM = "form"
    JOB = "job"
    SPREADSHEET = "spreadsheet"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one person.

    ``scope`` narrows it: an operation's code for a coordinator (``None``: every operation), a party's code for a
    national coordinator, a reporting unit's code such as ``RO-POLICE`` for a reporter.
    """

    role: Role
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by which channel. ``id`` is the person's key, or ``None`` for a job or the command line."""

    id: int | None
    name: str
    grants: tuple[Grant, ...]
    channel: Channel
    request_id: str = ""

    @property
    def parties(self) -> frozenset[str]:
        """The parties (country or agency codes) this person belongs to."""
        scoped = (g for g in self.grants if g.scope)
        return frozenset(
            g.scope if g.role is Role.NATIONAL_COORDINATOR else g.scope.split("-")[0]
            for g in scoped
            if g.scope and g.role in {Role.NATIONAL_COORDINATOR, Role.REPORTER}
        )

    @property
    def units(self) -> frozenset[str]:
        """The codes of the reporting units this person reports for."""
        return frozenset(g.scope for g in self.grants if g.role is Role.REPORTER and g.scope)

    def has(self, role: Role) -> bool:
        """Whether the person holds ``role`` in any scope."""
        return any(g.role is role for g in self.grants)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted on, as far as access depends on it.

    ``participants`` are the party codes of the operation; ``party`` and ``unit`` those of the single record;
    ``state`` is the operation's state; ``person`` the key of the person a record is about.
    """

    operation: str | None = None
    participants: frozenset[str] = field(default=frozenset())
    party: str | None = None
    unit: str | None = None
    state: str | None = None
    person: int | None = None


NOTHING = Subject()
"""The subject of actions that depend on the role alone."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. ``states`` are the operation's states in which it holds; ``None``: in all."""

    action: Action
    role: Role
    relation: Relation = Relation.ANY
    states: frozenset[str] | None = None


# States of an operation, as far as the table names them; the machine itself stands in operations.rules.
_PLANNING = frozenset({"draft", "consultation"})
_SHARED = frozenset({"consultation", "approved", "running", "closed", "cancelled"})
_REPORTING = frozenset({"running", "closed"})
_INVITED = frozenset({"consultation", "approved", "running"})

_UNDER_WAY = frozenset({"approved", "running"})

_A, _U, _C = Role.ADMINISTRATOR, Role.AUDITOR, Role.COORDINATOR
_N, _R, _V = Role.NATIONAL_COORDINATOR, Role.REPORTER, Role.REVIEWER
_ANY, _OP, _PARTY, _UNIT = Relation.ANY, Relation.OWN_OPERATION, Relation.OWN_PARTY, Relation.OWN_UNIT
_PART, _SELF = Relation.PARTICIPANT, Relation.SELF


def _rows(
    action: Action, *rows: tuple[Role, Relation] | tuple[Role, Relation, frozenset[str]]
) -> tuple[Rule, ...]:
    return tuple(Rule(action, *row) for row in rows)


TABLE: tuple[Rule, ...] = (
    *_rows(
        Action.PASSWORD_UPDATE, (_A, _ANY), (_U, _SELF), (_C, _SELF), (_N, _SELF), (_R, _SELF), (_V, _SELF)
    ),
    *_rows(Action.TOKEN_CREATE, (_A, _ANY), (_U, _SELF), (_C, _SELF), (_N, _SELF), (_R, _SELF), (_V, _SELF)),
    *_rows(Action.USER_CREATE, (_A, _ANY)),
    *_rows(Action.USER_READ, (_A, _ANY), (_U, _ANY)),
    *_rows(Action.USER_UPDATE, (_A, _ANY)),
    *_rows(Action.AUDIT_READ, (_A, _ANY), (_U, _ANY)),
    *_rows(Action.CONSULTATION_UPDATE, (_A, _ANY), (_C, _OP)),
    *_rows(Action.CONTRIBUTION_PLEDGE, (_C, _OP), (_N, _PARTY, _INVITED)),
    *_rows(Action.CONTRIBUTION_RECORD, (_C, _OP, _REPORTING), (_N, _PARTY, _REPORTING)),
    *_rows(Action.REMINDER_CREATE, (_A, _ANY), (_C, _OP)),
    *_rows(
        Action.CALENDAR_ADDRESS_CREATE,
        (_A, _SELF),
        (_U, _SELF),
        (_C, _SELF),
        (_N, _SELF),
        (_R, _SELF),
        (_V, _SELF),
    ),
    *_rows(
        Action.CALENDAR_READ,
        (_A, _ANY),
        (_U, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(Action.CYCLE_ACTION_CREATE, (_V, _ANY)),
    *_rows(Action.CYCLE_ACTION_UPDATE, (_V, _ANY)),
    *_rows(Action.CYCLE_CREATE, (_A, _ANY), (_V, _ANY)),
    *_rows(Action.CYCLE_READ, (_A, _ANY), (_U, _ANY), (_C, _ANY), (_N, _ANY), (_R, _ANY), (_V, _ANY)),
    *_rows(Action.EVALUATION_ENDORSE, (_V, _ANY)),
    *_rows(
        Action.EVALUATION_READ,
        (_A, _ANY),
        (_U, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(Action.EVALUATION_SUBMIT, (_C, _OP)),
    *_rows(Action.OBSERVATION_CREATE, (_C, _OP), (_N, _PART, _SHARED), (_R, _PART, _SHARED), (_V, _ANY)),
    *_rows(Action.PUBLICATION_CREATE, (_A, _ANY), (_C, _OP)),
    *_rows(Action.RECOMMENDATION_ADOPT, (_V, _ANY)),
    *_rows(Action.RECOMMENDATION_CREATE, (_C, _OP), (_V, _ANY)),
    *_rows(Action.RECOMMENDATION_UPDATE, (_C, _OP), (_V, _ANY)),
    *_rows(
        Action.LESSON_READ,
        (_A, _ANY),
        (_U, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(Action.LESSON_ANSWER, (_A, _ANY), (_C, _OP)),
    *_rows(Action.NOTICE_READ, *((role, _SELF) for role in Role)),
    *_rows(Action.NOTICE_UPDATE, *((role, _SELF) for role in Role)),
    *_rows(
        Action.MATCHING_COUNT_READ,
        (_U, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(
        Action.MATCHING_ENTRY_CREATE,
        (_C, _OP, _UNDER_WAY),
        (_N, _PART, _UNDER_WAY),
        (_R, _PART, _UNDER_WAY),
    ),
    *_rows(Action.MATCHING_ENTRY_READ, (_C, _OP), (_N, _PART, _SHARED), (_R, _PART, _SHARED)),
    *_rows(Action.MATCHING_ENTRY_WITHDRAW, (_C, _OP), (_N, _PART, _SHARED), (_R, _PART, _SHARED)),
    *_rows(Action.MATCHING_KEY_ERASE, (_C, _OP)),
    *_rows(
        Action.MEETING_READ,
        (_A, _ANY),
        (_U, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(Action.MEETING_UPDATE, (_A, _ANY), (_C, _OP)),
    *_rows(Action.OPERATION_CREATE, (_A, _ANY), (_C, _ANY)),
    *_rows(
        Action.OPERATION_READ,
        (_A, _ANY),
        (_U, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(Action.OPERATION_TRANSITION, (_A, _ANY), (_C, _OP)),
    *_rows(Action.PARTICIPANT_ANSWER, (_C, _OP, _PLANNING), (_N, _PARTY, _SHARED)),
    *_rows(Action.PARTICIPANT_UPDATE, (_A, _ANY), (_C, _OP), (_N, _PARTY, _INVITED)),
    *_rows(Action.PLAN_APPROVE, (_A, _ANY), (_V, _ANY)),
    *_rows(Action.PLAN_UPDATE, (_A, _ANY), (_C, _OP)),
    *_rows(
        Action.PLAN_COMMENT,
        (_A, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(Action.EXERCISE_CREATE, (_A, _ANY), (_C, _OP)),
    *_rows(Action.EXERCISE_DELETE, (_A, _ANY), (_C, _OP)),
    *_rows(Action.DUPLICATE_DECIDE, (_C, _OP, _REPORTING)),
    *_rows(Action.DUPLICATE_READ, (_A, _ANY), (_U, _ANY), (_C, _OP), (_V, _ANY)),
    *_rows(Action.RETURN_ACCEPT, (_C, _OP, _REPORTING)),
    *_rows(Action.RETURN_ANSWER, (_C, _OP), (_N, _PARTY), (_R, _UNIT)),
    *_rows(Action.RETURN_ATTACH, (_A, _ANY), (_C, _OP), (_N, _PARTY), (_R, _UNIT)),
    *_rows(Action.RETURN_ATTACHMENT_READ, (_A, _ANY), (_U, _ANY), (_C, _OP), (_N, _PARTY), (_R, _UNIT)),
    *_rows(Action.RETURN_PERMIT, (_C, _OP)),
    *_rows(Action.RETURN_READ, (_A, _ANY), (_U, _ANY), (_C, _OP), (_N, _PARTY), (_R, _UNIT), (_V, _ANY)),
    *_rows(Action.RETURN_RECORD_HISTORY, (_A, _ANY)),
    *_rows(Action.RETURN_SEND_BACK, (_C, _OP, _REPORTING), (_N, _PARTY, _REPORTING)),
    *_rows(Action.RETURN_SUBMIT, (_A, _ANY), (_C, _OP), (_N, _PARTY), (_R, _UNIT)),
    *_rows(Action.RETURN_VERIFY, (_C, _OP, _REPORTING), (_N, _PARTY, _REPORTING)),
    *_rows(Action.RETURN_WITHDRAW, (_A, _ANY), (_C, _OP), (_N, _PARTY), (_R, _UNIT)),
    *_rows(Action.SITUATION_FREEZE, (_C, _OP)),
    *_rows(
        Action.SITUATION_READ,
        (_A, _ANY),
        (_U, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(Action.TASK_ASSIGN, (_C, _OP)),
    *_rows(Action.TASK_ANSWER, (_C, _OP), (_N, _PARTY)),
    *_rows(Action.TASK_REPORT, (_C, _OP), (_N, _PARTY), (_R, _UNIT)),
    *_rows(Action.TASK_CONFLICT_ACCEPT, (_C, _OP)),
    *_rows(Action.TASK_INPUT_ANSWER, (_C, _OP), (_N, _PARTY), (_R, _UNIT)),
    *_rows(Action.TASK_INPUT_ASK, (_C, _OP), (_N, _PARTY), (_R, _UNIT)),
    *_rows(Action.TASK_CREATE, (_A, _ANY), (_C, _OP)),
    *_rows(Action.TASK_EXPLAIN, (_C, _OP)),
    *_rows(
        Action.TASK_READ,
        (_A, _ANY),
        (_U, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(Action.TASK_RECORD_HISTORY, (_A, _ANY)),
    *_rows(Action.TASK_UPDATE, (_A, _ANY), (_C, _OP)),
    *_rows(Action.WARNING_LINK, (_C, _OP), (_N, _PARTY, _SHARED), (_R, _UNIT, _SHARED)),
    *_rows(Action.WARNING_ANSWER, (_C, _OP), (_N, _PARTY, _SHARED), (_R, _UNIT, _SHARED)),
    *_rows(
        Action.WARNING_CREATE,
        (_C, _OP, _UNDER_WAY),
        (_N, _PARTY, _UNDER_WAY),
        (_R, _UNIT, _UNDER_WAY),
    ),
    *_rows(
        Action.WARNING_LIST,
        (_U, _ANY),
        (_C, _OP),
        (_N, _PART, _SHARED),
        (_R, _PART, _SHARED),
        (_V, _ANY),
    ),
    *_rows(
        Action.WARNING_READ,
        (_U, _ANY),
        (_C, _OP),
        (_N, _PARTY, _SHARED),
        (_R, _UNIT, _SHARED),
        (_V, _ANY),
    ),
    *_rows(Action.WARNING_UPDATE, (_C, _OP), (_N, _PARTY, _SHARED), (_R, _UNIT, _SHARED)),
)


_BY_ACTION: dict[Action, tuple[Rule, ...]] = {
    action: tuple(rule for rule in TABLE if rule.action is action) for action in Action
}
"""The table's rows by what they are about: it is asked several times in every request."""


def _stands(actor: Actor, grant: Grant, relation: Relation, subject: Subject) -> bool:
    match relation:
        case Relation.ANY:
            return True
        case Relation.OWN_OPERATION:
            return grant.scope is None or grant.scope == subject.operation
        case Relation.OWN_PARTY:
            return grant.scope is not None and grant.scope == subject.party
        case Relation.OWN_UNIT:
            return grant.scope is not None and grant.scope == subject.unit
        case Relation.PARTICIPANT:
            return bool(actor.parties & subject.participants)
        case Relation.SELF:
            return actor.id is not None and actor.id == subject.person


def allows(actor: Actor, action: Action, subject: Subject = NOTHING) -> bool:
    """Say whether ``actor`` may do ``action`` to ``subject`` by at least one row of the table."""
    return any(
        grant.role is rule.role
        and (rule.states is None or subject.state in rule.states)
        and _stands(actor, grant, rule.relation, subject)
        for rule in _BY_ACTION[action]
        for grant in actor.grants
    )


def require(actor: Actor, action: Action, subject: Subject = NOTHING) -> None:
    """Return when the table allows it.

    Raises :class:`~jointops.kernel.errors.NotAllowed` with code ``not-allowed`` otherwise.
    """
    if not allows(actor, action, subject):
        raise NotAllowed(
            "not-allowed",
            _(
                "Your role does not allow this (${action}). Ask the operation coordinator or an administrator.",
                mapping={"action": action.value},
            ),
        )
