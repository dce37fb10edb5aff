# SPDX-License-Identifier: Apache-2.0
"""Make what these tests share importable: scripts of answers, and the BMC in memory."""
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "faults")]
