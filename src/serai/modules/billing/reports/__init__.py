"""What the money tells: recurring revenue and how it moves, what is owed, what was earned, who stays, and
what the books are made of."""

from serai.modules.billing.reports import books
from serai.modules.billing.reports.ageing import BUCKETS, Aged, ageing
from serai.modules.billing.reports.cash import Cash, cash
from serai.modules.billing.reports.cohorts import Cohort, cohorts
from serai.modules.billing.reports.naming import account_names
from serai.modules.billing.reports.owed import Owed, owed
from serai.modules.billing.reports.recurring import KINDS, Month, Movement, movements_of, recurring
from serai.modules.billing.reports.revenue import Earned, earned
from serai.modules.billing.reports.sold import Sold, sold

__all__ = [
    "BUCKETS", "KINDS", "Aged", "Cash", "Cohort", "Earned", "Month", "Movement", "Owed", "Sold", "account_names",
    "ageing", "books", "cash", "cohorts", "earned", "movements_of", "owed", "recurring", "sold",
]  # fmt: skip
