# SPDX-License-Identifier: Apache-2.0
"""Prepare this machine and run all tests: `python3 tests/run.py`.

Makes an environment of its own, installs what the tests need (the peers from Debian where that is allowed), and runs
ruff, mypy and the tests on this Python; then the tests that need no peers on every other Python that is found.
"""
from __future__ import annotations

import argparse
import glob
import os
import shutil
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENVIRONMENT = os.path.join(ROOT, ".test-env")
PEERS = {
    "ipmitool": "ipmitool",
    "bmc-info": "freeipmi-tools",
    "ipmipower": "freeipmi-tools",
    "ipmi_sim": "openipmi",
    "openipmish": "openipmi",
    "solterm": "openipmi",
    "ipmiutil": "ipmiutil",
    "tshark": "tshark",
    "rpmbuild": "rpm",
    "rpm2cpio": "rpm",
    "cpio": "cpio",
    "valgrind": "valgrind",
    "strace": "strace",
    "libvirtd": "libvirt-daemon",
    "virsh": "libvirt-clients",
    "qemu-system-x86_64": "qemu-system-x86",
}
"""Program -> Debian package."""
PEER_FILES = {
    "/usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so": "libvirt-daemon-driver-qemu",
    "/usr/lib/python3/dist-packages/libvirt.py": "python3-libvirt",
    "/usr/lib/python3/dist-packages/cryptography": "python3-cryptography",
    "/usr/lib/python3/dist-packages/dateutil": "python3-dateutil",
    "/usr/lib/python3/dist-packages/six.py": "python3-six",
}
"""File of a peer that is no program -> Debian package.  virshbmc is tested with Debian's Python: libvirt's binding fits
the libvirt that is there, and needs no compiler."""
OTHER_PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
TOOLS = ("tox>=4", "build", "setuptools<81", "wheel")


def main() -> int:
    """Return 0 when everything passed."""
    options = _options()
    os.chdir(ROOT)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts this in the background may have it ignored
    missing = _install_peers()
    if missing:
        print(f"*** These peers are missing: {', '.join(missing)} (their tests are skipped)", flush=True)
        if options.require_peers:
            print("*** and they are required.", flush=True)
            return 1
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    if options.require_peers:
        environment["PYGHMI_REQUIRE_PEERS"] = "1"
    environment["PATH"] = os.pathsep.join([os.path.join(ENVIRONMENT, "bin"), environment["PATH"], "/usr/sbin", "/sbin"])
    _make_environment()
    results: dict[str, int] = {}
    if not options.quick:
        results["lint"] = _run([_tool("tox"), "-q", "-e", "lint"], environment)
    python = _tool("python")
    coverage = ["--cov", "--cov-config=setup.cfg", "--cov-report=term:skip-covered"] if options.coverage else []
    results["tests"] = _run([python, "-m", "pytest", *coverage, *options.pytest], environment)
    if not options.quick:
        for version, path in _other_pythons().items():
            name = f"py{version.replace('.', '')}"
            more = dict(environment, PATH=os.pathsep.join([environment["PATH"], os.path.dirname(path)]))
            results[name] = _run([_tool("tox"), "-q", "-e", name, "--discover", path], more)
    print("\n".join(f"{name}: {'passed' if code == 0 else 'FAILED'}" for name, code in results.items()), flush=True)
    return 1 if any(results.values()) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--require-peers", action="store_true", help="fail where a peer is missing")
    parser.add_argument("--quick", action="store_true", help="tests on this Python only")
    parser.add_argument("--coverage", action="store_true", help="measure coverage")
    parser.add_argument("pytest", nargs="*", help="arguments of pytest")
    return parser.parse_args()


def _tool(name: str) -> str:
    return os.path.join(ENVIRONMENT, "bin", name)


def _run(command: list[str], environment: dict[str, str]) -> int:
    print(f"=== {' '.join(command)}", flush=True)
    return subprocess.call(command, env=environment)


def _missing() -> list[str]:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    programs = [program for program in PEERS if shutil.which(program, path=path) is None]
    return programs + [pattern for pattern in PEER_FILES if not glob.glob(pattern)]


def _install_peers() -> list[str]:
    """Install what is missing where that is possible; returns what is missing still."""
    missing = _missing()
    apt = shutil.which("apt-get")
    if not missing or apt is None:
        return missing
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and (shutil.which("sudo") is None or subprocess.call(["sudo", "-n", "true"]) != 0):
        return missing
    packages = sorted({{**PEERS, **PEER_FILES}[peer] for peer in missing})
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = [*prefix, apt, "install", "-y", "-q", "--no-install-recommends", *packages]
    if subprocess.call(install, env=environment) != 0:
        subprocess.call([*prefix, apt, "update", "-q"], env=environment)
        subprocess.call(install, env=environment)
    return _missing()


def _make_environment() -> None:
    """Make the environment of the tests, with this project in it as it stands."""
    python = _tool("python")
    if not _works(python, f"{sys.version_info.major}.{sys.version_info.minor}", "pip"):
        subprocess.check_call([sys.executable, "-m", "venv", "--clear", ENVIRONMENT])
    subprocess.check_call([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *TOOLS])
    subprocess.check_call([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-e", ".[test]"])


def _other_pythons() -> dict[str, str]:
    """Return version -> path of the supported Pythons on this machine, without the one that runs this."""
    found: dict[str, str] = {}
    mine = f"{sys.version_info.major}.{sys.version_info.minor}"
    for version in OTHER_PYTHONS:
        candidates = [
            *sorted(glob.glob(os.path.expanduser(f"~/.pyenv/versions/{version}.*/bin/python"))),
            shutil.which(f"python{version}"),
        ]
        for path in candidates:
            if version != mine and path and version not in found and _works(path, version):
                found[version] = path
    return found


def _works(path: str, version: str, *modules: str) -> bool:
    """Whether there is that Python, with these modules (those that make environments, unless others are named)."""
    program = f"import sys, {', '.join(modules or ('venv', 'ensurepip'))}; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version


if __name__ == "__main__":
    sys.exit(main())
