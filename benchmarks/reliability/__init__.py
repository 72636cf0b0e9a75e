"""Trials that run for real, counted: hostile inputs, relations, layouts, threads, interrupts, kills, faults, bombs, fuzzing.

One file holds one kind of trial, whose `TRIAL` runs it. `python -m benchmarks reliability` runs them all.
"""
