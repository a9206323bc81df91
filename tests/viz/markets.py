"""A scenario of many things."""


def market() -> str:
    """Write a scenario of many things with long names, in many environments, with a long question."""
    things = ["apple", "pear", "poison", "an_extraordinarily_long_name_for_a_thing", *(f"thing{i}" for i in range(9))]
    outcomes = {"apple": 1, "pear": 1, "poison": -2}
    features = ", ".join(f'"{name}"' for name in [*things, "red"])
    objects = "".join(
        f"[world.objects.{name}]\nends_episode = true\n"
        f"features = {{ {name} = 1{', red = 1' if name in outcomes else ''} }}\n"
        f"outcomes = {{ worth = {outcomes.get(name, 0)} }}\n"
        for name in things
    )
    places = ["a", "b", "c", "an_environment_with_quite_a_long_name"]
    environments = "".join(f"[environments.{name}]\n" for name in places)
    return f"""
schema = 1
title = "Market"
question = "{"Of all the many things that there are on a market, which do agents learn to want? " * 4}"
chance_level = 0.1
[world]
size = [11, 11]
steps = 20
features = [{features}]
{objects}
{environments}
[environments.e]
objects.thing1.outcomes = {{ worth = 3 }}
[objectives]
intended = {{ worth = 1 }}
base = {{ worth = 1 }}
[mind]
controllers = {{ planner = 1 }}
[evolution]
population = 16
generations = 4
schedule = [{{ from = 0, environment = "a" }}, {{ from = 2, environment = "b" }}, {{ from = 3, environment = "c" }}]
[measure]
environments = ["a", "b", "c", "an_environment_with_quite_a_long_name", "e"]
episodes = 4
every = 2
"""
