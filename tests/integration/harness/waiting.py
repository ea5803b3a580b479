"""Waits for what becomes true by itself."""

import time

from harness.environment import PATIENCE

# Between two looks; short, because tests do it often.
_PAUSE = 0.01


def wait_until(holds, otherwise="it did not come to pass"):
    """What `holds()` returns, once it is true.

    `otherwise` is said where it never is: a text, or a function that returns one.
    """
    deadline = time.monotonic() + PATIENCE
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(otherwise() if callable(otherwise) else otherwise)
        time.sleep(_PAUSE)
    return found
