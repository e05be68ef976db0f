"""The schemes in which event data are coded: who is who, and what was done."""

from enum import StrEnum


class CodeScheme(StrEnum):
    """A dictionary of actors and a scheme of deeds that go together.

    `cameo`: both CAMEO's. `keds`: KEDS's older actors, CAMEO's deeds. `weis`: KEDS's older actors, WEIS's deeds.
    `icews`: actors by name, CAMEO's deeds.
    """

    CAMEO = "cameo"
    KEDS = "keds"
    WEIS = "weis"
    ICEWS = "icews"
