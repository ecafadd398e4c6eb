"""Which passwords are taken, and how they are kept."""

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.kit.errors import Invalid
from serai.modules.identity import breached, passwords

GOOD = "otter copper lamp quarry"


@pytest.mark.parametrize(
    "password",
    ["password1234", "P@ssw0rd2024!", "passwordpassword", "PASSWORD!!!!!", "qwertyuiop123", "123456789012",
     "210987654321", "aaaaaaaaaaaa", "121212121212", "abcd1234efgh", "1qaz2wsx3edc4rfv", "Liverpool2019!!",
     "correcthorsebatterystaple", "correct horse battery staple", "iloveyousomuch!!", "monkeymonkey1",
     "ｐａｓｓｗｏｒｄ１２３４", "!!welcome2026!!", "mohamed12345678"],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_however_it_is_dressed_up(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check(password)
    assert "first that attackers try" in refused.value.fields["password"]


@pytest.mark.parametrize(
    "password", [GOOD, "kX9#mfq2LLzp", "четыре слова рядом", "قهوة الصباح في القاهرة", "a" * 5 + "bcxzqwnmrtyu"]
)
def test_anything_else_that_is_long_enough_is_taken(password: str) -> None:
    assert passwords.check(password)


def test_no_kinds_of_signs_are_asked_for() -> None:
    assert passwords.check("otterscopperlampquarry") == "otterscopperlampquarry"


@pytest.mark.parametrize(("password", "fault"), [("otter lamp!", "at least 12"), ("", "at least 12"),
                                                 ("x y " * 33, "at most 128")])  # fmt: skip
def test_length_has_two_ends(password: str, fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        passwords.check(password)


@pytest.mark.parametrize(
    "password", ["sara.hassan1984", "SaraHassan!!2026", "serai-sara-2026", "nile-trading-99", "sara.hassan@nile-trading"]
)
def test_a_password_made_of_what_is_known_of_the_person_is_refused(password: str) -> None:
    with pytest.raises(Invalid, match="your name, your address or ours"):
        passwords.check(password, ["sara.hassan@nile-trading.example", "Sara Hassan"])


def test_a_name_within_a_good_password_does_no_harm() -> None:
    assert passwords.check("hassan counts nine grey otters", ["Sara Hassan"])


@given(st.text(min_size=12, max_size=128))
@settings(max_examples=150, deadline=None)
def test_every_text_is_either_taken_or_refused_with_advice(password: str) -> None:
    try:
        assert passwords.check(password, ["sara@example.com"])
    except Invalid as refused:
        assert refused.fields["password"]


def test_the_list_is_compact_and_compared_in_one_form() -> None:
    words = breached.common_words()
    assert len(words) > 2000
    assert all(breached.fold(word) == word for word in words)


async def test_a_hash_verifies_its_password_only_and_says_what_it_is() -> None:
    stored = await passwords.hash_password(GOOD)
    assert stored.startswith("$argon2id$")
    assert GOOD not in stored
    assert await passwords.verify(stored, GOOD)
    assert not await passwords.verify(stored, GOOD + " ")
    assert stored != await passwords.hash_password(GOOD)


async def test_the_same_word_typed_in_another_unicode_form_fits() -> None:
    assert await passwords.verify(await passwords.hash_password("café de la gare 7"), "cafe\u0301 de la gare 7")


async def test_nobody_s_password_is_never_right() -> None:
    assert not await passwords.verify(None, "nobody has this password")
    assert not await passwords.verify("broken", GOOD)


async def test_unknown_people_cost_as_much_work_as_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def fits(stored: str, password: str) -> bool:
        seen.append(stored)
        return False

    monkeypatch.setattr(passwords, "_fits", fits)
    await passwords.verify(None, GOOD)
    known = await passwords.hash_password(GOOD)
    await passwords.verify(known, GOOD)
    parameters = [each.split("$")[1:4] for each in seen]
    assert len(parameters) == 2
    assert parameters[0] == parameters[1]


async def test_hashes_of_other_parameters_are_recognised() -> None:
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8_192).hash(GOOD))
    assert not passwords.is_outdated(await passwords.hash_password(GOOD))
