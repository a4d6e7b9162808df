"""Add the planning workspace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jointops.kernel.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the database one revision up."""
    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exercise", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("answer_by", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take the database one revision back."""
    with op.batch_alter_table("operation", schema=None) as batch_op:
        batch_op.drop_column("answer_by")
        batch_op.drop_column("exercise")
