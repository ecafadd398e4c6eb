"""The browser assets: sources here, built into `../static/dist` (never committed)."""

from serai.portals.ui.assets.builder import AssetBuildFailed, ensure_built, ensure_node_modules
from serai.portals.ui.assets.manifest import STATIC_URL, asset_url, icon_names, manifest

__all__ = [
    "STATIC_URL",
    "AssetBuildFailed",
    "asset_url",
    "ensure_built",
    "ensure_node_modules",
    "icon_names",
    "manifest",
]
