# SPDX-License-Identifier: Apache-2.0
"""Make the console that works by hand importable by the tests of the BMC side."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
