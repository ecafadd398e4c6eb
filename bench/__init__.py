"""Measurements, each as a ratio to the bare thing in the same run."""
