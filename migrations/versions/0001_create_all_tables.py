"""Create all tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jointops.kernel.types import Json, Quantity, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the database one revision up."""
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "api",
                "command",
                "demo",
                "form",
                "job",
                "spreadsheet",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_key", sa.String(length=200), nullable=False),
        sa.Column("operation", sa.String(length=80), nullable=True),
        sa.Column("details", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_operation_at", ["operation", "at"], unique=False)

    op.create_table(
        "idempotent_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_answer")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_idempotent_answer_person_id_key")),
    )
    op.create_table(
        "marking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("classification", sa.String(length=40), nullable=False),
        sa.Column("tlp", sa.String(length=20), nullable=False),
        sa.Column("handling", sa.String(length=20), nullable=False),
        sa.Column("releasable_to", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marking")),
        sa.UniqueConstraint(
            "classification",
            "tlp",
            "handling",
            "releasable_to",
            name=op.f("uq_marking_classification_tlp_handling_releasable_to"),
        ),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "policy_cycle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_policy_cycle_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_cycle")),
        sa.UniqueConstraint("code", name=op.f("uq_policy_cycle_code")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_token_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index("ix_api_token_person_id", ["person_id"], unique=False)

    op.create_table(
        "operation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "consultation",
                "approved",
                "running",
                "closed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("lead", sa.String(length=80), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=True),
        sa.Column("marking_id", sa.Integer(), nullable=False),
        sa.Column("frozen_at", UtcDateTime(), nullable=True),
        sa.Column("plan_number", sa.Integer(), nullable=False),
        sa.Column("chain", Json(), nullable=False),
        sa.Column("exchange_rates", Json(), nullable=False),
        sa.Column("parties", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "first_day <= starts_on AND ends_on <= last_day", name=op.f("ck_operation_phases")
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_operation_period")),
        sa.ForeignKeyConstraint(["cycle_id"], ["policy_cycle.id"], name=op.f("fk_operation_cycle_id")),
        sa.ForeignKeyConstraint(["marking_id"], ["marking.id"], name=op.f("fk_operation_marking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sa.UniqueConstraint("code", name=op.f("uq_operation_code")),
    )
    op.create_table(
        "operational_action_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_operational_action_plan_period")),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["policy_cycle.id"], name=op.f("fk_operational_action_plan_cycle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operational_action_plan")),
        sa.UniqueConstraint("cycle_id", "code", name=op.f("uq_operational_action_plan_cycle_id_code")),
    )
    op.create_table(
        "priority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["policy_cycle.id"], name=op.f("fk_priority_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority")),
        sa.UniqueConstraint("cycle_id", "code", name=op.f("uq_priority_cycle_id_code")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "auditor",
                "coordinator",
                "national-coordinator",
                "reporter",
                "reviewer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("person_id", "role", "scope", name=op.f("uq_role_grant_person_id_role_scope")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_sign_in_token_sha256")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_person_id"), ["person_id"], unique=False)

    op.create_table(
        "strategic_goal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["policy_cycle.id"], name=op.f("fk_strategic_goal_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategic_goal")),
        sa.UniqueConstraint("cycle_id", "code", name=op.f("uq_strategic_goal_cycle_id_code")),
    )
    op.create_table(
        "action_area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("leader", sa.String(length=80), nullable=False),
        sa.Column("priority_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("in_plan", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_action_area_operation_id")),
        sa.ForeignKeyConstraint(["priority_id"], ["priority.id"], name=op.f("fk_action_area_priority_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_area")),
        sa.UniqueConstraint("operation_id", "code", name=op.f("uq_action_area_operation_id_code")),
    )
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "in-review",
                "returned",
                "endorsed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("as_known_at", UtcDateTime(), nullable=True),
        sa.Column("sealed", Json(), nullable=True),
        sa.Column("sealed_sha256", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'endorsed') = (sealed_sha256 IS NOT NULL)", name=op.f("ck_evaluation_sealed")
        ),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_evaluation_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_evaluation_operation_id")),
    )
    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("labels", Json(), nullable=False),
        sa.Column("definition", Json(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("accepted_units", Json(), nullable=False),
        sa.Column(
            "aggregation",
            sa.Enum(
                "sum", "max", "last", name="aggregation", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("categories", Json(), nullable=False),
        sa.Column("part_of", sa.String(length=80), nullable=True),
        sa.Column("action_areas", Json(), nullable=False),
        sa.Column("authorities", Json(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("in_plan", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_indicator_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("operation_id", "code", name=op.f("uq_indicator_operation_id_code")),
    )
    op.create_table(
        "operational_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("priority_id", sa.Integer(), nullable=True),
        sa.Column("goal_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("leader", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "planned",
                "ongoing",
                "completed",
                "postponed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("origin_operation", sa.String(length=80), nullable=True),
        sa.Column("origin_recommendation", sa.String(length=80), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["strategic_goal.id"], name=op.f("fk_operational_action_goal_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["operational_action_plan.id"], name=op.f("fk_operational_action_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["priority_id"], ["priority.id"], name=op.f("fk_operational_action_priority_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operational_action")),
        sa.UniqueConstraint("plan_id", "code", name=op.f("uq_operational_action_plan_id_code")),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=80), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "invited",
                "takes-part",
                "with-conditions",
                "declined",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("in_plan", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_participant_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("operation_id", "party", name=op.f("uq_participant_operation_id_party")),
    )
    op.create_table(
        "plan_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_plan_version_number")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_plan_version_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("operation_id", "number", name=op.f("uq_plan_version_operation_id_number")),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("as_known_at", UtcDateTime(), nullable=True),
        sa.Column("publisher", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_publication_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("operation_id", "code", name=op.f("uq_publication_operation_id_code")),
    )
    op.create_table(
        "situation_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("as_known_at", UtcDateTime(), nullable=False),
        sa.Column("frozen_at", UtcDateTime(), nullable=False),
        sa.Column("frozen_by", sa.String(length=200), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_situation_report_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_situation_report")),
        sa.UniqueConstraint("operation_id", "day", name=op.f("uq_situation_report_operation_id_day")),
    )
    op.create_table(
        "evaluation_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column(
            "to_state",
            sa.Enum(
                "draft",
                "in-review",
                "returned",
                "endorsed",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_evaluation_step_evaluation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_step")),
    )
    with op.batch_alter_table("evaluation_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluation_step_evaluation_id"), ["evaluation_id"], unique=False)

    op.create_table(
        "objective",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("action_area_id", sa.Integer(), nullable=True),
        sa.Column("indicator_id", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column(
            "target_kind",
            sa.Enum(
                "at-least",
                "at-most",
                name="target_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("target", Quantity(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("in_plan", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_area_id"], ["action_area.id"], name=op.f("fk_objective_action_area_id")
        ),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_objective_indicator_id")),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_objective_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objective")),
        sa.UniqueConstraint("operation_id", "code", name=op.f("uq_objective_operation_id_code")),
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("action_area_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "strength", "improvement", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("capability", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("party", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_area_id"], ["action_area.id"], name=op.f("fk_observation_action_area_id")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_observation_evaluation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint("evaluation_id", "code", name=op.f("uq_observation_evaluation_id_code")),
    )
    op.create_table(
        "plan_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_version_id", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_version_id"], ["plan_version.id"], name=op.f("fk_plan_approval_plan_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_approval")),
        sa.UniqueConstraint("plan_version_id", name=op.f("uq_plan_approval_plan_version_id")),
    )
    op.create_table(
        "published_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column("party", sa.String(length=80), nullable=True),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column(
            "bound",
            sa.Enum(
                "exact",
                "about",
                "more-than",
                "almost",
                name="bound",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_published_figure_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_figure")),
    )
    with op.batch_alter_table("published_figure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_published_figure_publication_id"), ["publication_id"], unique=False
        )

    op.create_table(
        "reporting_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column(
            "authority",
            sa.Enum(
                "police",
                "customs",
                "border-guard",
                "judicial",
                "other",
                name="authority",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", Json(), nullable=False),
        sa.Column("action_areas", Json(), nullable=False),
        sa.Column("indicators", Json(), nullable=False),
        sa.Column("reports", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("in_plan", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_reporting_unit_operation_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_reporting_unit_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporting_unit")),
        sa.UniqueConstraint("operation_id", "code", name=op.f("uq_reporting_unit_operation_id_code")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("action_area_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", Json(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("instructions", Json(), nullable=False),
        sa.Column("place", Json(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("hours", Json(), nullable=True),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("planned", Json(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_task_window")),
        sa.ForeignKeyConstraint(["action_area_id"], ["action_area.id"], name=op.f("fk_task_action_area_id")),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_task_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("operation_id", "code", name=op.f("uq_task_operation_id_code")),
    )
    op.create_table(
        "daily_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("marking_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "verified",
                "accepted",
                "sent-back",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("latest_number", sa.Integer(), nullable=False),
        sa.Column("first_submitted_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["marking_id"], ["marking.id"], name=op.f("fk_daily_return_marking_id")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_daily_return_operation_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_daily_return_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_return")),
        sa.UniqueConstraint(
            "operation_id", "unit_id", "day", name=op.f("uq_daily_return_operation_id_unit_id_day")
        ),
    )
    with op.batch_alter_table("daily_return", schema=None) as batch_op:
        batch_op.create_index("ix_daily_return_operation_id_day", ["operation_id", "day"], unique=False)

    op.create_table(
        "joint_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_joint_result_operation_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["reporting_unit.id"], name=op.f("fk_joint_result_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_result")),
        sa.UniqueConstraint(
            "operation_id",
            "owner_id",
            "reference",
            name=op.f("uq_joint_result_operation_id_owner_id_reference"),
        ),
    )
    op.create_table(
        "late_permit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.String(length=200), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_late_permit_operation_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_late_permit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_permit")),
    )
    with op.batch_alter_table("late_permit", schema=None) as batch_op:
        batch_op.create_index("ix_late_permit_unit_id_day", ["unit_id", "day"], unique=False)

    op.create_table(
        "recommendation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("observation_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("capability", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "adopted",
                "rejected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("adopted_as_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'adopted') = (adopted_as_id IS NOT NULL)", name=op.f("ck_recommendation_adopted")
        ),
        sa.ForeignKeyConstraint(
            ["adopted_as_id"], ["operational_action.id"], name=op.f("fk_recommendation_adopted_as_id")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_recommendation_evaluation_id")
        ),
        sa.ForeignKeyConstraint(
            ["observation_id"], ["observation.id"], name=op.f("fk_recommendation_observation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation")),
        sa.UniqueConstraint("adopted_as_id", name=op.f("uq_recommendation_adopted_as_id")),
        sa.UniqueConstraint("evaluation_id", "code", name=op.f("uq_recommendation_evaluation_id_code")),
    )
    op.create_table(
        "task_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "assigned",
                "accepted",
                "declined",
                "under-way",
                "done",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_assignment_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_task_assignment_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_assignment")),
        sa.UniqueConstraint("task_id", "unit_id", name=op.f("uq_task_assignment_task_id_unit_id")),
    )
    with op.batch_alter_table("task_assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_assignment_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "task_log_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("from_state", sa.String(length=40), nullable=False),
        sa.Column("to_state", sa.String(length=40), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_log_entry_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_task_log_entry_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_log_entry")),
    )
    with op.batch_alter_table("task_log_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_log_entry_task_id"), ["task_id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("nil", sa.Boolean(), nullable=False),
        sa.Column("correction", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "api",
                "command",
                "demo",
                "form",
                "job",
                "spreadsheet",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.CheckConstraint("NOT correction OR reason <> ''", name=op.f("ck_revision_reason")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_revision_number")),
        sa.ForeignKeyConstraint(["return_id"], ["daily_return.id"], name=op.f("fk_revision_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("return_id", "number", name=op.f("uq_revision_return_id_number")),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("joint_result_id", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("joint_with", Json(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["joint_result_id"], ["joint_result.id"], name=op.f("fk_incident_joint_result_id")
        ),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_incident_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("revision_id", "reference", name=op.f("uq_incident_revision_id_reference")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_joint_result_id"), ["joint_result_id"], unique=False)

    op.create_table(
        "review_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "submitted",
                "verified",
                "accepted",
                "sent-back",
                "answered",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pointer", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_review_step_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_step")),
    )
    with op.batch_alter_table("review_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_step_revision_id"), ["revision_id"], unique=False)

    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("action_area_id", sa.Integer(), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("joint_result_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "preparatory",
                "action-days",
                "follow-up",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "scope",
            sa.Enum("operation", "other", name="scope", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "provisional",
                "verified",
                "accepted",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("known_from", UtcDateTime(), nullable=False),
        sa.Column("known_to", UtcDateTime(), nullable=True),
        sa.CheckConstraint("counts OR joint_result_id IS NOT NULL", name=op.f("ck_fact_counts")),
        sa.CheckConstraint("known_to IS NULL OR known_from <= known_to", name=op.f("ck_fact_known")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_fact_quantity")),
        sa.ForeignKeyConstraint(["action_area_id"], ["action_area.id"], name=op.f("fk_fact_action_area_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_fact_incident_id")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_fact_indicator_id")),
        sa.ForeignKeyConstraint(
            ["joint_result_id"], ["joint_result.id"], name=op.f("fk_fact_joint_result_id")
        ),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_fact_operation_id")),
        sa.ForeignKeyConstraint(["return_id"], ["daily_return.id"], name=op.f("fk_fact_return_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_fact_revision_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_fact_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.create_index("ix_fact_joint_result_id", ["joint_result_id"], unique=False)
        batch_op.create_index(
            "ix_fact_operation_id_status_day_unit_id",
            ["operation_id", "status", "day", "unit_id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_fact_open",
            ["return_id", "status", "line", "unit_id"],
            unique=True,
            sqlite_where=sa.text("known_to IS NULL"),
            postgresql_where=sa.text("known_to IS NULL"),
        )


def downgrade() -> None:
    """Take the database one revision back."""
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_fact_open",
            sqlite_where=sa.text("known_to IS NULL"),
            postgresql_where=sa.text("known_to IS NULL"),
        )
        batch_op.drop_index("ix_fact_operation_id_status_day_unit_id")
        batch_op.drop_index("ix_fact_joint_result_id")

    op.drop_table("fact")
    with op.batch_alter_table("review_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_step_revision_id"))

    op.drop_table("review_step")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_joint_result_id"))

    op.drop_table("incident")
    op.drop_table("revision")
    with op.batch_alter_table("task_log_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_log_entry_task_id"))

    op.drop_table("task_log_entry")
    with op.batch_alter_table("task_assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_assignment_unit_id"))

    op.drop_table("task_assignment")
    op.drop_table("recommendation")
    with op.batch_alter_table("late_permit", schema=None) as batch_op:
        batch_op.drop_index("ix_late_permit_unit_id_day")

    op.drop_table("late_permit")
    op.drop_table("joint_result")
    with op.batch_alter_table("daily_return", schema=None) as batch_op:
        batch_op.drop_index("ix_daily_return_operation_id_day")

    op.drop_table("daily_return")
    op.drop_table("task")
    op.drop_table("reporting_unit")
    with op.batch_alter_table("published_figure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_published_figure_publication_id"))

    op.drop_table("published_figure")
    op.drop_table("plan_approval")
    op.drop_table("observation")
    op.drop_table("objective")
    with op.batch_alter_table("evaluation_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evaluation_step_evaluation_id"))

    op.drop_table("evaluation_step")
    op.drop_table("situation_report")
    op.drop_table("publication")
    op.drop_table("plan_version")
    op.drop_table("participant")
    op.drop_table("operational_action")
    op.drop_table("indicator")
    op.drop_table("evaluation")
    op.drop_table("action_area")
    op.drop_table("strategic_goal")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_person_id"))

    op.drop_table("sign_in")
    op.drop_table("role_grant")
    op.drop_table("priority")
    op.drop_table("operational_action_plan")
    op.drop_table("operation")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index("ix_api_token_person_id")

    op.drop_table("api_token")
    op.drop_table("policy_cycle")
    op.drop_table("person")
    op.drop_table("marking")
    op.drop_table("idempotent_answer")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_operation_at")

    op.drop_table("audit_entry")
