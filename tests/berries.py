"""The least scenario of a grid that has all that measures can see: two environments, and minds of two kinds."""

BERRIES = """
schema = 1
title = "Berries"
[world]
size = [5, 5]
steps = 4
features = ["sweet"]
objects.berry = { features = { sweet = 1 }, outcomes = { eaten = 1 } }
[environments.training]
[environments.deployment]
slip = 0.5
[objectives]
base = { eaten = 1 }
[mind]
controllers = { planner = 0.5, heuristic = 0.5 }
[evolution]
population = 6
generations = 4
episodes = 2
[measure]
every = 2
episodes = 2
alignment = false
"""
