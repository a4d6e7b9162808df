"""The planning workspace: the sections of a plan on working pages, drafts, comments, comparison, change log."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Bring the pages and the API."""
    config.add_route("operation.plan.sections", "/operations/{code}/plan/sections")
    config.add_route("operation.plan.section", "/operations/{code}/plan/sections/{section}")
    config.add_route("operation.plan.choices", "/operations/{code}/plan/choices/{source}")
    config.add_route("operation.plan.comments", "/operations/{code}/plan/sections/{section}/comments")
    config.add_route("operation.plan.comment", "/operations/{code}/plan/comments/{comment}")
    config.add_route("operation.plan.versions", "/operations/{code}/plan/versions")
    config.add_route("operation.plan.compare", "/operations/{code}/plan/compare")
    config.add_route("operation.plan.draft", "/operations/{code}/plan/draft")
    config.scan("jointops.planning")
