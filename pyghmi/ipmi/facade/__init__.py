# SPDX-License-Identifier: Apache-2.0
"""From typed results to the long-standing dictionaries, and back."""
