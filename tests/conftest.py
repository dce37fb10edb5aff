# SPDX-License-Identifier: Apache-2.0
"""What all tests share: hypothesis without a clock, peers that may be required."""
from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.load_profile("project")

_REQUIRED = os.environ.get("PYGHMI_REQUIRE_PEERS") == "1"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    """Where the peers are required, a skipped test with a peer is a failed one."""
    outcome = yield
    report = outcome.get_result()
    where = item.nodeid.replace("\\", "/")
    if _REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        if where.startswith(("tests/interop/", "tests/bench/", "tests/packaging/")):
            report.outcome = "failed"
            report.longrepr = f"{where} was skipped although its peers are required: {report.longrepr}"
