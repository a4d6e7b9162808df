"""Add what returns need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jointops.kernel.types import Json, Quantity, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the database one revision up."""
    op.create_table(
        "attachment_content",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_attachment_content")),
    )
    op.create_table(
        "intake_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
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
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("taken_back_at", UtcDateTime(), nullable=True),
        sa.Column("taken_back_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_intake_batch_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_batch")),
    )
    with op.batch_alter_table("intake_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_batch_operation_id"), ["operation_id"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("flags", Json(), nullable=False),
        sa.Column("kept_reason", sa.Text(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.String(length=200), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_attachment_operation_id")),
        sa.ForeignKeyConstraint(["sha256"], ["attachment_content.sha256"], name=op.f("fk_attachment_sha256")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_attachment_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("unit_id", "day", "sha256", name=op.f("uq_attachment_unit_id_day_sha256")),
    )
    op.create_table(
        "duplicate_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("first_unit_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("first_reference", sa.String(length=80), nullable=False),
        sa.Column("second_unit_id", sa.Integer(), nullable=False),
        sa.Column("second_day", sa.Date(), nullable=False),
        sa.Column("second_reference", sa.String(length=80), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("counting_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["counting_id"], ["reporting_unit.id"], name=op.f("fk_duplicate_decision_counting_id")
        ),
        sa.ForeignKeyConstraint(
            ["first_unit_id"], ["reporting_unit.id"], name=op.f("fk_duplicate_decision_first_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_duplicate_decision_operation_id")
        ),
        sa.ForeignKeyConstraint(
            ["second_unit_id"], ["reporting_unit.id"], name=op.f("fk_duplicate_decision_second_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_decision")),
    )
    with op.batch_alter_table("duplicate_decision", schema=None) as batch_op:
        batch_op.create_index("ix_duplicate_decision_operation_id", ["operation_id"], unique=False)

    op.create_table(
        "reminder_sent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("step", sa.String(length=60), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_reminder_sent_operation_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_reminder_sent_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_sent")),
        sa.UniqueConstraint("unit_id", "day", "step", name=op.f("uq_reminder_sent_unit_id_day_step")),
    )
    op.create_table(
        "return_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("return_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation.id"], name=op.f("fk_return_draft_operation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_return_draft_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_return_draft_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_draft")),
        sa.UniqueConstraint(
            "unit_id", "day", "person_id", name=op.f("uq_return_draft_unit_id_day_person_id")
        ),
    )
    with op.batch_alter_table("return_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_return_draft_person_id"), ["person_id"], unique=False)

    op.create_table(
        "joint_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("joint_result_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("linked_by", sa.String(length=200), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["joint_result_id"], ["joint_result.id"], name=op.f("fk_joint_link_joint_result_id")
        ),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_joint_link_operation_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_joint_link_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_link")),
    )
    with op.batch_alter_table("joint_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joint_link_joint_result_id"), ["joint_result_id"], unique=False)
        batch_op.create_index("ix_joint_link_operation_id_unit_id", ["operation_id", "unit_id"], unique=False)

    with op.batch_alter_table("joint_result", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counting_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("part_of_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_joint_result_counting_id"), "reporting_unit", ["counting_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_joint_result_part_of_id"), "joint_result", ["part_of_id"], ["id"]
        )

    with op.batch_alter_table("daily_return", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("certainty", sa.String(length=20), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("weight", sa.String(length=20), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(sa.Column("seizures", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("given_quantity", Quantity(), nullable=True))
        batch_op.add_column(sa.Column("given_unit", sa.String(length=40), nullable=True))

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("latitude", Quantity(), nullable=True))
        batch_op.add_column(sa.Column("longitude", Quantity(), nullable=True))
        batch_op.add_column(
            sa.Column("modus_operandi", sa.String(length=80), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(
            sa.Column(
                "external_reference", sa.String(length=80), server_default=sa.text("''"), nullable=False
            )
        )

    with op.batch_alter_table("observation", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("indicator", sa.String(length=80), server_default=sa.text("''"), nullable=False)
        )

    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("skips", Json(), server_default=sa.text("'{}'"), nullable=False))

    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("flags", Json(), server_default=sa.text("'[]'"), nullable=False))
        batch_op.add_column(
            sa.Column("source", sa.String(length=20), server_default=sa.text("''"), nullable=False)
        )

    # In one statement, so that SQLite need not write the table anew while others refer to it.
    op.execute(
        "ALTER TABLE revision ADD COLUMN batch_id INTEGER"
        " CONSTRAINT fk_revision_batch_id REFERENCES intake_batch (id)"
    )
    op.create_index("ix_revision_batch_id", "revision", ["batch_id"])


def downgrade() -> None:
    """Take the database one revision back."""
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revision_batch_id"))
        batch_op.drop_column("batch_id")
        batch_op.drop_column("source")
        batch_op.drop_column("flags")
        batch_op.drop_column("withdrawn")

    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.drop_column("skips")

    with op.batch_alter_table("observation", schema=None) as batch_op:
        batch_op.drop_column("indicator")

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_column("external_reference")
        batch_op.drop_column("modus_operandi")
        batch_op.drop_column("longitude")
        batch_op.drop_column("latitude")

    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.drop_column("given_unit")
        batch_op.drop_column("given_quantity")
        batch_op.drop_column("seizures")
        batch_op.drop_column("weight")
        batch_op.drop_column("certainty")

    with op.batch_alter_table("daily_return", schema=None) as batch_op:
        batch_op.drop_column("withdrawn")

    with op.batch_alter_table("joint_result", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_joint_result_part_of_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_joint_result_counting_id"), type_="foreignkey")
        batch_op.drop_column("part_of_id")
        batch_op.drop_column("counting_id")

    with op.batch_alter_table("joint_link", schema=None) as batch_op:
        batch_op.drop_index("ix_joint_link_operation_id_unit_id")
        batch_op.drop_index(batch_op.f("ix_joint_link_joint_result_id"))

    op.drop_table("joint_link")
    with op.batch_alter_table("return_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_return_draft_person_id"))

    op.drop_table("return_draft")
    op.drop_table("reminder_sent")
    with op.batch_alter_table("duplicate_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_duplicate_decision_operation_id")

    op.drop_table("duplicate_decision")
    op.drop_table("attachment")
    with op.batch_alter_table("intake_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intake_batch_operation_id"))

    op.drop_table("intake_batch")
    op.drop_table("attachment_content")
