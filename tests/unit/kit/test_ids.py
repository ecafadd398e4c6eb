"""Public ids say what they name, sort by time, and do not repeat."""

import time
import uuid

from hypothesis import given
from hypothesis import strategies as st

from serai.kit import ids


def test_an_id_is_its_prefix_and_26_letters() -> None:
    made = ids.new("lch")
    assert made.startswith("lch_")
    assert len(made) == 30
    assert ids.is_id("lch", made)
    assert not ids.is_id("op", made)


def test_later_ids_sort_after_earlier_ones() -> None:
    made = []
    for _ in range(20):
        made.append(ids.new("op"))
        time.sleep(0.0015)
    assert made == sorted(made)


def test_ids_do_not_repeat() -> None:
    assert len({ids.new("x") for _ in range(10_000)}) == 10_000


def test_underneath_is_a_uuid_of_version_7_with_the_time_in_front() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.new_uuid()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


@given(st.text(max_size=40))
def test_other_texts_are_no_ids(text: str) -> None:
    assert not ids.is_id("lch", text) or (text.startswith("lch_") and len(text) == 30)
    assert not ids.is_id("lch", f"lch_{text}") or len(text) == 26
