# SPDX-License-Identifier: Apache-2.0
"""Fields to bytes and back; knows no command."""
