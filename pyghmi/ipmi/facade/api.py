# SPDX-License-Identifier: Apache-2.0
"""What all parts of the facade share: the way down, the deadline of a call, and who handles the vendor."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional

from pyghmi.ipmi.domains.bounded import Bounded

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.oem.generic import OEMHandler
    from pyghmi.ipmi.spec.app import DeviceId
    from pyghmi.ipmi.spec.request import Target

# What a call needs of messages and domains is loaded by the call: the import of this package stays light.

BridgeRequest = Optional[Mapping[str, int]]
"""{'addr': slave address, 'channel': channel} of a controller behind the BMC; a missing key counts as 0.

Ours beside those: 'transit_addr' and 'transit_channel' for a controller behind that one.  Other keys are left alone.
"""

def target_of(bridge_request: BridgeRequest | tuple[()]) -> Target | None:
    """Return the controller that a bridge request names, None for the BMC itself."""
    if not bridge_request:
        return None
    from pyghmi.ipmi.spec.request import Target

    request = dict(bridge_request)
    return Target(
        request.get("addr", 0),
        request.get("channel", 0),
        request.get("transit_addr"),
        request.get("transit_channel", 0),
    )


class Api:
    """The base of the facade's parts; `Command` puts them together and provides what is only declared here."""

    _deadline_s: float
    _deadline_named = False
    """Whether the program named it."""

    @property
    def _requester(self) -> Requester:
        raise NotImplementedError

    @property
    def _learned(self) -> Learned:
        """Return what is known of how this BMC gives its data."""
        raise NotImplementedError

    def _device_id(self) -> DeviceId:
        """Return the identity of the BMC, asked for once."""
        raise NotImplementedError

    def _vendor(self) -> OEMHandler:
        """Return the handler of this BMC, after asking the BMC who it is."""
        raise NotImplementedError

    def _vendor_if_it_has(self, *hooks: str) -> Any:
        """Return the handler if any registered one has one of these hooks, else the generic one, unasked."""
        raise NotImplementedError

    def _call(self, bridge_request: BridgeRequest | tuple[()] = None, *, extra_s: float = 0.0) -> Bounded:
        """Return the way to the BMC for one call: all requests in it share one deadline."""
        requester = self._requester
        return Bounded(requester, requester.now() + self._deadline_s + extra_s, target_of(bridge_request))
