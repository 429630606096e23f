"""What the command `delete` takes; importing this costs nothing."""

from enum import StrEnum


class What(StrEnum):
    """What is deleted as a whole."""

    CIRCUIT = "circuit"
    RUN = "run"
    RELATION = "relation"
    MODEL = "model"
