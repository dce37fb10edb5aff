# SPDX-License-Identifier: Apache-2.0
"""What vendors add to IPMI, and where they differ from it."""
