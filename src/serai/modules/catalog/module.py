"""What the catalog module brings along."""

from serai.kit.module import Commands, Module

MODULE = Module(
    name="catalog",
    routers=("serai.modules.catalog.api:router",),
    commands=(
        Commands("product", "What is sold.", "serai.cli.products:app"),
        Commands("coupon", "Coupons: what customers pay less with a code.", "serai.cli.coupons:app"),
        Commands("blueprint", "Files that describe applications.", "serai.cli.blueprints:app"),
    ),
)
