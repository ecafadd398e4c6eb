"""Blueprints: the file that says how an application is built, run, handed over and sold."""

from serai.modules.catalog.blueprint.loader import InvalidBlueprint, check, digest, load
from serai.modules.catalog.blueprint.model import Blueprint, File
from serai.modules.catalog.blueprint.passwords import hash_password
from serai.modules.catalog.blueprint.placeholders import VOCABULARY
from serai.modules.catalog.blueprint.problems import Problem
from serai.modules.catalog.blueprint.source import Source
from serai.modules.catalog.blueprint.structure import schema

__all__ = [
    "VOCABULARY",
    "Blueprint",
    "File",
    "InvalidBlueprint",
    "Problem",
    "Source",
    "check",
    "digest",
    "hash_password",
    "load",
    "schema",
]
