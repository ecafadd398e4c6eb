"""Names for launches: whatever is accepted works as a host name, and every refusal says why."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serai.kit.i18n import use_locale
from serai.modules.launches import InvalidName
from serai.modules.launches.names import LONGEST, RESERVED, SHORTEST, clean

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
LIKELY = st.text("abcxn019-. _AÄ١é\n\x00", max_size=45)


@given(st.one_of(st.text(max_size=60), LIKELY))
def test_an_accepted_name_is_one_dns_label_and_stays_as_it_is(name: str) -> None:
    try:
        good = clean(name)
    except InvalidName as refused:
        assert refused.fields["name"] == refused.message
        assert refused.message
        return
    assert LABEL.fullmatch(good)
    assert SHORTEST <= len(good) <= LONGEST
    assert good not in RESERVED
    assert not good.isdigit()
    assert good[2:4] != "--", "would be read as an IDN"
    assert good.encode("idna").decode() == good
    assert clean(good) == good


@given(st.from_regex(r"[a-z][a-z0-9]{2,39}", fullmatch=True).filter(lambda name: name not in RESERVED))
def test_a_plain_word_is_accepted_also_in_capitals_and_with_spaces_around(name: str) -> None:
    assert clean(name) == name
    assert clean(f"  {name.upper()}\n") == name


REFUSED = [
    ("", "such as acme"),
    ("ab", "at least 3"),
    ("a" * 41, "at most 40"),
    ("two words", "letters a to z"),
    ("acmé", "letters a to z"),
    ("a.b.c", "no spaces, dots"),
    ("-acme", "begins and ends"),
    ("acme-", "begins and ends"),
    ("xn--acme", "hyphens in both"),
    ("12345", "at least one letter"),
    ("admin", "admin is reserved"),
    ("www", "www is reserved"),
]


@pytest.mark.parametrize(("name", "english"), REFUSED)
def test_a_refusal_gives_the_reason_in_the_reader_s_language(name: str, english: str) -> None:
    with use_locale("en"), pytest.raises(InvalidName) as refused:
        clean(name)
    assert english in refused.value.message
    with use_locale("ar"), pytest.raises(InvalidName) as refused:
        clean(name)
    assert english not in refused.value.message
    assert any("ء" <= letter <= "ي" for letter in refused.value.message)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_every_reserved_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        clean(name.upper())
