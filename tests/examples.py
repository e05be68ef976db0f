"""How many examples a property is tried with: what finds most in a second of `make test`, more in `make fuzz`."""

import os
from typing import Final

from hypothesis import HealthCheck, Phase, settings

FUZZ_EXAMPLES: Final = os.environ.get("FUZZ_EXAMPLES")  #: of each property, other ones each time


def examples(usual: int) -> settings:
    """Return the settings of a property that takes long."""
    return settings(
        max_examples=int(FUZZ_EXAMPLES or usual),
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to look into a failure, add Phase.shrink: minutes
        suppress_health_check=[HealthCheck.too_slow],
    )
