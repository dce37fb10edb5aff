# SPDX-License-Identifier: Apache-2.0
"""The long-standing import paths that programs use although they are called private."""
