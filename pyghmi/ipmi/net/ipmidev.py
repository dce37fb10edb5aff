# SPDX-License-Identifier: Apache-2.0
"""The structures and calls of the Linux IPMI driver.  Source: include/uapi/linux/ipmi.h of the kernel."""
from __future__ import annotations

import ctypes
import errno
from typing import Any, Callable

from pyghmi.ipmi.spec.request import Target

_SYSTEM_INTERFACE, _IPMB = 0x0C, 0x01
_BMC_CHANNEL = 0x0F
_MAX_ADDRESS_BYTES = 32
_RESPONSE = 1
_IOC_READ, _IOC_WRITE = 2, 1
_MAGIC = ord("i")


class SystemInterfaceAddress(ctypes.Structure):
    """struct ipmi_system_interface_addr"""

    _fields_ = [("kind", ctypes.c_int), ("channel", ctypes.c_short), ("lun", ctypes.c_ubyte)]


class IpmbAddress(ctypes.Structure):
    """struct ipmi_ipmb_addr"""

    _fields_ = [
        ("kind", ctypes.c_int),
        ("channel", ctypes.c_short),
        ("slave", ctypes.c_ubyte),
        ("lun", ctypes.c_ubyte),
    ]


class Msg(ctypes.Structure):
    """struct ipmi_msg"""

    _fields_ = [
        ("netfn", ctypes.c_ubyte),
        ("cmd", ctypes.c_ubyte),
        ("length", ctypes.c_ushort),
        ("data", ctypes.c_void_p),
    ]


class Req(ctypes.Structure):
    """struct ipmi_req"""

    _fields_ = [
        ("address", ctypes.c_void_p),
        ("address_length", ctypes.c_uint),
        ("sequence", ctypes.c_long),
        ("message", Msg),
    ]


class Recv(ctypes.Structure):
    """struct ipmi_recv"""

    _fields_ = [
        ("kind", ctypes.c_int),
        ("address", ctypes.c_void_p),
        ("address_length", ctypes.c_uint),
        ("sequence", ctypes.c_long),
        ("message", Msg),
    ]


def _call_number(direction: int, number: int, structure: type[ctypes.Structure]) -> int:
    """Return the number of an ioctl, as the macros _IOR and _IOWR make it on x86 and ARM."""
    return direction * 2**30 + ctypes.sizeof(structure) * 2**16 + _MAGIC * 2**8 + number


SEND_COMMAND = _call_number(_IOC_READ, 13, Req)
RECEIVE_TRUNCATED = _call_number(_IOC_READ + _IOC_WRITE, 11, Recv)

Ioctl = Callable[[int, int, Any], int]


def send(
    ioctl: Ioctl,
    descriptor: int,
    sequence: int,
    netfn: int,
    cmd: int,
    data: bytes,
    target: Target | None,
    lun: int,
) -> None:
    """Hand a request to the driver.  Raises OSError."""
    address: ctypes.Structure
    if target is None:
        address = SystemInterfaceAddress(_SYSTEM_INTERFACE, _BMC_CHANNEL, lun)
    else:
        address = IpmbAddress(_IPMB, target.channel, target.address, lun)
    body = (ctypes.c_ubyte * max(len(data), 1))(*data)
    request = Req(
        ctypes.addressof(address),
        ctypes.sizeof(address),
        sequence,
        Msg(netfn, cmd, len(data), ctypes.addressof(body)),
    )
    ioctl(descriptor, SEND_COMMAND, request)


def receive(ioctl: Ioctl, descriptor: int, most: int) -> tuple[int, bytes] | None:
    """Take an answer: (sequence, completion code and data).  None: it was something else.  Raises OSError."""
    address = (ctypes.c_ubyte * _MAX_ADDRESS_BYTES)()
    body = (ctypes.c_ubyte * most)()
    found = Recv(
        0, ctypes.addressof(address), _MAX_ADDRESS_BYTES, 0, Msg(0, 0, most, ctypes.addressof(body))
    )
    try:
        ioctl(descriptor, RECEIVE_TRUNCATED, found)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EINTR, errno.EMSGSIZE):
            return None
        raise
    if found.kind != _RESPONSE:
        return None
    return found.sequence, bytes(body[: found.message.length])
