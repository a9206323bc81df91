"""What holds where a scenario says nothing."""

from typing import Any

UNSAID_ENVIRONMENTS: dict[str, Any] = {"training": {}}  # those of a scenario that names none
