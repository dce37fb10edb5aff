# SPDX-License-Identifier: Apache-2.0
"""Make the BMC in memory and the machine without a socket importable."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))
sys.path.insert(0, str(Path(__file__).parent))
