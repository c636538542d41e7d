"""test_installed_wheel: the wheel in empty environments, away from any checkout: every command runs or says why not."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.request import urlopen

import pytest
from installed import Installed, NoRegistry, install
from kesu.cli.commands import DEV_COMMANDS, SUBCOMMANDS, TESTERS_CHECKOUT_COMMANDS
from kesu.common.errors import Exit
from kesu.common.extras import EXTRA_OF
from kesu.demo.page.cores import MODULES, file_name
from kesu.emulator.core import native
from kesu.images.toolchain import BuiltImage
from kesu_dev.distribution.make import make
from once import once

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

NAME = "kesu-pico-4in2-sealed"
LARGEST_AGENT = 15_000_000
BASE_PACKAGES = {"click", "serial", "dbus_fast", "kesu"}
IN_WHEEL = {"build", "sync", "assets"}
OF_WHEEL = [name for name in SUBCOMMANDS if name not in TESTERS_CHECKOUT_COMMANDS]


@pytest.fixture(scope="module")
def built(sealed: BuiltImage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of wheels and source archive."""

    def make_wheels(out: Path) -> Path:
        make(out, [sealed])
        return out

    return once(tmp_path_factory, "wheels", make_wheels)


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Installed]:
    """An environment for each extra; each process of the tests runs commands in folders of its own."""
    (wheel,) = built.glob("*-manylinux*.whl")

    def install_all(place: Path) -> dict[str, Installed]:
        return {
            extra: install(place / extra, wheel, extra, built / f"requirements-{extra}.lock")
            for extra in ("agent", "flash", "verify")
        }

    try:
        made = once(tmp_path_factory, "installed", install_all)
    except NoRegistry as error:
        pytest.skip(f"no package registry: {error}")
    return {
        extra: Installed(one.venv, tmp_path_factory.mktemp(extra) / "away", one.size)
        for extra, one in made.items()
    }


def names(archive: Path) -> set[str]:
    return set(zipfile.ZipFile(archive).namelist())


def test_a_wheel_has_what_it_needs_and_nothing_for_contributors(built: Path) -> None:
    (own,), (general,) = built.glob("*-manylinux*.whl"), built.glob("*-none-any.whl")
    cores = {
        (source.folder.relative_to(native.CHIPS.parents[2]) / source.file_name()).as_posix()
        for source in native.SOURCES
    }
    assert names(own) - names(general) == cores
    assert names(general) <= names(own)
    assert {"kesu/py.typed", "kesu/packaged/release.tar.xz", "kesu/packaged/contents.json"} <= names(general)
    assert {name.split("/")[0] for name in names(own)} == {"kesu", "kesu-0.1.0.dist-info"}
    found = zipfile.ZipFile(own).read("kesu-0.1.0.dist-info/WHEEL").decode()
    assert re.search(r"^Tag: py3-none-manylinux_2_\d+_x86_64$", found, re.MULTILINE), found


def test_each_extra_has_a_size_and_an_operators_pc_needs_little(installed: dict[str, Installed]) -> None:
    sizes = {extra: one.size for extra, one in installed.items()}
    print("installed, beyond pip:", {extra: f"{size / 1e6:.1f} MB" for extra, size in sizes.items()})
    assert 1_000_000 < sizes["agent"] < LARGEST_AGENT
    assert sizes["agent"] < sizes["flash"] < sizes["verify"]


@pytest.mark.parametrize(
    "words",
    ["agent --check", "hook start", "relay --check", "pad --help", "images", "devices", "doctor", "--help"],
)
def test_commands_of_the_base_import_nothing_large(installed: dict[str, Installed], words: str) -> None:
    found = installed["verify"].imported(*words.split())
    assert found <= BASE_PACKAGES
    assert "kesu" in found


def test_a_large_package_is_seen_where_it_is_imported(installed: dict[str, Installed]) -> None:
    assert {"numpy", "elftools"} <= installed["verify"].imported("audit", NAME)


@pytest.mark.deep
def test_help_of_every_command_is_shown_where_its_packages_are(installed: dict[str, Installed]) -> None:
    assert installed["agent"].run("--version").stdout.startswith("kesu, version ")
    for extra, one in installed.items():
        for words in [(), *((name,) for name in OF_WHEEL), *(("dev", name) for name in IN_WHEEL)]:
            done = one.run(*words, "--help")
            needed = EXTRA_OF.get(words[-1] if words else "")
            if done.returncode:
                assert needed not in (None, extra), done.stderr
                assert done.returncode == Exit.UNAVAILABLE
                assert f'pip install "kesu[{needed}]"' in done.stderr
            else:
                assert done.stdout.startswith("Usage: kesu")


def test_a_command_without_its_packages_names_the_extra(installed: dict[str, Installed]) -> None:
    for name in {*OF_WHEEL} | IN_WHEEL:
        needed = EXTRA_OF.get(name)
        if needed is not None:
            done = installed["agent"].run(*(["dev"] if name in IN_WHEEL else []), name, "some", "words")
            assert (done.returncode, done.stdout) == (Exit.UNAVAILABLE, ""), name
            assert done.stderr.count("\n") == 2
            assert f'-> Install the extra "{needed}": pip install "kesu[{needed}]"' in done.stderr


REFUSED = ["release", "dev build", "dev assets", "dev sync", f"verify --profile full {NAME}"]


@pytest.mark.parametrize("words", REFUSED)
def test_what_needs_a_checkout_says_so(installed: dict[str, Installed], words: str) -> None:
    extra = "verify" if words.startswith("verify") else "flash"
    done = installed[extra].run(*words.split())
    assert done.returncode == Exit.UNAVAILABLE
    assert "This needs a checkout of the project" in done.stderr


@pytest.mark.parametrize("name", sorted(DEV_COMMANDS["Commands"].keys() - IN_WHEEL))
def test_a_command_of_contributors_is_explained(installed: dict[str, Installed], name: str) -> None:
    done = installed["verify"].run("dev", name)
    assert done.returncode == Exit.USAGE
    assert f"'kesu dev {name}' needs a checkout of the project" in done.stderr


def test_images_are_listed_and_copied(installed: dict[str, Installed], sealed: BuiltImage) -> None:
    one = installed["agent"]
    (found,) = json.loads(one.run("images", "--json").stdout)["images"]
    assert (found["name"], found["sha256"]) == (NAME, sha256(sealed.uf2.read_bytes()).hexdigest())
    assert one.run("images", "--out", "copies").returncode == 0
    for path in (sealed.uf2, sealed.elf, sealed.manifest):
        assert (one.folder / "copies" / path.name).read_bytes() == path.read_bytes()


def test_pad_serves_the_page_and_its_image(installed: dict[str, Installed], sealed: BuiltImage) -> None:
    with installed["agent"].started("pad", "--no-open", "--port", "0") as server:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        assert b"<title>" in urlopen(found[0]).read()
        listed = json.loads(urlopen(f"{found[0]}images/index.json").read())["images"]
        assert urlopen(f"{found[0]}{listed[0]['uf2']}").read() == sealed.uf2.read_bytes()
        for board in MODULES:
            assert urlopen(found[0] + file_name(board)).read(4) == b"\0asm"


def test_devices_and_doctor_find_no_pad(installed: dict[str, Installed]) -> None:
    for one in installed.values():
        assert (
            one.run("devices").stdout.startswith("No pad was found.") or "No pad" in one.run("devices").stdout
        )
        assert one.run("doctor").returncode in (Exit.OK, Exit.NO)
    asked = installed["agent"].run("devices", "--ask")
    assert (asked.returncode, "kesu[flash]" in asked.stderr) == (Exit.UNAVAILABLE, True)


@pytest.mark.parametrize("words", [f"flash {NAME}", f"seal {NAME} --all", "dev sync folder"])
def test_flash_seal_and_sync_look_for_a_pad(installed: dict[str, Installed], words: str) -> None:
    one = installed["flash"]
    (one.folder / "folder").mkdir(exist_ok=True)
    done = one.run(*words.split())
    assert done.returncode == Exit.UNAVAILABLE
    assert "No pad was found." in done.stderr or "picotool is not installed" in done.stderr


def test_agent_check_relay_and_harden(installed: dict[str, Installed]) -> None:
    one = installed["agent"]
    assert one.run("agent", "--check").returncode == Exit.NOT_PROVEN
    assert one.run("hook", "start").returncode == Exit.TRY_AGAIN
    assert one.run("relay", "--check", "--config", "none.toml").returncode == Exit.NO_INPUT
    assert one.run("harden", "--plan").returncode == Exit.UNAVAILABLE


def test_a_call_reaches_the_virtual_pad(installed: dict[str, Installed]) -> None:
    """`kesu line` runs the packaged image; agent and hook of the small installation reach it."""
    one = installed["agent"]
    with installed["verify"].started("line") as line:
        assert line.stdout is not None
        url = line.stdout.readline().strip()
        assert url.startswith("rfc2217://127.0.0.1:")
        (one.folder / "agent.toml").write_text(
            f'[pads.desk]\nport = "{url}"\n[sources.phone]\nkind = "hook"\n', encoding="utf-8"
        )
        with one.started("agent", "--config", "agent.toml"):
            said: list[str] = []
            assert wait_for(lambda: one.run("hook", "start").returncode == 0, 60)
            assert read_until(line, said, "PC: T"), said
            assert one.run("hook", "end").returncode == 0
            assert read_until(line, said, "PC: E"), said
            assert read_until(line, said, "pad: blank and ready"), said


def test_the_compiled_core_is_the_packaged_one(installed: dict[str, Installed]) -> None:
    code = "from kesu.emulator.core import native\nprint(*(native.load(one)._name for one in native.SOURCES))"
    done = installed["verify"].execute(installed["verify"].python, "-c", code, PATH="")
    for source in native.SOURCES:
        inside = source.folder.relative_to(native.CHIPS.parents[1])
        packaged = f"site-packages/kesu/{inside.as_posix()}/{source.file_name()}"
        assert packaged in done.stdout, done.stderr


def test_demo_and_audit_run_with_the_packaged_image(installed: dict[str, Installed]) -> None:
    one = installed["verify"]
    demo = one.run("demo", "--out", "demo")
    assert (demo.returncode, "WARNING" in demo.stderr) == (0, False), demo.stderr
    assert "Verdict: nothing of the note is left." in demo.stdout
    assert one.run("audit", NAME).returncode == 0


@pytest.mark.deep
def test_verify_and_evidence_run_with_the_packaged_image(installed: dict[str, Installed]) -> None:
    one = installed["verify"]
    verified = one.run("verify", NAME, "--seed", "1", "--out", "evidence")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert one.run("evidence", "check", "evidence").returncode == 0
    (one.folder / "evidence" / "report.json").write_text("{}", encoding="utf-8")
    assert one.run("evidence", "check", "evidence").returncode == Exit.NO


def test_faults_and_glass_run(installed: dict[str, Installed], sealed: BuiltImage) -> None:
    one = installed["verify"]
    done = one.run("faults", NAME, "--campaign", "calls", "--count", "1", "--seed", "1")
    assert done.returncode == 0, done.stderr
    left = one.run("glass", "compare", "absent.png", "absent.png")
    assert left.returncode == Exit.NO_INPUT


def wait_for(done: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.2)
    return False


def read_until(process: subprocess.Popen[str], said: list[str], wanted: str) -> bool:
    """Whether the process prints a line that begins so; it is ended if it prints none for two minutes."""
    assert process.stdout is not None
    end = threading.Timer(120, process.kill)
    end.start()
    try:
        for line in process.stdout:
            said.append(line)
            if line.startswith(wanted):
                return True
        return False
    finally:
        end.cancel()
