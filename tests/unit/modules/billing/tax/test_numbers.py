"""Tax numbers as people type them."""

import pytest

from serai.kit.errors import Invalid
from serai.modules.billing.tax import check_number, has_rule, is_valid_number
from serai.modules.billing.tax.numbers import _RULES
from serai.modules.billing.tax.rates import EU

RIGHT = [
    ("AT", "13585627", "ATU13585627"), ("BE", "428.759.497", "BE0428759497"), ("CH", "CHE-107.787.577 IVA", "CHE107787577"),
    ("CH", "CHE-107.787.577", "CHE107787577"), ("DE", "de 136 695 976", "DE136695976"),
    ("ES", "54362315K", "ES54362315K"), ("ES", "X2482300W", "ESX2482300W"), ("ES", "J99216582", "ESJ99216582"),
    ("FR", "83 404 833 048", "FR83404833048"), ("FR", "FRK7399859412", "FRK7399859412"),
    ("GB", "GB 980 7806 84", "GB980780684"), ("GB", "GBGD001", "GBGD001"), ("GR", "GR094259216", "EL094259216"),
    ("GR", "094259216", "EL094259216"), ("IE", "6433435OA", "IE6433435OA"), ("IE", "8D79739I", "IE8D79739I"),
    ("NL", "NL123456789B13", "NL123456789B13"), ("NO", "995 525 828", "NO995525828MVA"),
    ("SA", "٣١٠١٢٢٣٩٣٥٠٠٠٠٣", "310122393500003"), ("EG", "100-324-932", "100324932"), ("JP", "T1234-567", "T1234567"),
]  # fmt: skip
WRONG = [
    ("AT", "ATU13585626"), ("BE", "BE0428759498"), ("CH", "CHE107787578"), ("DE", "DE136695978"), ("DK", "DK13585627"),
    ("EE", "EE100931557"), ("ES", "ES54362315Z"), ("ES", "ESJ99216583"), ("FI", "FI20774741"), ("FR", "FR84404833048"),
    ("GB", "GB802311781"), ("GR", "EL123456781"), ("HR", "HR33392005962"), ("HU", "HU12892313"), ("IE", "IE6433435E"),
    ("IT", "IT00743110158"), ("LU", "LU15027443"), ("MT", "MT11679113"), ("NL", "NL123456789B90"), ("NO", "NO995525829MVA"),
    ("PL", "PL8567346216"), ("PT", "PT501964842"), ("RO", "RO18547291"), ("SE", "SE123456789101"), ("SI", "SI50223055"),
    ("SK", "SK2022749618"), ("SA", "110122393500003"), ("AE", "12345"), ("EG", "12345678"), ("DE", ""), ("DE", "DE¹²³⁴⁵⁶⁷⁸⁹"),
    ("GB", "DE136695976"), ("JP", "??"),
]  # fmt: skip


@pytest.mark.parametrize(("country", "typed", "normal"), RIGHT)
def test_a_right_number_gets_its_normal_form(country: str, typed: str, normal: str) -> None:
    assert check_number(country, typed) == normal
    assert check_number(country, normal) == normal


@pytest.mark.parametrize(("country", "typed"), WRONG)
def test_a_wrong_number_is_refused_with_an_example(country: str, typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_number(country, typed)
    assert "looks like" in caught.value.message or "such as" in caught.value.message
    assert caught.value.fields == {"tax_number": caught.value.message}
    assert not is_valid_number(country, typed)


@pytest.mark.parametrize("country", sorted(_RULES))
def test_the_example_of_each_country_is_right_itself(country: str) -> None:
    example = _RULES[country].example
    assert check_number(country, example) == example


@pytest.mark.parametrize("country", sorted(c for c, rule in _RULES.items() if rule.check))
def test_check_digits_catch_a_mistyped_digit(country: str) -> None:
    """Not each one everywhere: the sums of some countries let a tenth of them pass."""
    rule = _RULES[country]
    bare = rule.example.removeprefix(rule.prefix).removesuffix(rule.suffix)
    caught = wrong = 0
    for place, digit in enumerate(bare):
        for other in "0123456789" if digit.isdigit() else "":
            if other != digit:
                wrong += 1
                caught += not is_valid_number(country, bare[:place] + other + bare[place + 1 :])
    assert caught / wrong > 0.75


def test_every_country_of_the_union_has_a_rule() -> None:
    assert {country for country in EU if has_rule(country)} == EU
