# SPDX-License-Identifier: Apache-2.0
"""The simulated BMC of this package, as a vendor: a small example of a handler."""
