"""Ports for the programs of a test."""

from collections.abc import Iterator

import pytest

from tests.programs.running import FreePorts


@pytest.fixture
def ports() -> Iterator[FreePorts]:
    """They are held to the test's end."""
    free = FreePorts()
    yield free
    free.lease.release()
