"""The outside form of the planning workspace: sections with their state, drafts, comments, differences."""

from __future__ import annotations

from marshmallow import fields, validate

from jointops.operations.schemas import MAX_NUMBER
from jointops.planning.comments import LONGEST_COMMENT
from jointops.web.fields import Instant, Labels, Schema, Text
from jointops.web.paging import PageQuery

LONGEST_POINTER = 400
LONGEST_CELL = 20000
MOST_CELLS = 20000


class MissingSchema(Schema):
    """Something that a section lacks: a pointer into the plan, and what it is."""

    pointer = fields.String()
    message = fields.String()


class ProblemSchema(Schema):
    """Something wrong in a draft: its code, the field and what to mend."""

    code = fields.String()
    pointer = fields.String()
    message = fields.String()


class SectionSchema(Schema):
    """A section of the plan with how far it is."""

    code = fields.String()
    title = Labels()
    status = fields.String()
    missing = fields.List(fields.Nested(MissingSchema))
    reason = Labels(allow_none=True)
    comments = fields.Integer()
    draft = fields.Boolean()


class SectionsSchema(Schema):
    """All sections, and how many of them are done: complete, or not applicable."""

    items = fields.List(fields.Nested(SectionSchema))
    done = fields.Integer()
    total = fields.Integer()
    plan_version = fields.Integer()


class DraftInputSchema(Schema):
    """What a draft changes: the text of each field, by its JSON pointer in the plan's plain data.

    A new entry of a list has a place behind the others; ``/risks/0/@remove`` with a text takes an entry out;
    ``/risks/@order`` puts them in another order: places with runs of them short, such as ``0-3,5,4``.
    """

    base = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_NUMBER))
    cells = fields.Dict(
        keys=fields.String(validate=[validate.Length(1, LONGEST_POINTER), validate.Regexp(r"^/")]),
        values=Text(LONGEST_CELL),
        required=True,
        validate=validate.Length(max=MOST_CELLS),
    )


class ClashSchema(Schema):
    """A field that a later version of the plan changed too: what it says there."""

    pointer = fields.String(attribute="name")
    mine = fields.String()
    theirs = fields.String()


class DraftSchema(Schema):
    """The draft of a section over the latest version; without a draft nothing is changed and the version is 0."""

    section = fields.String()
    base = fields.Integer()
    version = fields.Integer()
    author = fields.String()
    saved_at = Instant(allow_none=True)
    cells = fields.Dict(keys=fields.String(), values=fields.String())
    clashes = fields.List(fields.Nested(ClashSchema))
    problems = fields.List(fields.Nested(ProblemSchema))


class KeepSchema(Schema):
    """What was changed, and why."""

    note = Text(2000, load_default="")


class CommentInputSchema(Schema):
    """A comment on a section, or with ``answers`` an answer to the comment of that number."""

    section = Text(80, 1, required=True)
    text = Text(LONGEST_COMMENT, 1, required=True)
    answers = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, MAX_NUMBER)
    )


class SettleSchema(Schema):
    """Whether the comment is settled."""

    resolved = fields.Boolean(required=True, truthy={True}, falsy={False})


class AnswerSchema(Schema):
    """An answer to a comment, or a comment itself."""

    id = fields.Integer()
    section = fields.String()
    plan_version = fields.Integer(attribute="plan_number")
    text = fields.String()
    author = fields.String()
    party = fields.String()
    created_at = Instant()


class CommentSchema(AnswerSchema):
    """A comment with its answers; ``resolved_at`` and ``resolved_by`` once it is settled."""

    resolved_at = Instant(allow_none=True)
    resolved_by = fields.String(allow_none=True)
    answers = fields.List(fields.Nested(AnswerSchema))


class CommentQuery(PageQuery):
    """Which comments: those of one section."""

    section = fields.String(load_default=None)


class LogEntrySchema(Schema):
    """What a version changed, in sentences of the reader's language."""

    number = fields.Integer()
    author = fields.String()
    created_at = Instant()
    note = fields.String()
    changes = fields.List(fields.String())
