"""Tests of hypotheses, corrections for many of them, and their power."""
