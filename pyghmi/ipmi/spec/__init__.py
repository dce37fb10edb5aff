# SPDX-License-Identifier: Apache-2.0
"""The specifications as declarations and tables; no decisions."""
