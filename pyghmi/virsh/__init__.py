# SPDX-License-Identifier: Apache-2.0
"""A BMC in front of a libvirt domain; `server.VirshBmc` puts it together."""
