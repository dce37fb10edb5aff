# SPDX-License-Identifier: Apache-2.0
"""The command-line tools: arguments and printing."""
