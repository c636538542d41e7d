"""setup: compiles the emulator's cores in C into wheels. All metadata is in pyproject.toml.

The libraries have no part of Python in them, so one wheel for a system serves every Python. KESU_WHEEL_CORE=none builds
a wheel for any system, without the libraries; KESU_WHEEL_CORE=required fails where they cannot be compiled. By default
they are left out there: the virtual pad then compiles them at first use, or says what it lacks.
KESU_WHEEL_PLATFORM is the platform tag to use instead of this machine's, such as manylinux_2_17_x86_64.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from functools import cache
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

PACKAGES = Path(__file__).parent / "host_tools"
spec = importlib.util.spec_from_file_location("native", PACKAGES / "kesu" / "emulator" / "core" / "native.py")
assert spec is not None
assert spec.loader is not None
native = importlib.util.module_from_spec(spec)
sys.modules["native"] = native
spec.loader.exec_module(native)


@cache
def libraries() -> dict[Path, bytes]:
    """The compiled libraries, by their place in the package; none where the wheel is built without them."""
    wanted = os.environ.get("KESU_WHEEL_CORE", "")
    if wanted == "none":
        return {}
    compiled = {}
    with tempfile.TemporaryDirectory() as folder:
        for source in native.SOURCES:
            target = Path(folder) / source.file_name()
            try:
                source.compile_to(target)
            except native.NotCompiled as error:
                if wanted == "required":
                    raise SystemExit(f"the C cores cannot be compiled: {error}") from None
                print(f"WARNING: without the C cores: {error}. {native.REMEDY}", file=sys.stderr)
                return {}
            compiled[source.folder.relative_to(PACKAGES) / target.name] = target.read_bytes()
    return compiled


class WithCore(Distribution):
    """A distribution for one system if it has the libraries."""

    def has_ext_modules(self) -> bool:
        return bool(libraries())


class BuildWithCore(build_py):
    """Adds the libraries to the built package; an editable installation compiles them at first use."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for place, content in libraries().items():
                (Path(self.build_lib) / place).write_bytes(content)


class WheelForAnyPython(bdist_wheel):
    """A wheel of this system, or of all, for every Python 3."""

    def get_tag(self) -> tuple[str, str, str]:
        platform = super().get_tag()[2]
        if not libraries():
            return "py3", "none", "any"
        return "py3", "none", os.environ.get("KESU_WHEEL_PLATFORM") or platform


setup(
    distclass=WithCore,
    cmdclass={"build_py": BuildWithCore, "bdist_wheel": WheelForAnyPython},
)
