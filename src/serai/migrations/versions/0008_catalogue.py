"""The catalogue: periods, versions of prices, usage charges, special prices, coupons."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from serai.migrations.rls import OF_ACCOUNT, PLATFORM_ONLY, protect, unprotect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INSTANT = TIMESTAMP(timezone=True)
_PROTECTED = {
    "special_prices": PLATFORM_ONLY,
    "coupons": PLATFORM_ONLY,
    "coupon_redemptions": OF_ACCOUNT,
}
_OPEN = sa.text("retired_at IS NULL")


def upgrade() -> None:
    _products_and_packages()
    _prices()
    _stored_blueprints(_with_unit)
    _charges()
    _special_prices()
    _coupons()
    for table, condition in _PROTECTED.items():
        protect(table, condition)


def _add(table: str, name: str, kind: sa.types.TypeEngine, default: str) -> None:
    """A required column: `default` is for the rows there are."""
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=sa.text(default)))
    op.alter_column(table, name, server_default=None)


def _products_and_packages() -> None:
    for table in ("products", "packages"):
        _add(table, "edited", JSONB(), "'[]'")
        _add(table, "version", sa.Integer(), "1")
    _add("packages", "kind", sa.Text(), "'package'")
    _add("packages", "visibility", sa.Text(), "'public'")
    _add("packages", "description", JSONB(), "'{}'")
    op.execute("UPDATE packages SET description = summary")
    _add("packages", "trial_requires_method", sa.Boolean(), "false")
    _add("packages", "limits", JSONB(), "'{}'")
    _add("packages", "contents", JSONB(), "'[]'")
    op.add_column("packages", sa.Column("stock", sa.Integer()))
    op.add_column("packages", sa.Column("blueprint_stock", sa.Integer()))
    op.create_check_constraint(op.f("ck_packages_stock"), "packages", "stock >= 0")
    op.create_check_constraint(op.f("ck_packages_kind"), "packages", "kind IN ('package', 'addon', 'bundle')")
    op.create_check_constraint(
        op.f("ck_packages_visibility"), "packages", "visibility IN ('public', 'hidden', 'retired')"
    )


def _prices() -> None:
    """What there is becomes each price's first version, which has held from the beginning."""
    _add("prices", "unit", sa.Text(), "'month'")
    op.alter_column("prices", "months", new_column_name="count")
    _add("prices", "version", sa.Integer(), "1")
    _add("prices", "source", sa.Text(), "'blueprint'")
    _add("prices", "valid_from", _INSTANT, "'1970-01-01 00:00:00+00'")
    op.add_column("prices", sa.Column("retired_at", _INSTANT))
    _add("prices", "created_at", _INSTANT, "now()")
    op.drop_constraint("uq_prices_package_id_period_currency", "prices")
    op.create_unique_constraint(
        op.f("uq_prices_package_id_period_currency_version"), "prices",
        ["package_id", "period", "currency", "version"],
    )
    op.create_index(
        "uq_prices_open", "prices", ["package_id", "period", "currency"],
        unique=True, postgresql_where=_OPEN,
    )
    op.create_check_constraint(op.f("ck_prices_amount"), "prices", "amount >= 0")
    op.create_check_constraint(op.f("ck_prices_interval"), "prices", "retired_at >= valid_from")
    op.create_check_constraint(
        op.f("ck_prices_period"), "prices", "unit IN ('day', 'week', 'month', 'year') AND count > 0"
    )


def _charges() -> None:
    op.create_table(
        "meters",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("product_id", sa.Text(), sa.ForeignKey("products.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", JSONB(), nullable=False),
        sa.Column("aggregation", sa.Text(), nullable=False),
        sa.Column("field", sa.Text()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("product_id", "key"),
        sa.CheckConstraint("aggregation IN ('sum', 'max', 'last', 'unique', 'average')", name="aggregation"),
    )
    op.create_table(
        "charges",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("package_id", sa.Text(), sa.ForeignKey("packages.id", ondelete="CASCADE"), nullable=False),
        sa.Column("meter_id", sa.Text(), sa.ForeignKey("meters.id", ondelete="CASCADE"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("included", sa.Numeric(), nullable=False),
        sa.Column("tiers", JSONB(), nullable=False),
        sa.Column("package_size", sa.Numeric()),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", _INSTANT, nullable=False),
        sa.Column("retired_at", _INSTANT),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.UniqueConstraint("package_id", "meter_id", "currency", "version"),
        sa.CheckConstraint("retired_at >= valid_from", name="interval"),
        sa.CheckConstraint("model IN ('per_unit', 'graduated', 'volume', 'package')", name="model"),
    )
    op.create_index(
        "uq_charges_open", "charges", ["package_id", "meter_id", "currency"],
        unique=True, postgresql_where=_OPEN,
    )


def _special_prices() -> None:
    op.create_table(
        "special_prices",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.Text(), sa.ForeignKey("accounts.id"), index=True),
        sa.Column("partner_id", sa.Text(), index=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), sa.ForeignKey("products.id", ondelete="CASCADE")),
        sa.Column("package_id", sa.Text(), sa.ForeignKey("packages.id", ondelete="CASCADE")),
        sa.Column("period", sa.Text()),
        sa.Column("bps", sa.Integer()),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("valid_from", _INSTANT, nullable=False),
        sa.Column("valid_until", _INSTANT),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.CheckConstraint("(account_id IS NULL) <> (partner_id IS NULL)", name="customer"),
        sa.CheckConstraint("(bps IS NULL) <> (amount IS NULL)", name="kind"),
        sa.CheckConstraint("bps BETWEEN 1 AND 10000", name="bps"),
        sa.CheckConstraint("amount >= 0 AND (amount IS NULL) = (currency IS NULL)", name="amount"),
        sa.CheckConstraint("valid_until > valid_from", name="interval"),
        sa.CheckConstraint("scope IN ('all', 'product', 'package', 'price')", name="scope"),
    )


def _coupons() -> None:
    op.create_table(
        "coupons",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("terms", JSONB(), nullable=False),
        sa.Column("valid_from", _INSTANT),
        sa.Column("valid_until", _INSTANT),
        sa.Column("max_redemptions", sa.Integer()),
        sa.Column("max_per_account", sa.Integer()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("redeemed", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.CheckConstraint("code = upper(code)", name="code"),
        sa.CheckConstraint("redeemed >= 0", name="redeemed"),
    )
    op.create_index("uq_coupons_code", "coupons", ["code"], unique=True)
    op.create_table(
        "coupon_redemptions",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("coupon_id", sa.Text(), sa.ForeignKey("coupons.id"), nullable=False, index=True),
        sa.Column("account_id", sa.Text(), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("subscription_id", sa.Text(), index=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("terms", JSONB(), nullable=False),
        sa.Column("periods_used", sa.Integer(), nullable=False),
        sa.Column("redeemed_at", _INSTANT, nullable=False),
        sa.Column("released_at", _INSTANT),
    )
    op.create_index(op.f("ix_coupon_redemptions_account_id_id"), "coupon_redemptions", ["account_id", "id"])
    op.create_index(
        "uq_coupon_redemptions_subscription", "coupon_redemptions", ["coupon_id", "subscription_id"],
        unique=True, postgresql_where=sa.text("released_at IS NULL"),
    )


def downgrade() -> None:
    for table in ("coupon_redemptions", "coupons", "special_prices"):
        unprotect(table)
        op.drop_table(table)
    op.drop_table("charges")
    op.drop_table("meters")
    _stored_blueprints(_with_months)
    _prices_back()
    for name in ("kind", "visibility", "stock"):
        op.drop_constraint(op.f(f"ck_packages_{name}"), "packages")
    for name in (
        "blueprint_stock", "stock", "contents", "limits", "trial_requires_method", "description",
        "visibility", "kind",
    ):
        op.drop_column("packages", name)
    for table in ("packages", "products"):
        op.drop_column(table, "version")
        op.drop_column(table, "edited")


def _prices_back() -> None:
    """One price a package, period and currency, in whole months: what holds now; others go."""
    op.execute("DELETE FROM prices WHERE valid_from > now() OR retired_at <= now()")
    op.execute("DELETE FROM prices WHERE unit IN ('day', 'week')")
    op.execute("UPDATE prices SET count = count * 12 WHERE unit = 'year'")
    for name in ("period", "interval", "amount"):
        op.drop_constraint(op.f(f"ck_prices_{name}"), "prices")
    op.drop_index("uq_prices_open", "prices")
    op.drop_constraint(op.f("uq_prices_package_id_period_currency_version"), "prices")
    op.create_unique_constraint(
        op.f("uq_prices_package_id_period_currency"), "prices", ["package_id", "period", "currency"]
    )
    op.alter_column("prices", "count", new_column_name="months")
    for name in ("created_at", "retired_at", "valid_from", "source", "version", "unit"):
        op.drop_column("prices", name)


def _stored_blueprints(change: Callable[[dict[str, Any]], None]) -> None:
    """Releases keep their whole blueprint; its periods change as the table does."""
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, blueprint FROM releases")).all():
        blueprint = row.blueprint
        for package in blueprint.get("packages", ()):
            for period in package["periods"]:
                change(period)
        connection.execute(
            sa.text("UPDATE releases SET blueprint = CAST(:blueprint AS jsonb) WHERE id = :id"),
            {"id": row.id, "blueprint": json.dumps(blueprint, ensure_ascii=False)},
        )


def _with_unit(period: dict[str, Any]) -> None:
    period |= {"unit": "month", "count": period.pop("months")}


def _with_months(period: dict[str, Any]) -> None:
    """Days and weeks have no months; one is as near as it gets."""
    unit, count = period.pop("unit"), period.pop("count")
    period["months"] = {"month": count, "year": count * 12}.get(unit, 1)
