# SPDX-License-Identifier: Apache-2.0
"""Network, channel, alert and serial-over-LAN settings: our values against those of ipmitool and FreeIPMI, asked in the same run."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Union

import pytest
from peers import FakeBmc, Simulator, program, run

from pyghmi.exceptions import BmcErrorException, ParameterNotWritable
from pyghmi.ipmi.command import Command
from pyghmi.ipmi.domains.learned import forget_all

Peer = Union[Simulator, FakeBmc]
LEVELS = {"c": "callback", "u": "user", "o": "operator", "a": "administrator", "O": "oem", "X": "highest"}


@pytest.fixture(scope="module", params=["small", "rich", "ours"])
def peer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A BMC: OpenIPMI's simulator in two configurations, and our own."""
    forget_all()
    if request.param == "ours":
        found: Peer = FakeBmc("--user", "admin:secret")
    else:
        found = Simulator(tmp_path_factory.mktemp("lan") / request.param, rich=request.param == "rich")
    yield found
    found.stop()


@pytest.fixture
def ours(tmp_path: Any) -> Iterator[FakeBmc]:
    """Our own BMC, as it is delivered."""
    forget_all()
    found = FakeBmc("--user", "admin:secret")
    yield found
    found.stop()


@pytest.fixture
def fresh(tmp_path: Any) -> Iterator[Simulator]:
    """OpenIPMI's simulator, to be written to."""
    forget_all()
    found = Simulator(tmp_path / "rich", rich=True)
    yield found
    found.stop()


def command(peer: Peer) -> Command:
    return Command(peer.host, peer.user, peer.password, port=peer.port)


def ipmitool(peer: Peer, *arguments: str) -> str:
    done = run(
        program("ipmitool"), "-I", "lanplus", "-H", peer.host, "-p", str(peer.port), "-U", peer.user, "-P", peer.password,
        "-C", "3", *arguments,
    )
    return done.stdout


def fields(text: str) -> dict[str, str]:
    """Read "Name : value" lines; the first of each name counts."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip():
            found.setdefault(name.strip(), value.strip())
    return found


def checkout(peer: Peer, category: str) -> dict[str, dict[str, str]]:
    """What FreeIPMI reads: section -> name -> value."""
    done = run(
        program("ipmi-config"), "-D", "LAN_2_0", "-h", f"{peer.host}:{peer.port}", "-u", peer.user, "-p", peer.password,
        "-l", "ADMIN", "-I", "3", "-W", "opensesspriv", "--checkout", f"--category={category}", timeout=120,
    )
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in done.stdout.splitlines():
        words = line.split(None, 1)
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "Section":
            section = found.setdefault(words[1].strip(), {})
        elif words[0] != "EndSection":
            section[words[0]] = words[1].strip() if len(words) > 1 else ""
    return found


def yes(value: bool | None) -> str:
    return "Yes" if value else "No"


# --- values as ipmitool prints them


def test_lan_print(peer: Peer) -> None:
    shown = fields(ipmitool(peer, "lan", "print", "1"))
    with command(peer) as bmc:
        found, all_of_it = bmc.get_net_configuration(), bmc.get_lan_parameters()
    assert shown["IP Address Source"] == {"Static": "Static Address"}[str(found["ipv4_configuration"])]
    assert found["ipv4_address"] == f"{shown['IP Address']}/24"
    assert (all_of_it["ip_address"], all_of_it["subnet_mask"]) == (shown["IP Address"], shown["Subnet Mask"])
    assert found["mac_address"] == shown["MAC Address"]
    assert all_of_it["community"] == shown["SNMP Community String"]
    for ours, theirs in (("default_gateway", "Default Gateway"), ("backup_gateway", "Backup Gateway")):
        assert all_of_it[ours] == shown[f"{theirs} IP"]
        assert all_of_it[f"{ours}_mac"] == shown[f"{theirs} MAC"]
    gateway, backup = shown["Default Gateway IP"], shown["Backup Gateway IP"]
    assert found["ipv4_gateway"] == (None if gateway == "0.0.0.0" else gateway)
    assert found["ipv4_backup_gateway"] == (None if backup == "0.0.0.0" else backup)
    assert found["vlan_id"] == {"Disabled": "off"}.get(shown["802.1q VLAN ID"], shown["802.1q VLAN ID"])
    assert str(all_of_it["vlan_priority"]) == shown["802.1q VLAN Priority"]
    header = all_of_it["ipv4_header"]
    words = dict(word.split("=") for word in shown["IP Header"].split())
    # ipmitool shows the bytes: flags in bits 7 to 5, precedence in 7 to 5 and type of service in 4 to 1.
    assert header == {
        "ttl": int(words["TTL"], 16), "flags": int(words["Flags"], 16) // 32,
        "precedence": int(words["Precedence"], 16) // 32, "service": int(words["TOS"], 16) // 2,
    }


def test_lan_print_of_authentication(peer: Peer) -> None:
    text = ipmitool(peer, "lan", "print", "1")
    shown = fields(text)
    with command(peer) as bmc:
        found = bmc.get_lan_parameters()
    supported = [name for name in ("none", "md2", "md5", "password", "oem") if found["auth_type_support"][name]]
    assert [name.upper() for name in supported] == shown["Auth Type Support"].split()
    rows = text[text.index("Auth Type Enable") : text.index("IP Address Source")].splitlines()
    enabled = {row.split(":")[1].strip(): row.split(":")[2].lower().split() for row in rows}
    names = {"Callback": "callback", "User": "user", "Operator": "operator", "Admin": "administrator", "OEM": "oem"}
    assert {names[name]: kinds for name, kinds in enabled.items()} == found["auth_type_enables"]
    suites = found["cipher_suites"]
    assert ",".join(str(each["suite"]) for each in suites) == shown["RMCP+ Cipher Suites"]
    # It prints 15 levels, however many suites there are.
    letters = shown["Cipher Suite Priv Max"][: len(suites)]
    assert [each["max_privilege"] for each in suites] == [LEVELS[letter] for letter in letters]


def test_channel_info(peer: Peer) -> None:
    text = ipmitool(peer, "channel", "info", "1")
    shown = fields(text)
    media = {"802.3 LAN": "802.3 LAN"}
    with command(peer) as bmc:
        info = bmc.get_channel_info()
        access = {"Volatile": bmc.get_channel_access(), "Non-Volatile": bmc.get_channel_access(read_mode="non_volatile")}
        assert bmc.get_network_channel() == 1
    assert info["Channel Medium type"] == media[shown["Channel Medium Type"]]
    assert info["5-bit Channel IPMI Messaging Protocol Type"] == {"IPMB-1.0": 1}[shown["Channel Protocol Type"]]
    assert info["session_support"] == {"multi-session": "multi"}[shown["Session Support"]]
    assert str(info["active_session_count"]) == shown["Active Session Count"] == "1"
    assert int.from_bytes(bytes(info["Vendor ID"]), "little") == int(shown["Protocol Vendor ID"])
    parts = dict(zip(("Volatile", "Non-Volatile"), text.split("Volatile(active) Settings")[1].split("Non-Volatile Settings")))
    for name, part in parts.items():
        settings = fields(part)
        assert access[name]["alerting"] == (settings["Alerting"] == "enabled")
        assert access[name]["per_msg_auth"] == (settings["Per-message Auth"] == "enabled")
        assert access[name]["user_level_auth"] == (settings["User Level Auth"] == "enabled")
        assert access[name]["access_mode"] == {"always available": "always"}[settings["Access Mode"]]


def test_sol_info(peer: Peer) -> None:
    """Where the BMC has no such parameter (80h), ipmitool shows 0, channel 1 and the port of the session; we say None."""
    shown = fields(ipmitool(peer, "sol", "info", "1"))
    with command(peer) as bmc:
        found = bmc.get_sol_configuration()
        missing = {number: bmc.raw_command(0x0C, 0x22, data=(1, number, 0, 0))["code"] == 0x80 for number in range(1, 9)}
    rates = {"IPMI-Over-Serial-Setting": 0, "115.2": 115200, "9.6": 9600}
    levels = {"OPERATOR": "operator", "ADMINISTRATOR": "administrator", "USER": "user"}
    theirs: dict[str, tuple[int, Any]] = {
        "enabled": (1, shown["Enabled"] == "true"),
        "force_encryption": (2, shown["Force Encryption"] == "true"),
        "force_authentication": (2, shown["Force Authentication"] == "true"),
        "privilege_level": (2, levels.get(shown["Privilege Level"])),
        "accumulate_interval_ms": (3, int(shown["Character Accumulate Level (ms)"])),
        "send_threshold": (3, int(shown["Character Send Threshold"])),
        "retry_count": (4, int(shown["Retry Count"])),
        "retry_interval_ms": (4, int(shown["Retry Interval (ms)"])),
        "bit_rate": (5, rates[shown["Non-Volatile Bit Rate (kbps)"]]),
        "volatile_bit_rate": (6, rates[shown["Volatile Bit Rate (kbps)"]]),
        "payload_channel": (7, int(shown["Payload Channel"].split()[0])),
        "payload_port": (8, int(shown["Payload Port"])),
    }
    assert found == {name: None if missing[number] else value for name, (number, value) in theirs.items()}
    if isinstance(peer, FakeBmc):
        assert not any(missing.values())


# --- values as FreeIPMI reads them


def test_the_core_configuration(peer: Peer) -> None:
    theirs = checkout(peer, "core")
    with command(peer) as bmc:
        lan, sol = bmc.get_lan_parameters(), bmc.get_sol_configuration()
        access = {"Volatile": bmc.get_channel_access(), "Non_Volatile": bmc.get_channel_access(read_mode="non_volatile")}
    modes = {"always": "Always_Available"}
    for which, each in access.items():
        assert {name: value for name, value in theirs["Lan_Channel"].items() if name.startswith(f"{which}_")} == {
            f"{which}_Access_Mode": modes[each["access_mode"]],
            f"{which}_Enable_User_Level_Auth": yes(each["user_level_auth"]),
            f"{which}_Enable_Per_Message_Auth": yes(each["per_msg_auth"]),
            f"{which}_Enable_Pef_Alerting": yes(each["alerting"]),
            f"{which}_Channel_Privilege_Limit": str(each["privilege_level"]).capitalize(),
        }
    assert theirs["Lan_Conf"] == {
        "IP_Address_Source": lan["ip_source"].capitalize(),
        "IP_Address": lan["ip_address"],
        "MAC_Address": lan["mac_address"].upper(),
        "Subnet_Mask": lan["subnet_mask"],
        "Default_Gateway_IP_Address": lan["default_gateway"],
        "Default_Gateway_MAC_Address": lan["default_gateway_mac"].upper(),
        "Backup_Gateway_IP_Address": lan["backup_gateway"],
        "Backup_Gateway_MAC_Address": lan["backup_gateway_mac"].upper(),
    }
    for name, value in theirs["Lan_Conf_Auth"].items():
        level, kind = name.split("_Enable_Auth_Type_")
        level = {"Admin": "administrator"}.get(level, level.lower())
        kind = {"Straight_Password": "password", "OEM_Proprietary": "oem"}.get(kind, kind.lower())
        assert value == yes(kind in lan["auth_type_enables"][level])
    limits = {each["suite"]: each["max_privilege"].capitalize() for each in lan["cipher_suites"]}
    for name, value in theirs["Rmcpplus_Conf_Privilege"].items():
        assert limits[int(name.rsplit("_", 1)[1])] == value
    shown = theirs["SOL_Conf"]
    rates = {0: "Serial"}
    ours = {
        "Enable_SOL": yes(sol["enabled"]),
        "Non_Volatile_Bit_Rate": rates.get(sol["bit_rate"] or 0, str(sol["bit_rate"])),
        "Volatile_Bit_Rate": rates.get(sol["volatile_bit_rate"] or 0, str(sol["volatile_bit_rate"])),
    }
    if sol["privilege_level"] is not None:
        ours.update({
            "SOL_Privilege_Level": sol["privilege_level"].capitalize(),
            "Force_SOL_Payload_Authentication": yes(sol["force_authentication"]),
            "Force_SOL_Payload_Encryption": yes(sol["force_encryption"]),
            "Character_Accumulate_Interval": str((sol["accumulate_interval_ms"] or 0) // 5),
            "Character_Send_Threshold": str(sol["send_threshold"]),
            "SOL_Retry_Count": str(sol["retry_count"]),
            "SOL_Retry_Interval": str((sol["retry_interval_ms"] or 0) // 10),
        })
    assert {name: shown.get(name) for name in ours} == ours


def test_the_ipv6_configuration(ours: FakeBmc) -> None:
    """OpenIPMI's simulator has none."""
    theirs = checkout(ours, "core")["Lan6_Conf"]
    with command(ours) as bmc:
        found = bmc.get_lan_parameters()
        net6 = bmc.get_net6_configuration()
    place, routers = found["ipv6_static_addresses"][0], found["ipv6_static_routers"]
    expected = {
        "IPv6_IPv4_Addressing_Enables": {"both": "IPv6_and_IPv4"}[found["ipv6_enables"]],
        "IPv6_Static_Address_Source": place["source"].capitalize(),
        "IPv6_Static_Address_Enable": yes(place["enabled"]),
        "IPv6_Static_Address": place["address"],
        "IPv6_Static_Address_Prefix_Length": str(place["prefix_length"]),
        "IPv6_Static_Router_Address_Enable": yes(found["ipv6_router_control"]["static"]),
    }
    for number, router in enumerate(routers, 1):
        expected.update({
            f"IPv6_Static_Router_Address_{number}": router["address"],
            f"IPv6_Static_Router_Mac_Address_{number}": router["mac"].upper(),
            f"IPv6_Static_Router_Prefix_Length_{number}": str(router["prefix_length"]),
            f"IPv6_Static_Router_Prefix_Value_{number}": router["prefix"],
        })
    assert theirs == expected
    assert net6 == {"static_addrs": [f"{place['address']}/{place['prefix_length']}"], "static_gateway": routers[0]["address"]}


def test_lan6_print(ours: FakeBmc) -> None:
    text = ipmitool(ours, "lan6", "print", "1")
    with command(ours) as bmc:
        found = bmc.get_lan_parameters()
        used = bmc.get_ipv6_addresses()
    for place in found["ipv6_static_addresses"]:
        shown = fields(text.split(f"IPv6 Static Address {place['index']}:")[1])
        assert shown["Enabled"] == yes(place["enabled"]).lower()
        assert shown["Address"] == f"{place['address']}/{place['prefix_length']}"
        assert shown["Status"] == place["status"]
    for place in found["ipv6_dynamic_addresses"]:
        shown = fields(text.split(f"IPv6 Dynamic Address {place['index']}:")[1])
        assert (shown["Source/Type"].lower(), shown["Status"]) == (place["source"], place["status"])
        assert shown["Address"] == f"{place['address']}/{place['prefix_length']}"
    shown = fields(text)
    assert int(shown["Static address max"]) == found["ipv6_status"]["most_static"]
    assert int(shown["IPv6 Header Static Hop Limit"]) == found["ipv6_hop_limit"]
    assert int(shown["IPv6 Dynamic Router Received Hop Limit"]) == found["dynamic_router_hop_limit"]
    router = fields(text.split("IPv6 Dynamic Router 0:")[1])
    assert found["ipv6_dynamic_routers"] == [{
        "address": router["Address"], "mac": router["MAC"],
        "prefix": router["Prefix"].split("/")[0], "prefix_length": int(router["Prefix"].split("/")[1]),
    }]
    assert [each["address"] for each in used] == ["2001:db8::10/64", "fe80::ff:fe5e:1/64"]


def test_the_pef_configuration(peer: Peer) -> None:
    theirs = checkout(peer, "pef")
    with command(peer) as bmc:
        found = bmc.get_pef()
        community = bmc.get_alert_community()
        count = bmc.get_alert_destination_count()
        # OpenIPMI's simulator has no destination at all, not even number 0.
        destinations = [bmc.get_alert_destination(number) for number in range(count + 1)] if count else []
    control, actions = found["control"], found["enabled_actions"]
    shown = theirs["PEF_Conf"]
    assert shown == {
        "Enable_PEF": yes(control["enabled"]),
        "Enable_PEF_Event_Messages": yes(control["event_messages"]),
        "Enable_PEF_Startup_Delay": yes(control["startup_delay"]),
        "Enable_PEF_Alert_Startup_Delay": yes(control["alert_startup_delay"]),
        "Enable_Alert_Action": yes("alert" in actions),
        "Enable_Power_Down_Action": yes("power_down" in actions),
        "Enable_Reset_Action": yes("reset" in actions),
        "Enable_Power_Cycle_Action": yes("power_cycle" in actions),
        "Enable_OEM_Action": yes("oem_action" in actions),
        "Enable_Diagnostic_Interrupt": yes("diagnostic_interrupt" in actions),
        "Startup_Delay": str(found["startup_delay"]),
        "Alert_Startup_Delay": str(found["alert_startup_delay"]),
    }
    assert theirs["Community_String"]["Community_String"] == community
    policies = {name: section for name, section in theirs.items() if name.startswith("Alert_Policy_")}
    assert policies == {f"Alert_Policy_{row['number']}": policy_as_freeipmi(row) for row in found["policies"]}
    filters = {name: section for name, section in theirs.items() if name.startswith("Event_Filter_")}
    assert len(filters) == len(found["filters"])
    for row in found["filters"]:
        compare_filter(filters[f"Event_Filter_{row['number']}"], row)
    strings = {name: section for name, section in theirs.items() if name.startswith("Alert_String_")}
    assert strings == {
        f"Alert_String_{row['number']}": {
            "Event_Filter_Number": str(row["filter_number"]), "Alert_String_Set": str(row["string_set"]),
            "Alert_String": row["text"],
        }
        for row in found["strings"]
    }
    for number, row in enumerate(destinations):
        section = theirs[f"Lan_Alert_Destination_{number}"]
        assert section["Alert_Acknowledge"] == yes(row["acknowledge_required"])
        assert section["Alert_Retries"] == str(row["retries"])
        assert section["Alert_IP_Address"] == row["address"]


RULES = {
    "always": "Always_Send_To_This_Destination",
    "skip_if_sent": "Proceed_To_Next_Entry",
    "stop_if_sent": "Do_Not_Proceed_Any_More_Entries",
    "other_channel": "Proceed_To_Next_Entry_Different_Channel",
    "other_type": "Proceed_To_Next_Entry_Different_Destination_Type",
}


def policy_as_freeipmi(row: dict[str, Any]) -> dict[str, str]:
    return {
        "Policy_Type": RULES[row["rule"]],
        "Policy_Enabled": yes(row["enabled"]),
        "Policy_Number": str(row["policy"]),
        "Destination_Selector": str(row["destination"]),
        "Channel_Number": str(row["channel"]),
        "Alert_String_Set_Selector": str(row["string"]),
        "Event_Specific_Alert_String": yes(row["event_specific"]),
    }


def compare_filter(shown: dict[str, str], row: dict[str, Any]) -> None:
    kinds = {"manufacturer": "Manufacturer_Pre_Configured", "software": "Software_Configurable"}
    assert shown["Filter_Type"] == kinds[row["kind"]]
    assert shown["Enable_Filter"] == yes(row["enabled"])
    actions = {
        "alert": "Alert", "power_down": "Power_Off", "reset": "Reset", "power_cycle": "Power_Cycle", "oem_action": "Oem",
        "diagnostic_interrupt": "Diagnostic_Interrupt", "group_control": "Group_Control_Operation",
    }
    assert {shown[f"Event_Filter_Action_{name}"] for name in actions.values()} <= {"Yes", "No"}
    assert [key for key, name in actions.items() if shown[f"Event_Filter_Action_{name}"] == "Yes"] == row["actions"]
    assert shown["Alert_Policy_Number"] == str(row["policy"])
    assert shown["Group_Control_Selector"] == str(row["group"])
    assert shown["Event_Severity"].lower().replace("-", "_") == row["severity"]
    numbers = {
        "Generator_Id_Byte_1": row["generator"], "Generator_Id_Byte_2": row["generator_channel"],
        "Sensor_Number": row["sensor_number"], "Event_Trigger": row["trigger"], "Event_Data1_Offset_Mask": row["offsets"],
    }
    for number in (1, 2, 3):
        mask, first, second = row[f"data{number}"]
        numbers.update({
            f"Event_Data{number}_AND_Mask": mask, f"Event_Data{number}_Compare1": first, f"Event_Data{number}_Compare2": second,
        })
    assert {name: int(shown[name], 16) for name in numbers} == numbers


# --- what we write, as others see it


def test_ipmitool_sees_the_network_settings_that_we_wrote(fresh: Simulator) -> None:
    with command(fresh) as bmc:
        bmc.set_net_configuration("192.0.2.77/25", "static", "192.0.2.9", 100)
        assert bmc.get_net_configuration()["vlan_id"] == 100
    shown = fields(ipmitool(fresh, "lan", "print", "1"))
    assert (shown["IP Address"], shown["Subnet Mask"]) == ("192.0.2.77", "255.255.255.128")
    assert (shown["Default Gateway IP"], shown["802.1q VLAN ID"]) == ("192.0.2.9", "100")
    assert shown["Set in Progress"] == "Set Complete"
    with command(fresh) as bmc:
        bmc.set_net_configuration(vlan_id="off")
    assert fields(ipmitool(fresh, "lan", "print", "1"))["802.1q VLAN ID"] == "Disabled"


def test_a_simulator_that_ignores_the_community_is_found_out(fresh: Simulator) -> None:
    """ipmitool says the same: "LAN Parameter Data does not match!  Write may have failed."."""
    with command(fresh) as bmc, pytest.raises(BmcErrorException, match="did not keep it"):
        bmc.set_alert_community("other")


def test_ipmitool_sees_the_console_settings_that_we_wrote(fresh: Simulator) -> None:
    with command(fresh) as bmc:
        bmc.set_sol_configuration(enabled=True, bit_rate=38400, volatile_bit_rate=9600)
        with pytest.raises(ParameterNotWritable):
            bmc.set_sol_configuration(send_threshold=60, accumulate_interval_ms=50)
    shown = fields(ipmitool(fresh, "sol", "info", "1"))
    assert (shown["Non-Volatile Bit Rate (kbps)"], shown["Volatile Bit Rate (kbps)"]) == ("38.4", "9.6")
    assert shown["Set in progress"] == "set-complete"


def test_ipmitool_sees_what_we_wrote_to_our_own(ours: FakeBmc) -> None:
    with command(ours) as bmc:
        bmc.set_alert_destination("192.0.2.200", True, 5, 3, destination=2)
        bmc.set_alert_community("other")
        bmc.set_sol_configuration(
            force_encryption=False, privilege_level="administrator", accumulate_interval_ms=50, send_threshold=60,
            retry_count=5, retry_interval_ms=250, bit_rate=19200, payload_port=6230,
        )
        bmc.set_channel_access(1, alerting=False, per_msg_auth=True, user_level_auth=False, privilege_level="operator")
        bmc.set_net6_configuration(["2001:db8::20/48", "2001:db8::21"], "2001:db8::2")
    alert = fields(ipmitool(ours, "lan", "alert", "print", "1", "2"))
    assert alert["Alert Acknowledge"] == "Acknowledged"
    assert (alert["Alert IP Address"], alert["Number of Retries"]) == ("192.0.2.200", "3")
    policies = ipmitool(ours, "pef", "policy", "list").splitlines()
    assert policies[0].split(" | ")[:5] == [" 1", "1", "enabled", "Match-always", "1"]
    text = ipmitool(ours, "lan", "print", "1")
    assert fields(text)["SNMP Community String"] == "other"
    sol = fields(ipmitool(ours, "sol", "info", "1"))
    assert (sol["Force Encryption"], sol["Privilege Level"], sol["Payload Port"]) == ("false", "ADMINISTRATOR", "6230")
    assert (sol["Character Accumulate Level (ms)"], sol["Character Send Threshold"]) == ("50", "60")
    assert (sol["Retry Count"], sol["Retry Interval (ms)"]) == ("5", "250")
    assert sol["Non-Volatile Bit Rate (kbps)"] == "19.2"
    kept = fields(ipmitool(ours, "channel", "info", "1").split("Non-Volatile Settings")[1])
    assert (kept["Alerting"], kept["Per-message Auth"], kept["User Level Auth"]) == ("disabled", "enabled", "disabled")
    six = ipmitool(ours, "lan6", "print", "1")
    assert fields(six.split("IPv6 Static Address 0:")[1])["Address"] == "2001:db8::20/48"
    assert fields(six.split("IPv6 Static Address 1:")[1])["Address"] == "2001:db8::21/64"
    assert fields(six.split("IPv6 Static Router 1:")[1])["Address"] == "2001:db8::2"


def test_our_bmc_takes_what_ipmitool_writes(ours: FakeBmc) -> None:
    for arguments in (
        ("lan", "set", "1", "ipaddr", "192.0.2.50"), ("lan", "set", "1", "netmask", "255.255.0.0"),
        ("lan", "set", "1", "defgw", "ipaddr", "192.0.2.3"), ("lan", "set", "1", "snmp", "theirs"),
        ("lan", "set", "1", "vlan", "id", "7"), ("lan", "set", "1", "arp", "generate", "on"),
        ("lan", "alert", "set", "1", "1", "ipaddr", "192.0.2.99"), ("sol", "set", "retry-count", "4", "1"),
        ("pef", "policy", "enable", "2"),
    ):
        ipmitool(ours, *arguments)
    with command(ours) as bmc:
        found, all_of_it = bmc.get_net_configuration(), bmc.get_lan_parameters()
        assert (found["ipv4_address"], found["ipv4_gateway"], found["vlan_id"]) == ("192.0.2.50/16", "192.0.2.3", 7)
        assert all_of_it["arp_control"] == {"responses": True, "gratuitous": True}
        assert bmc.get_alert_community() == "theirs"
        assert bmc.get_alert_destination(1)["address"] == "192.0.2.99"
        assert bmc.get_sol_configuration()["retry_count"] == 4
        assert bmc.get_alert_policies()[1]["enabled"]


def test_ipmitool_lists_the_filters_of_our_own(ours: FakeBmc) -> None:
    rows = [line for line in ipmitool(ours, "pef", "filter", "list").splitlines() if line.strip()]
    assert [("enabled" in row, row.split("|")[2].strip() if "enabled" in row else "") for row in rows[:5]] == [
        (True, "Temperature"), (True, "Temperature"), (True, "Fan"), (True, "Voltage"), (True, "Power supply"),
    ]
    assert ipmitool(ours, "pef", "status").split(" | ")[-2:] == ["PEF,PEF event messages", "Alert\n"]
