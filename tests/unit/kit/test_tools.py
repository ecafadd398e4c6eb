"""Steps and jobs find what they work with by its type."""

import pytest

from serai.kit.tools import find_tool


class Lathe:
    pass


class Drill:
    pass


def test_the_tool_of_a_type_is_found() -> None:
    lathe = Lathe()
    assert find_tool({Lathe: lathe, Drill: Drill()}, Lathe) is lathe


def test_one_that_is_not_there_is_named() -> None:
    with pytest.raises(LookupError, match="Drill"):
        find_tool({Lathe: Lathe()}, Drill)


def test_one_put_in_under_another_type_is_not_taken_for_it() -> None:
    with pytest.raises(LookupError, match="Drill"):
        find_tool({Drill: Lathe()}, Drill)
