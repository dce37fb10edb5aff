# SPDX-License-Identifier: Apache-2.0
"""Sockets, clocks and threads: the only floor that has them."""
