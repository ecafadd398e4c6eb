"""How tax falls on amounts: on their sum, rounded once, and shared out to the lines exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from serai.kit.errors import Invalid

_WHOLE = 10_000  # basis points
_HIGHEST = 10_000


@dataclass(frozen=True, slots=True)
class Split:
    """Minor units. `nets[i] + taxes[i]` is line i's gross; the sums are `net`, `tax` and `gross`."""

    nets: tuple[int, ...]
    taxes: tuple[int, ...]
    net: int
    tax: int
    gross: int


def split(amounts: Sequence[int], rate_bps: int, *, inclusive: bool) -> Split:
    """Tax of amounts of one category. `inclusive`: the amounts hold the tax already.

    The tax of the sum is rounded half up (of a negative sum half down, so that a credit note takes
    back what its invoice charged); no line is further than one minor unit from its own exact tax.
    """
    if not 0 <= rate_bps <= _HIGHEST:
        raise Invalid(f"A tax rate is 0 to {_HIGHEST} basis points (1 % is 100), not {rate_bps}.")
    share = Fraction(rate_bps, _WHOLE + rate_bps if inclusive else _WHOLE)
    exact = [amount * share for amount in amounts]
    tax = _round(sum(amounts) * share)
    taxes = _share_out(tax, exact)
    given = tuple(amounts)
    nets = tuple(a - t for a, t in zip(given, taxes, strict=True)) if inclusive else given
    return Split(nets, taxes, sum(nets), tax, sum(nets) + tax)


def _round(value: Fraction) -> int:
    """Half away from zero."""
    whole = int(abs(value) + Fraction(1, 2))
    return -whole if value < 0 else whole


def _share_out(total: int, exact: Sequence[Fraction]) -> tuple[int, ...]:
    """Largest remainders first; equal ones in the order of the lines."""
    taxes = [int(each) for each in exact]  # towards zero
    missing = total - sum(taxes)
    step = 1 if missing > 0 else -1
    by_remainder = sorted(range(len(exact)), key=lambda i: -step * (exact[i] - taxes[i]))
    for i in by_remainder[: abs(missing)]:
        taxes[i] += step
    return tuple(taxes)
