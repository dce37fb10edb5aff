# SPDX-License-Identifier: Apache-2.0
"""What makes the domains of a BMC: a vendor overrides the one method whose domain differs."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyghmi.ipmi.domains.alerts import Alerts
    from pyghmi.ipmi.domains.boot import Boot
    from pyghmi.ipmi.domains.channels import Channels
    from pyghmi.ipmi.domains.chassis import Chassis
    from pyghmi.ipmi.domains.chassis_settings import ChassisSettings
    from pyghmi.ipmi.domains.dcmi import Dcmi
    from pyghmi.ipmi.domains.fru import FruInventory
    from pyghmi.ipmi.domains.lan import Lan
    from pyghmi.ipmi.domains.learned import Learned
    from pyghmi.ipmi.domains.mc import ManagementController
    from pyghmi.ipmi.domains.mc_state import ControllerState
    from pyghmi.ipmi.domains.pef import Pef
    from pyghmi.ipmi.domains.requester import Requester
    from pyghmi.ipmi.domains.sdr_repo import SdrRepository
    from pyghmi.ipmi.domains.sel import Sel
    from pyghmi.ipmi.domains.sensors import Sensors
    from pyghmi.ipmi.domains.sol_config import SolConfig
    from pyghmi.ipmi.domains.system_info import SystemInfo
    from pyghmi.ipmi.domains.users import Users
    from pyghmi.ipmi.domains.watchdog import Watchdog


class Domains:
    """The domains as the specification has them."""

    def chassis(self, bmc: Requester) -> Chassis:
        """Return power and identification."""
        from pyghmi.ipmi.domains.chassis import Chassis

        return Chassis(bmc)

    def chassis_settings(self, bmc: Requester) -> ChassisSettings:
        """Return what can be set about the chassis."""
        from pyghmi.ipmi.domains.chassis_settings import ChassisSettings

        return ChassisSettings(bmc)

    def boot(self, bmc: Requester) -> Boot:
        """Return the boot options."""
        from pyghmi.ipmi.domains.boot import Boot

        return Boot(bmc)

    def mc(self, bmc: Requester) -> ManagementController:
        """Return the management controller."""
        from pyghmi.ipmi.domains.mc import ManagementController

        return ManagementController(bmc)

    def sdr(self, bmc: Requester, learned: Learned) -> SdrRepository:
        """Return the sensor data records."""
        from pyghmi.ipmi.domains.sdr_repo import SdrRepository

        return SdrRepository(bmc, learned)

    def sensors(self, bmc: Requester, learned: Learned) -> Sensors:
        """Return the sensors."""
        from pyghmi.ipmi.domains.sensors import Sensors

        return Sensors(bmc, learned)

    def fru(self, bmc: Requester, learned: Learned) -> FruInventory:
        """Return the inventory."""
        from pyghmi.ipmi.domains.fru import FruInventory

        return FruInventory(bmc, learned)

    def sel(self, bmc: Requester, learned: Learned) -> Sel:
        """Return the event log."""
        from pyghmi.ipmi.domains.sel import Sel

        return Sel(bmc, learned)

    def lan(self, bmc: Requester, channel: int) -> Lan:
        """Return the network settings."""
        from pyghmi.ipmi.domains.lan import Lan

        return Lan(bmc, channel)

    def channels(self, bmc: Requester) -> Channels:
        """Return the channels."""
        from pyghmi.ipmi.domains.channels import Channels

        return Channels(bmc)

    def users(self, bmc: Requester, channel: int) -> Users:
        """Return the users."""
        from pyghmi.ipmi.domains.users import Users

        return Users(bmc, channel)

    def alerts(self, bmc: Requester, channel: int) -> Alerts:
        """Return where alerts go."""
        from pyghmi.ipmi.domains.alerts import Alerts

        return Alerts(bmc, channel)

    def pef(self, bmc: Requester) -> Pef:
        """Return what the BMC does about events."""
        from pyghmi.ipmi.domains.pef import Pef

        return Pef(bmc)

    def dcmi(self, bmc: Requester) -> Dcmi:
        """Return what data centers want to know."""
        from pyghmi.ipmi.domains.dcmi import Dcmi

        return Dcmi(bmc)

    def sol_config(self, bmc: Requester, channel: int) -> SolConfig:
        """Return the settings of serial over LAN."""
        from pyghmi.ipmi.domains.sol_config import SolConfig

        return SolConfig(bmc, channel)

    def watchdog(self, bmc: Requester) -> Watchdog:
        """Return the watchdog timer."""
        from pyghmi.ipmi.domains.watchdog import Watchdog

        return Watchdog(bmc)

    def controller_state(self, bmc: Requester) -> ControllerState:
        """Return what the controller notes and passes on."""
        from pyghmi.ipmi.domains.mc_state import ControllerState

        return ControllerState(bmc)

    def system_info(self, bmc: Requester) -> SystemInfo:
        """Return the names of the system."""
        from pyghmi.ipmi.domains.system_info import SystemInfo

        return SystemInfo(bmc)
