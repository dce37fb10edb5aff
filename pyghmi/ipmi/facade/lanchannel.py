# SPDX-License-Identifier: Apache-2.0
"""The number of the channel that leads to the network: all that is set "on a channel" needs it."""
from __future__ import annotations

from pyghmi.exceptions import InvalidParameterValue
from pyghmi.ipmi.facade.api import Api
from pyghmi.ipmi.spec.codes import THIS_CHANNEL


class LanChannelApi(Api):
    """The base of the parts that ask about a channel."""

    _netchannel: int | None

    def get_network_channel(self) -> int | None:
        """Return the number of the LAN channel, None where the BMC shows none; found out once.

        Raises IpmiException.
        """
        if self._netchannel is None:
            learned = self._learned
            if learned.lan_channel is None:
                from pyghmi.ipmi.domains.lan import network_channel

                learned.lan_channel = network_channel(self._call())
            self._netchannel = learned.lan_channel
        return self._netchannel

    def _channel(self, channel: int | None) -> int:
        """Return a channel that was named, else the LAN channel; where none shows, "the one this comes through"."""
        if channel is not None:
            try:
                return int(channel)
            except (TypeError, ValueError):
                raise InvalidParameterValue(f"channel must be a number, not {channel!r}") from None
        found = self.get_network_channel()
        return THIS_CHANNEL if found is None else found
