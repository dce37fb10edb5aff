# SPDX-License-Identifier: Apache-2.0
"""Everything stands in setup.cfg."""
import os
import sys

from setuptools import setup

if "bdist_rpm" in sys.argv:
    # An RPM lists the compiled files too, so its installation has to write them.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

setup()
