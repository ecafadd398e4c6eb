"""Codes of the authenticator app: one step early or late, and never twice."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serai.kit import clock
from serai.kit.clock import MovableClock
from serai.modules.identity import totp

# RFC 6238, appendix B: the secret of its SHA-1 vectors.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(("second", "code"), [(59, "287082"), (1111111109, "081804"), (2000000000, "279037")])
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    former = clock.use(MovableClock(datetime.fromtimestamp(second, UTC)))
    assert totp.step_of(SECRET, code, 0) == second // 30
    clock.use(former)


@pytest.mark.parametrize(("drift", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(moving: MovableClock, drift: int, fits: bool) -> None:
    code = pyotp.TOTP(SECRET).at(moving.now() + timedelta(seconds=30 * drift))
    assert (totp.step_of(SECRET, code, 0) is not None) is fits


def test_a_used_step_and_those_before_it_are_refused(moving: MovableClock) -> None:
    app = pyotp.TOTP(SECRET)
    step = totp.step_of(SECRET, app.at(moving.now()), 0)
    assert step is not None
    assert totp.step_of(SECRET, app.at(moving.now()), step) is None
    assert totp.step_of(SECRET, app.at(moving.now() - timedelta(seconds=30)), step) is None
    moving.move(timedelta(seconds=30))
    assert totp.step_of(SECRET, app.at(moving.now()), step) == step + 1


@given(st.text(max_size=20))
def test_no_text_breaks_the_comparison(text: str) -> None:
    found = totp.step_of(SECRET, text, 0)
    assert found is None or text.strip().isdigit()


def test_the_enrolment_is_a_picture_within_the_page_and_a_key_to_type() -> None:
    made = totp.enrolment("sara@example.com", totp.new_secret())
    assert made.picture.startswith("data:image/svg+xml")
    assert pyotp.parse_uri(made.uri).name == "sara@example.com"
    assert made.readable_secret.replace(" ", "") == made.secret
    assert len(made.secret) == 32
