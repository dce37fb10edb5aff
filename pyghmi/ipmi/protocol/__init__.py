# SPDX-License-Identifier: Apache-2.0
"""State machines and packets without I/O: bytes and the time in; bytes, events and deadlines out."""
