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
_WITH_PEERS = ("tests/interop/", "tests/bench/", "tests/packaging/")


def _refuse_skip(report: Any, nodeid: str) -> None:
    """Where the peers are required, a skipped test with a peer is a failed one."""
    where = nodeid.replace("\\", "/")
    if _REQUIRED and report.skipped and not hasattr(report, "wasxfail") and where.startswith(_WITH_PEERS):
        report.outcome = "failed"
        report.longrepr = f"{where} was skipped although its peers are required: {report.longrepr}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    """See to tests that are skipped."""
    outcome = yield
    _refuse_skip(outcome.get_result(), item.nodeid)


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """See to whole files that are skipped."""
    outcome = yield
    _refuse_skip(outcome.get_result(), collector.nodeid)
