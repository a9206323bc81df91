"""Wants and dislikes: the weights of a mesa-objective in words. What has a negative weight is avoided, not wanted."""

from collections.abc import Mapping

from evosim.formatting import enumerated, number

LEFT, RIGHT = "← dislikes", "wants →"


def wants_in_words(weights: Mapping[str, float]) -> str:
    """Say what weights want, and what they dislike: wants red 0.60 and key 0.10, dislikes blue −0.60."""
    told = {name: f"{name} {number(weight)}" for name, weight in weights.items()}
    wanted = [told[name] for name, weight in weights.items() if weight > 0.0]
    disliked = [told[name] for name, weight in weights.items() if weight < 0.0]
    parts = [f"wants {enumerated(wanted)}"] if wanted else []
    parts += [f"dislikes {enumerated(disliked)}"] if disliked else []
    return ", ".join(parts) or "wants nothing"


def axis_words(weight: str, low: float, drive: str = "") -> str:
    """Name an axis of weights that begins at `low`; `drive` names who has most of the drive that they are times of."""
    if drive:
        return f"← less · {weight} when {drive} · more →" if low < 0.0 else f"wants {weight} more, when {drive}"
    return f"{LEFT} · {weight} · {RIGHT}" if low < 0.0 else f"wants {weight}"
