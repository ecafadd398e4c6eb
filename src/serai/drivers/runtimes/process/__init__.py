"""Launches as plain processes of this machine, kept by one agent that outlives the workers.

Imports nothing by itself: the agent starts in a fraction of the time without our settings.
"""
