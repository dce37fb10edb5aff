# SPDX-License-Identifier: Apache-2.0
"""What a BMC can be asked, one file a subject, with typed results."""
