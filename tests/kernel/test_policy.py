"""The policy table: every role, action, relation and state, against the sentences that it is meant to say."""

from __future__ import annotations

from itertools import product

import pytest

from jointops.kernel import policy
from jointops.kernel.errors import NotAllowed
from jointops.kernel.policy import ROLE_LABELS, TABLE, Action, Actor, Channel, Grant, Role, Subject
from jointops.operations.models import OperationState

STATES = [state.value for state in OperationState]

RUNNING = Subject("X-2027", frozenset({"RO", "ES"}), "RO", "RO-POLICE", "running", 7)

SCOPES: dict[Role, tuple[str | None, ...]] = {
    Role.ADMINISTRATOR: (None,),
    Role.AUDITOR: (None,),
    Role.COORDINATOR: (None, "X-2027", "Y-2027"),
    Role.NATIONAL_COORDINATOR: ("RO", "ES", "FR"),
    Role.REPORTER: ("RO-POLICE", "RO-CUSTOMS", "ES-POLICE", "FR-POLICE"),
    Role.REVIEWER: (None,),
}

MATRIX: dict[Action, str] = {
    # In the order of SCOPES: administrator, auditor, coordinator of all / this / another operation, national
    # coordinator of this / another / no participant, reporter of this unit / its party / another / no participant,
    # reviewer. The record is of RO-POLICE in a running operation of RO and ES, and about person 7, who acts.
    Action.PASSWORD_UPDATE: "A U CCC NNN RRRR V",
    Action.TOKEN_CREATE: "A U CCC NNN RRRR V",
    Action.USER_CREATE: "A - --- --- ---- -",
    Action.USER_READ: "A U --- --- ---- -",
    Action.USER_UPDATE: "A - --- --- ---- -",
    Action.AUDIT_READ: "A U --- --- ---- -",
    Action.CALENDAR_ADDRESS_CREATE: "A U CCC NNN RRRR V",
    Action.CALENDAR_READ: "A U CC- NN- RRR- V",
    Action.CONSULTATION_UPDATE: "A - CC- --- ---- -",
    Action.CONTRIBUTION_PLEDGE: "- - CC- N-- ---- -",
    Action.CONTRIBUTION_RECORD: "- - CC- N-- ---- -",
    Action.REMINDER_CREATE: "A - CC- --- ---- -",
    Action.CYCLE_ACTION_CREATE: "- - --- --- ---- V",
    Action.CYCLE_ACTION_UPDATE: "- - --- --- ---- V",
    Action.CYCLE_CREATE: "A - --- --- ---- V",
    Action.CYCLE_READ: "A U CCC NNN RRRR V",
    Action.EVALUATION_ENDORSE: "- - --- --- ---- V",
    Action.EVALUATION_READ: "A U CC- NN- RRR- V",
    Action.EVALUATION_SUBMIT: "- - CC- --- ---- -",
    Action.OBSERVATION_CREATE: "- - CC- NN- RRR- V",
    Action.PUBLICATION_CREATE: "A - CC- --- ---- -",
    Action.RECOMMENDATION_ADOPT: "- - --- --- ---- V",
    Action.RECOMMENDATION_CREATE: "- - CC- --- ---- V",
    Action.RECOMMENDATION_UPDATE: "- - CC- --- ---- V",
    Action.LESSON_READ: "A U CC- NN- RRR- V",
    Action.LESSON_ANSWER: "A - CC- --- ---- -",
    Action.MATCHING_COUNT_READ: "- U CC- NN- RRR- V",
    Action.MATCHING_ENTRY_CREATE: "- - CC- NN- RRR- -",
    Action.MATCHING_ENTRY_READ: "- - CC- NN- RRR- -",
    Action.MATCHING_ENTRY_WITHDRAW: "- - CC- NN- RRR- -",
    Action.MATCHING_KEY_ERASE: "- - CC- --- ---- -",
    Action.MEETING_READ: "A U CC- NN- RRR- V",
    Action.MEETING_UPDATE: "A - CC- --- ---- -",
    Action.NOTICE_READ: "A U CCC NNN RRRR V",
    Action.NOTICE_UPDATE: "A U CCC NNN RRRR V",
    Action.OPERATION_CREATE: "A - CCC --- ---- -",
    Action.OPERATION_READ: "A U CC- NN- RRR- V",
    Action.OPERATION_TRANSITION: "A - CC- --- ---- -",
    Action.PARTICIPANT_ANSWER: "- - --- N-- ---- -",
    Action.PARTICIPANT_UPDATE: "A - CC- N-- ---- -",
    Action.PLAN_APPROVE: "A - --- --- ---- V",
    Action.PLAN_UPDATE: "A - CC- --- ---- -",
    Action.PLAN_COMMENT: "A - CC- NN- RRR- V",
    Action.EXERCISE_CREATE: "A - CC- --- ---- -",
    Action.EXERCISE_DELETE: "A - CC- --- ---- -",
    Action.RETURN_ACCEPT: "- - CC- --- ---- -",
    Action.RETURN_ANSWER: "- - CC- N-- R--- -",
    Action.DUPLICATE_DECIDE: "- - CC- --- ---- -",
    Action.DUPLICATE_READ: "A U CC- --- ---- V",
    Action.RETURN_ATTACH: "A - CC- N-- R--- -",
    Action.RETURN_ATTACHMENT_READ: "A U CC- N-- R--- -",
    Action.RETURN_PERMIT: "- - CC- --- ---- -",
    Action.RETURN_READ: "A U CC- N-- R--- V",
    Action.RETURN_RECORD_HISTORY: "A - --- --- ---- -",
    Action.RETURN_SEND_BACK: "- - CC- N-- ---- -",
    Action.RETURN_SUBMIT: "A - CC- N-- R--- -",
    Action.RETURN_WITHDRAW: "A - CC- N-- R--- -",
    Action.RETURN_VERIFY: "- - CC- N-- ---- -",
    Action.SITUATION_FREEZE: "- - CC- --- ---- -",
    Action.SITUATION_READ: "A U CC- NN- RRR- V",
    Action.TASK_ASSIGN: "- - CC- --- ---- -",
    Action.TASK_ANSWER: "- - CC- N-- ---- -",
    Action.TASK_REPORT: "- - CC- N-- R--- -",
    Action.TASK_CONFLICT_ACCEPT: "- - CC- --- ---- -",
    Action.TASK_INPUT_ANSWER: "- - CC- N-- R--- -",
    Action.TASK_INPUT_ASK: "- - CC- N-- R--- -",
    Action.TASK_CREATE: "A - CC- --- ---- -",
    Action.TASK_EXPLAIN: "- - CC- --- ---- -",
    Action.TASK_READ: "A U CC- NN- RRR- V",
    Action.TASK_RECORD_HISTORY: "A - --- --- ---- -",
    Action.TASK_UPDATE: "A - CC- --- ---- -",
    Action.WARNING_LINK: "- - CC- N-- R--- -",
    Action.WARNING_ANSWER: "- - CC- N-- R--- -",
    Action.WARNING_CREATE: "- - CC- N-- R--- -",
    Action.WARNING_LIST: "- U CC- NN- RRR- V",
    Action.WARNING_READ: "- U CC- N-- R--- V",
    Action.WARNING_UPDATE: "- - CC- N-- R--- -",
}

HIDDEN_WHILE_DRAFT = {
    Action.CALENDAR_READ,
    Action.EVALUATION_READ,
    Action.LESSON_READ,
    Action.MATCHING_COUNT_READ,
    Action.MEETING_READ,
    Action.OBSERVATION_CREATE,
    Action.OPERATION_READ,
    Action.PLAN_COMMENT,
    Action.SITUATION_READ,
    Action.TASK_READ,
    Action.WARNING_LIST,
}


def who(role: Role, scope: str | None) -> Actor:
    return Actor(7, "somebody", (Grant(role, scope),), Channel.FORM)


EVERYBODY = [who(role, scope) for role, scopes in SCOPES.items() for scope in scopes]


def test_the_matrix_names_every_action() -> None:
    assert set(MATRIX) == set(Action)


@pytest.mark.parametrize("action", list(Action))
def test_the_table_says_what_the_matrix_says(action: Action) -> None:
    expected = [letter != "-" for letter in MATRIX[action].replace(" ", "")]

    assert [policy.allows(actor, action, RUNNING) for actor in EVERYBODY] == expected


@pytest.mark.parametrize(("action", "state"), list(product(sorted(HIDDEN_WHILE_DRAFT), STATES)))
def test_participants_see_an_operation_from_its_consultation_on(action: Action, state: str) -> None:
    subject = Subject("X-2027", frozenset({"RO"}), state=state)

    for actor in (who(Role.NATIONAL_COORDINATOR, "RO"), who(Role.REPORTER, "RO-POLICE")):
        assert policy.allows(actor, action, subject) == (state != "draft")


@pytest.mark.parametrize("state", STATES)
def test_a_coordinator_answers_for_a_participant_only_while_planning(state: str) -> None:
    subject = Subject("X-2027", frozenset({"RO"}), "RO", state=state)

    allowed = policy.allows(who(Role.COORDINATOR, "X-2027"), Action.PARTICIPANT_ANSWER, subject)

    assert allowed == (state in {"draft", "consultation"})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", [Action.RETURN_VERIFY, Action.RETURN_SEND_BACK, Action.RETURN_ACCEPT])
def test_returns_are_reviewed_only_while_an_operation_runs_or_after(action: Action, state: str) -> None:
    subject = Subject("X-2027", frozenset({"RO"}), "RO", "RO-POLICE", state)

    allowed = policy.allows(who(Role.COORDINATOR, None), action, subject)

    assert allowed == (state in {"running", "closed"})


@pytest.mark.parametrize("action", list(Action))
def test_nobody_without_a_role_may_do_anything(action: Action) -> None:
    for person in (7, None):
        assert not policy.allows(Actor(person, "", (), Channel.FORM), action, RUNNING)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_one_s_own_means_no_job_and_no_stranger(role: Role) -> None:
    grants = (Grant(role, SCOPES[role][0]),)

    assert not policy.allows(Actor(8, "", grants, Channel.FORM), Action.TOKEN_CREATE, Subject(person=7))
    assert not policy.allows(Actor(None, "", grants, Channel.JOB), Action.TOKEN_CREATE, Subject(person=None))


def test_roles_add_up() -> None:
    both = Actor(7, "", (Grant(Role.AUDITOR), Grant(Role.REPORTER, "RO-POLICE")), Channel.FORM)

    assert policy.allows(both, Action.AUDIT_READ)
    assert policy.allows(both, Action.RETURN_SUBMIT, RUNNING)
    assert not policy.allows(both, Action.RETURN_ACCEPT, RUNNING)


def test_a_refusal_says_what_was_asked_for_and_whom_to_ask() -> None:
    with pytest.raises(NotAllowed) as caught:
        policy.require(who(Role.REPORTER, "RO-POLICE"), Action.PLAN_UPDATE, RUNNING)

    assert (caught.value.status, caught.value.code) == (403, "not-allowed")
    assert caught.value.message.interpolate() == (  # type: ignore[attr-defined]
        "Your role does not allow this (operations:plan:update). Ask the operation coordinator or an administrator."
    )


def test_parties_and_units_follow_from_the_grants() -> None:
    grants = (
        Grant(Role.NATIONAL_COORDINATOR, "ES"),
        Grant(Role.REPORTER, "RO-POLICE"),
        Grant(Role.COORDINATOR, "X"),
    )
    actor = Actor(1, "", grants, Channel.FORM)

    assert actor.parties == {"ES", "RO"}
    assert actor.units == {"RO-POLICE"}
    assert actor.has(Role.COORDINATOR)
    assert not actor.has(Role.REVIEWER)


def test_the_table_is_in_order_and_says_nothing_twice() -> None:
    values = [action.value for action in Action]
    rows = [(rule.action, rule.role, rule.relation, rule.states) for rule in TABLE]

    assert [value.split(":")[0] for value in values] == sorted(value.split(":")[0] for value in values)
    assert len(rows) == len(set(rows))
    assert {rule.action for rule in TABLE} == set(Action)


def test_states_of_the_table_are_states_of_operations() -> None:
    named = {state for rule in TABLE for state in rule.states or ()}

    assert named <= set(STATES)


def test_every_role_has_a_name_for_people() -> None:
    assert set(ROLE_LABELS) == set(Role)
