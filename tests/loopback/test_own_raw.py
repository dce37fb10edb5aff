# SPDX-License-Identifier: Apache-2.0
"""Programs with a `raw_command` of their own, through which all is to go (seen: Drydock, which bridges all so)."""
from __future__ import annotations

from typing import Any

import pytest

from pyghmi.exceptions import TimedOut
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.private.session import Session

SATELLITE = {"addr": 0x82, "channel": 0}


class Bridging(Command):
    """Bridges everything; takes the arguments of old, and no others."""

    def __init__(self, bmc: Any, userid: Any, password: Any, port: int, bridge_request: Any = ()) -> None:
        self.bridge_request = bridge_request
        self.seen: list[tuple[int, int]] = []
        super().__init__(bmc=bmc, userid=userid, password=password, port=port)

    def raw_command(  # type: ignore[override]
        self, netfn: int, command: int, bridge_request: Any = (), data: Any = (), delay_xmit: Any = None, retry: bool = True,
        timeout: Any = None,
    ) -> Any:
        self.seen.append((netfn, command))
        if self.bridge_request and not bridge_request:
            bridge_request = self.bridge_request
        return super().raw_command(
            netfn=netfn, command=command, bridge_request=bridge_request, data=data, delay_xmit=delay_xmit, retry=retry, timeout=timeout
        )


def opened(server: Any, **options: Any) -> Bridging:
    return Bridging("127.0.0.1", "admin", "secret", port=server.port, **options)


def test_everything_goes_through_it(server: Any) -> None:
    with opened(server) as bmc:
        assert bmc.get_power() == {"powerstate": "off"}
        assert bmc.seen == [(0x00, 0x01)]
        bmc.set_bootdev("network")
        assert bmc.get_bootdev()["bootdev"] == "network"
        assert (0x00, 0x08) in bmc.seen and (0x00, 0x09) in bmc.seen
        assert bmc.xraw_command(netfn=6, command=1)["code"] == 0
        assert bmc.within(5.0).get_power() == {"powerstate": "off"}
        assert bmc.seen[-1] == (0x00, 0x01)


def test_what_is_bridged_there_goes_to_no_other(server: Any) -> None:
    """Else it would be the BMC itself that is switched off."""
    seen: list[tuple[int, int]] = []
    execute = server.bmc.handle_raw_request
    server.bmc.handle_raw_request = lambda request, session: (
        seen.append((request["netfn"], request["command"])), execute(request, session)
    )
    with opened(server, bridge_request=SATELLITE) as bmc:
        with pytest.raises(Exception, match="NAK on write|not present|Invalid|unavailable"):
            bmc.set_power("off")
        assert bmc.seen == [(0x00, 0x01)]
    assert set(seen) <= {(0x06, 0x34), (0x06, 0x3B), (0x06, 0x3C)}  # Send Message, and what sessions need


def test_what_it_asks_by_itself_goes_straight(server: Any) -> None:
    class Curious(Command):
        asked = 0

        def raw_command(self, *arguments: Any, **options: Any) -> Any:
            self.asked += 1
            assert self.get_power() == {"powerstate": "off"}
            return super().raw_command(*arguments, **options)

    with Curious("127.0.0.1", "admin", "secret", port=server.port) as bmc:
        assert bmc.get_chassis_status()["power"] == "off"
        assert bmc.asked == 1


def test_one_that_is_put_on_an_object(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with Command("127.0.0.1", "admin", "secret", port=server.port) as bmc:
        with monkeypatch.context() as patch:
            patch.setattr(bmc, "raw_command", lambda **_options: {"code": 0, "data": bytearray(b"\1\0\0")})
            assert bmc.get_power() == {"powerstate": "on"}
            patch.setattr(bmc, "raw_command", lambda **_options: None)
            with pytest.raises(TimedOut):
                bmc.get_power()
        assert bmc.get_power() == {"powerstate": "off"}


def test_a_constructor_with_the_attributes_of_old(server: Any) -> None:
    class Own(Command):
        def __init__(self, **where: Any) -> None:  # the base is not called
            self.onlogon, self.bmc = None, where["bmc"]
            self._sdrcachedir = self._sdr = self._oem = self._netchannel = self._ipv6support = self.certverify = None
            self._oemknown = False
            self.ipmi_session = Session(**where)

    bmc = Own(bmc="127.0.0.1", userid="admin", password="secret", port=server.port)
    assert bmc.get_power() == {"powerstate": "off"}
    assert bmc.raw_command(netfn=0, command=1)["code"] == 0
    assert [found.name for found in bmc.get_sensor_data()][:1]
    bmc.ipmi_session.logout()
