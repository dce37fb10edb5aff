# SPDX-License-Identifier: Apache-2.0
"""The artifacts: source archive, wheel and RPM are built, installed and run."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyghmi.version import VERSION

ROOT = Path(__file__).parents[2]
TOOLS = ("fakebmc", "pyghmicons", "pyghmiutil", "virshbmc")
NOT_OURS = shutil.ignore_patterns(
    ".git", ".tox", ".venv", ".test-env", ".hypothesis", ".*_cache", "__pycache__", "build", "dist", "*.egg-info"
)

pytestmark = [pytest.mark.slow, pytest.mark.main_python]


def run(*command: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that must succeed, without anything that would let it find the checkout."""
    merged = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    merged.update(environment)
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=merged, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, so that building leaves no trace in it."""
    folder = tmp_path_factory.mktemp("source") / "pyghmi"
    shutil.copytree(ROOT, folder, ignore=NOT_OURS)
    return folder


@pytest.fixture(scope="module")
def archives(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the source archive, and the wheel that was built out of it."""
    folder = tmp_path_factory.mktemp("archives")
    pytest.importorskip("build")
    run(sys.executable, "-m", "build", "--outdir", folder, source)
    return folder


@pytest.fixture(scope="module")
def rpm_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An unpacked RPM, built with bytecode forbidden from outside: that once broke it."""
    for program in ("rpmbuild", "rpm2cpio", "cpio"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("rpm")
    shutil.copytree(ROOT, folder / "source", ignore=NOT_OURS)
    run(sys.executable, "setup.py", "bdist_rpm", cwd=folder / "source", PYTHONDONTWRITEBYTECODE="1", HOME=str(folder))
    (package,) = (folder / "source" / "dist").glob("*.noarch.rpm")
    assert package.name == f"pyghmi-{VERSION}-1.noarch.rpm"
    (folder / "root").mkdir()
    run("sh", "-c", 'rpm2cpio "$1" | cpio -idm --quiet', "sh", package, cwd=folder / "root")
    yield folder / "root"
    shutil.rmtree(folder)


def files(source: Path, *folders: str) -> set[str]:
    """Return the paths of all files in some folders of the source."""
    return {path.relative_to(source).as_posix() for folder in folders for path in (source / folder).rglob("*") if path.is_file()}


def check_tools(found: dict[str, Path], cwd: Path, **environment: str) -> None:
    """Run each tool far enough to have imported what it needs."""
    assert set(TOOLS) <= set(found)
    for name in TOOLS:
        assert f"usage: {name}" in run(found[name], "--help", cwd=cwd, **environment).stdout
        assert run(found[name], "--version", cwd=cwd, **environment).stdout == f"{name} {VERSION}\n"


def install_and_check(archive: Path, folder: Path) -> None:
    """Install an archive in an environment of its own; run the tools, then the demonstration out of that."""
    run(sys.executable, "-m", "venv", folder / "env")
    programs = folder / "env" / "bin"
    run(programs / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", archive)
    check_tools({name: programs / name for name in TOOLS}, folder)
    where = run(programs / "python", "-c", "import pyghmi; print(pyghmi.__file__)", cwd=folder).stdout
    assert where.startswith(str(folder))
    assert "All as expected." in run(programs / "python", "-m", "pyghmi.sim.demo", cwd=folder).stdout


def test_wheel(source: Path, archives: Path, tmp_path: Path) -> None:
    (wheel,) = archives.glob("*.whl")
    assert wheel.name == f"pyghmi-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        metadata = opened.read(f"pyghmi-{VERSION}.dist-info/METADATA").decode()
    ours = files(source, "pyghmi")
    assert "pyghmi/py.typed" in ours
    assert ours == {name for name in names if ".dist-info/" not in name}
    for needed in ("cryptography", "python-dateutil", "six"):
        assert f"Requires-Dist: {needed}" in metadata
    assert "Requires-Python: >=3.9" in metadata
    install_and_check(wheel, tmp_path)


def test_source_archive(source: Path, archives: Path, tmp_path: Path) -> None:
    (archive,) = archives.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    wanted = files(source, ".ci", "bin", "doc", "pyghmi", "tests")
    wanted |= {"LICENSE", "README.md", "requirements.txt", "setup.cfg", "setup.py", "tox.ini"}
    assert not wanted - names
    install_and_check(archive, tmp_path)


def test_rpm(rpm_root: Path) -> None:
    found = {path.name: path for path in rpm_root.rglob("bin/*")}
    (package,) = (path.parent for path in rpm_root.rglob("pyghmi/version.py"))
    place = {"PYTHONPATH": str(package.parent)}
    assert (package / "py.typed").exists()
    check_tools(found, rpm_root, **place)
    where = run(sys.executable, "-c", "import pyghmi; print(pyghmi.__file__)", cwd=rpm_root, **place).stdout
    assert where.startswith(str(rpm_root))


@pytest.mark.parametrize("tool", TOOLS)
def test_launcher_runs_from_any_folder(tool: str, tmp_path: Path) -> None:
    launcher = ROOT / "bin" / tool
    assert os.access(launcher, os.X_OK)
    (tmp_path / tool).symlink_to(launcher)
    check = run(sys.executable, tmp_path / tool, "--help", cwd=tmp_path).stdout
    assert f"usage: {tool}" in check


@pytest.mark.parametrize("tool", ["pyghmicons", "virshbmc"])
def test_tools_that_need_arguments_say_so(tool: str) -> None:
    done = subprocess.run([sys.executable, ROOT / "bin" / tool], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tool}: error: the following arguments are required: " in done.stderr


def test_requirements_are_those_of_the_package() -> None:
    listed = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    configured = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    _before, _name, rest = configured.partition("install_requires =\n")
    assert listed == rest.partition("\n\n")[0].split()
