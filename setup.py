# SPDX-License-Identifier: Apache-2.0
"""Everything stands in setup.cfg."""
from setuptools import setup

setup()
