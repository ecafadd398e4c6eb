"""What the platform asks of the machinery under it: protocols and plain data, on the kit alone.

Drivers fulfil them, modules call them, neither knows the other; one contract suite a kind, in
`tests/contract`, holds every driver to its promises. Every method may be called again after a crash
and then ends in the same state.
"""
