# SPDX-License-Identifier: Apache-2.0
"""A simulated server and its BMC."""
