"""What a gain is called."""


def verdict(low: float, high: float) -> str:
    """Say what the ends of a gain's interval show: one that holds 0 is a null result."""
    return "a gain" if low > 0 else "a loss" if high < 0 else "a null result: the interval holds 0"
