# SPDX-License-Identifier: Apache-2.0
"""The version of this package."""

VERSION = "2.0.0"


class VersionInfo:
    """The version under the names by which programs ask for it."""

    def __init__(self, version: str) -> None:
        self.version = version

    def version_string(self) -> str:
        """Return the version without the marks of a release in preparation."""
        return self.version

    def release_string(self) -> str:
        """Return the whole version."""
        return self.version

    def __str__(self) -> str:
        return self.version


version_info = VersionInfo(VERSION)
