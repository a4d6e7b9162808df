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

    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exercise", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("answer_by", UtcDateTime(), nullable=True))

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

    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.drop_column("answer_by")
        batch_op.drop_column("exercise")

    with op.batch_alter_table("task_input_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_input_request_unit_id"))

    op.drop_table("task_input_request")
    with op.batch_alter_table("task_dependency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_dependency_depends_on_id"))

    op.drop_table("task_dependency")
    op.drop_table("task_conflict_note")
    op.drop_table("plan_draft")
    with op.batch_alter_table("plan_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_comment_parent_id"))
        batch_op.drop_index(batch_op.f("ix_plan_comment_operation_id"))

    op.drop_table("plan_comment")
