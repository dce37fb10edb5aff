# SPDX-License-Identifier: Apache-2.0
"""The long-standing import path of `parse`."""
