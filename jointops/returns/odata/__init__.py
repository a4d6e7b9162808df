"""The figures of an operation as an OData v4 feed, which Excel, Power BI and other tools of analysis read.

The feed is read only, and shows what its reader may read in jointops. What it consists of is data in ``model``. A
request goes through ``views``, ``options`` (with ``filters``), ``answers``, ``sources`` (with ``sql`` and ``plain``)
and ``payload``.
"""

from __future__ import annotations

from pyramid.config import Configurator

PREFIX = "/odata/"
ROOT = "/odata/v1/operations/{code}"


def includeme(config: Configurator) -> None:
    """Bring the addresses of the feed, and errors in OData's form."""
    config.add_route("api:odata.service", ROOT)
    config.add_route("api:odata.root", f"{ROOT}/")
    config.add_route("api:odata.metadata", f"{ROOT}/$metadata")
    config.add_route("api:odata.set", f"{ROOT}/{{set}}")
    config.add_route("api:odata.part", f"{ROOT}/{{set}}/{{part}}")
    config.add_route("api:odata.part-count", f"{ROOT}/{{set}}/{{part}}/$count")
    config.add_error_form(PREFIX, config.maybe_dotted("jointops.returns.odata.views.refuse"))
