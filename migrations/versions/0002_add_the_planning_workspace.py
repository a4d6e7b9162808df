"""Add the planning workspace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jointops.kernel.types import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the database one revision up."""
    op.create_table(
        "calendar_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_address_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_address")),
        sa.UniqueConstraint("person_id", name=op.f("uq_calendar_address_person_id")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_calendar_address_token_sha256")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(length=80), nullable=True),
        sa.Column("subject", Json(), nullable=False),
        sa.Column("text", Json(), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("mail_after", UtcDateTime(), nullable=True),
        sa.Column("mail_claimed_at", UtcDateTime(), nullable=True),
        sa.Column("mail_attempts", sa.Integer(), nullable=False),
        sa.Column("mailed_at", UtcDateTime(), nullable=True),
        sa.Column("mail_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_notice_person_id_key")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_mail_after", ["mail_after"], unique=False)
        batch_op.create_index("ix_notice_person_id_read_at", ["person_id", "read_at"], unique=False)

    op.create_table(
        "matching_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=80), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "phone",
                "vehicle",
                "container",
                "document",
                "iban",
                "email",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_matching_entry_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_entry")),
        sa.UniqueConstraint(
            "operation_id",
            "owner",
            "kind",
            "digest",
            name=op.f("uq_matching_entry_operation_id_owner_kind_digest"),
        ),
    )
    with op.batch_alter_table("matching_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_matching_entry_operation_id_kind_digest", ["operation_id", "kind", "digest"], unique=False
        )

    op.create_table(
        "matching_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=43), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("delete_after", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_matching_key_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_key")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_matching_key_operation_id")),
    )
    with op.batch_alter_table("matching_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matching_key_delete_after"), ["delete_after"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("invited", Json(), nullable=False),
        sa.Column("attended", Json(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "in-progress",
                "closed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_meeting_minutes")),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_meeting_operation_id")),
        sa.ForeignKeyConstraint(["previous_id"], ["meeting.id"], name=op.f("fk_meeting_previous_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("operation_id", "number", name=op.f("uq_meeting_operation_id_number")),
    )
    op.create_table(
        "operation_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("plan_number", sa.Integer(), nullable=False),
        sa.Column("priorities", Json(), nullable=False),
        sa.Column("crime_areas", Json(), nullable=False),
        sa.Column("actions", Json(), nullable=False),
        sa.Column("tags", Json(), nullable=False),
        sa.Column("areas", Json(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_operation_profile_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_profile")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_operation_profile_operation_id")),
    )
    op.create_table(
        "plan_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("section", sa.String(length=80), nullable=False),
        sa.Column("plan_number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("party", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by IS NULL)", name=op.f("ck_plan_comment_resolved")
        ),
        sa.CheckConstraint("parent_id IS NULL OR resolved_at IS NULL", name=op.f("ck_plan_comment_answers")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_plan_comment_author_id")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_plan_comment_operation_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["plan_comment.id"], name=op.f("fk_plan_comment_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_comment")),
    )
    with op.batch_alter_table("plan_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_comment_operation_id"), ["operation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_comment_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "plan_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=80), nullable=False),
        sa.Column("cells", Json(), nullable=False),
        sa.Column("base_number", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("base_number >= 1", name=op.f("ck_plan_draft_base_number")),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_plan_draft_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_draft")),
        sa.UniqueConstraint("operation_id", "section", name=op.f("uq_plan_draft_operation_id_section")),
    )
    op.create_table(
        "rehearsal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("source_version", sa.Integer(), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("staged_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(length=200), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", Json(), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_rehearsal_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_rehearsal_operation_id")),
    )
    op.create_table(
        "task_conflict_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.String(length=200), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_task_conflict_note_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_conflict_note")),
        sa.UniqueConstraint("operation_id", "key", name=op.f("uq_task_conflict_note_operation_id_key")),
    )
    op.create_table(
        "agenda_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "own",
                "invitation",
                "section",
                "comment",
                "task",
                "conflict",
                "question",
                "warning",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("carried_from", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_agenda_item_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
    )
    with op.batch_alter_table("agenda_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agenda_item_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "contribution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("action_area", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actual_quantity", sa.Integer(), nullable=True),
        sa.Column("actual_days", sa.Integer(), nullable=True),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("known_from", UtcDateTime(), nullable=False),
        sa.Column("known_to", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "actual_quantity IS NULL OR actual_quantity >= 0", name=op.f("ck_contribution_actual_quantity")
        ),
        sa.CheckConstraint("quantity IS NULL OR quantity >= 1", name=op.f("ck_contribution_quantity")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_contribution_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
        sa.UniqueConstraint(
            "participant_id", "number", "version", name=op.f("uq_contribution_participant_id_number_version")
        ),
    )
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.create_index(
            "ix_contribution_participant_id_known_to", ["participant_id", "known_to"], unique=False
        )

    op.create_table(
        "identifier_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_identifier_match_order")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["matching_entry.id"], name=op.f("fk_identifier_match_first_id")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_identifier_match_operation_id")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["matching_entry.id"], name=op.f("fk_identifier_match_second_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identifier_match")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_identifier_match_first_id_second_id")),
        sa.UniqueConstraint("operation_id", "number", name=op.f("uq_identifier_match_operation_id_number")),
    )
    with op.batch_alter_table("identifier_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identifier_match_first_id"), ["first_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identifier_match_second_id"), ["second_id"], unique=False)

    op.create_table(
        "plan_refusal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_version_id", sa.Integer(), nullable=False),
        sa.Column("refused_by", sa.String(length=200), nullable=False),
        sa.Column("refused_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_version_id"], ["plan_version.id"], name=op.f("fk_plan_refusal_plan_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_refusal")),
        sa.UniqueConstraint("plan_version_id", name=op.f("uq_plan_refusal_plan_version_id")),
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invitation",
                "before",
                "after",
                "by-hand",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("sent_by", sa.String(length=200), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_reminder_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("participant_id", "key", name=op.f("uq_reminder_participant_id_key")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_decision_item_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_decision_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("task_id", name=op.f("uq_decision_task_id")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_item_id"), ["item_id"], unique=False)

    op.create_table(
        "task_dependency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("depends_on_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("task_id <> depends_on_id", name=op.f("ck_task_dependency_not_itself")),
        sa.ForeignKeyConstraint(
            ["depends_on_id"], ["task.id"], name=op.f("fk_task_dependency_depends_on_id")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_dependency_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_dependency")),
        sa.UniqueConstraint(
            "task_id", "depends_on_id", name=op.f("uq_task_dependency_task_id_depends_on_id")
        ),
    )
    with op.batch_alter_table("task_dependency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_dependency_depends_on_id"), ["depends_on_id"], unique=False)

    op.create_table(
        "task_input_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked_by_unit_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_unit_id"], ["reporting_unit.id"], name=op.f("fk_task_input_request_asked_by_unit_id")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_input_request_task_id")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["reporting_unit.id"], name=op.f("fk_task_input_request_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_input_request")),
        sa.UniqueConstraint("task_id", "number", name=op.f("uq_task_input_request_task_id_number")),
    )
    with op.batch_alter_table("task_input_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_input_request_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "consignment",
                "vehicle",
                "pattern",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("watch_for", sa.Text(), nullable=False),
        sa.Column("expected_at", sa.String(length=300), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("authority", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "closed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("sent_by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("until IS NULL OR since <= until", name=op.f("ck_warning_window")),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_warning_operation_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["reporting_unit.id"], name=op.f("fk_warning_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning")),
        sa.UniqueConstraint("operation_id", "code", name=op.f("uq_warning_operation_id_code")),
    )
    op.create_table(
        "recommendation_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "taken-up",
                "rejected",
                "deferred",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("section", sa.String(length=80), nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(answer = 'taken-up') = (section <> '')", name=op.f("ck_recommendation_answer_section")
        ),
        sa.CheckConstraint(
            "answer = 'taken-up' OR reason <> ''", name=op.f("ck_recommendation_answer_reason")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_recommendation_answer_operation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendation.id"],
            name=op.f("fk_recommendation_answer_recommendation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_answer")),
        sa.UniqueConstraint(
            "operation_id",
            "recommendation_id",
            name=op.f("uq_recommendation_answer_operation_id_recommendation_id"),
        ),
    )
    with op.batch_alter_table("recommendation_answer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recommendation_answer_recommendation_id"), ["recommendation_id"], unique=False
        )

    op.create_table(
        "warning_feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warning_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "found",
                "checked",
                "not-seen",
                "cannot-check",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_warning_feedback_unit_id")),
        sa.ForeignKeyConstraint(["warning_id"], ["warning.id"], name=op.f("fk_warning_feedback_warning_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_feedback")),
    )
    with op.batch_alter_table("warning_feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_warning_feedback_warning_id"), ["warning_id"], unique=False)

    op.create_table(
        "warning_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warning_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["reporting_unit.id"], name=op.f("fk_warning_recipient_unit_id")
        ),
        sa.ForeignKeyConstraint(["warning_id"], ["warning.id"], name=op.f("fk_warning_recipient_warning_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_recipient")),
        sa.UniqueConstraint("warning_id", "unit_id", name=op.f("uq_warning_recipient_warning_id_unit_id")),
    )
    with op.batch_alter_table("warning_recipient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_warning_recipient_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "warning_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warning_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("linked_by", sa.String(length=200), nullable=False),
        sa.Column("taken_back_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(task_id IS NOT NULL AND unit_id IS NULL AND day IS NULL AND reference = '') OR (task_id IS NULL AND unit_id IS NOT NULL AND day IS NOT NULL AND reference <> '')",
            name=op.f("ck_warning_result_incident_or_task"),
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_warning_result_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_warning_result_unit_id")),
        sa.ForeignKeyConstraint(["warning_id"], ["warning.id"], name=op.f("fk_warning_result_warning_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_result")),
    )
    with op.batch_alter_table("warning_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_warning_result_task_id"), ["task_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_warning_result_warning_id"), ["warning_id"], unique=False)

    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exercise", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("answer_by", UtcDateTime(), nullable=True))

    with op.batch_alter_table("plan_approval", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("function", sa.String(length=200), server_default=sa.text("('')"), nullable=False)
        )
        batch_op.add_column(sa.Column("statement", sa.Text(), server_default=sa.text("('')"), nullable=False))

    with op.batch_alter_table("recommendation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tags", Json(), server_default=sa.text("'[]'"), nullable=False))

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("authorities", Json(), server_default=sa.text("'[]'"), nullable=False))
        batch_op.add_column(sa.Column("resources", Json(), server_default=sa.text("'[]'"), nullable=False))
        batch_op.add_column(
            sa.Column("explanation", sa.Text(), server_default=sa.text("('')"), nullable=False)
        )


def downgrade() -> None:
    """Take the database one revision back."""
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_column("explanation")
        batch_op.drop_column("resources")
        batch_op.drop_column("authorities")

    with op.batch_alter_table("recommendation", schema=None) as batch_op:
        batch_op.drop_column("tags")

    with op.batch_alter_table("plan_approval", schema=None) as batch_op:
        batch_op.drop_column("statement")
        batch_op.drop_column("function")

    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.drop_column("answer_by")
        batch_op.drop_column("exercise")

    with op.batch_alter_table("warning_result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_warning_result_warning_id"))
        batch_op.drop_index(batch_op.f("ix_warning_result_task_id"))

    op.drop_table("warning_result")
    with op.batch_alter_table("warning_recipient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_warning_recipient_unit_id"))

    op.drop_table("warning_recipient")
    with op.batch_alter_table("warning_feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_warning_feedback_warning_id"))

    op.drop_table("warning_feedback")
    with op.batch_alter_table("recommendation_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recommendation_answer_recommendation_id"))

    op.drop_table("recommendation_answer")
    op.drop_table("warning")
    with op.batch_alter_table("task_input_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_input_request_unit_id"))

    op.drop_table("task_input_request")
    with op.batch_alter_table("task_dependency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_dependency_depends_on_id"))

    op.drop_table("task_dependency")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_item_id"))

    op.drop_table("decision")
    op.drop_table("reminder")
    op.drop_table("plan_refusal")
    with op.batch_alter_table("identifier_match", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identifier_match_second_id"))
        batch_op.drop_index(batch_op.f("ix_identifier_match_first_id"))

    op.drop_table("identifier_match")
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.drop_index("ix_contribution_participant_id_known_to")

    op.drop_table("contribution")
    with op.batch_alter_table("agenda_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agenda_item_meeting_id"))

    op.drop_table("agenda_item")
    op.drop_table("task_conflict_note")
    op.drop_table("rehearsal")
    op.drop_table("plan_draft")
    with op.batch_alter_table("plan_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_comment_parent_id"))
        batch_op.drop_index(batch_op.f("ix_plan_comment_operation_id"))

    op.drop_table("plan_comment")
    op.drop_table("operation_profile")
    op.drop_table("meeting")
    with op.batch_alter_table("matching_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matching_key_delete_after"))

    op.drop_table("matching_key")
    with op.batch_alter_table("matching_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_matching_entry_operation_id_kind_digest")

    op.drop_table("matching_entry")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_person_id_read_at")
        batch_op.drop_index("ix_notice_mail_after")

    op.drop_table("notice")
    op.drop_table("calendar_address")
