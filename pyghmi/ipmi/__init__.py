# SPDX-License-Identifier: Apache-2.0
"""IPMI 1.5 and 2.0, from the bytes to the public classes."""
