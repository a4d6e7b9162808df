"""Pages, data and built files travel packed, where the browser can unpack them."""

from __future__ import annotations

import gzip

import pytest
from webob import Request, Response

from jointops.web.assets import asset
from tests.support.app import Site

pytestmark = pytest.mark.database("sqlite")


def ask(site: Site, path: str, accepted: str | None) -> Response:
    """Return an answer as it travels; WebTest would unpack it."""
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    answer: Response = Request.blank(path, headers=headers).get_response(site.application)
    # Reading it closes the file that it is made from.
    assert answer.body
    return answer


def test_a_page_is_packed_and_its_length_is_blurred(site: Site) -> None:
    plain = ask(site, "/sign-in", None)
    packed = [ask(site, "/sign-in", "gzip, br") for _ in range(6)]
    assert plain.content_encoding is None
    assert {answer.content_encoding for answer in packed} == {"gzip"}
    assert plain.vary is not None
    assert "Accept-Encoding" in plain.vary
    assert b"</html>" in gzip.decompress(packed[0].body)
    assert len({answer.content_length for answer in packed}) > 1
    assert len(packed[0].body) < len(plain.body) / 3


@pytest.mark.parametrize("accepted, encoding", [("gzip, br", "br"), ("gzip", "gzip"), ("identity", None)])
def test_a_built_file_was_packed_when_it_was_built(site: Site, accepted: str, encoding: str | None) -> None:
    answer = ask(site, asset("main.css"), accepted)
    assert (answer.content_encoding, answer.content_type) == (encoding, "text/css")
    assert "max-age=31536000" in answer.headers["Cache-Control"]
