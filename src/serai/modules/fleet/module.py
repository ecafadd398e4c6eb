"""What the fleet module brings along."""

from serai.kit.module import Module

MODULE = Module(name="fleet")
