"""setup: compiles the emulator's C core into wheels. All metadata is in pyproject.toml.

The library has no part of Python in it, so one wheel for a system serves every Python. KESU_WHEEL_CORE=none builds a
wheel for any system, without the library; KESU_WHEEL_CORE=required fails where it cannot be compiled. By default it is
left out there: the virtual pad then compiles it at first use, or says that it runs slower.
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

CORE = Path("kesu", "emulator", "core")
spec = importlib.util.spec_from_file_location(
    "native", Path(__file__).parent / "host_tools" / CORE / "native.py"
)
assert spec is not None
assert spec.loader is not None
native = importlib.util.module_from_spec(spec)
spec.loader.exec_module(native)


@cache
def library() -> bytes | None:
    """The compiled library; None where the wheel is built without it."""
    wanted = os.environ.get("KESU_WHEEL_CORE", "")
    if wanted == "none":
        return None
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / native.file_name()
        try:
            native.compile_to(target)
        except native.NotCompiled as error:
            if wanted == "required":
                raise SystemExit(f"the C core cannot be compiled: {error}") from None
            print(f"WARNING: without the C core: {error}. {native.REMEDY}", file=sys.stderr)
            return None
        return bytes(target.read_bytes())


class WithCore(Distribution):
    """A distribution for one system if it has the library."""

    def has_ext_modules(self) -> bool:
        return library() is not None


class BuildWithCore(build_py):
    """Adds the library to the built package; an editable installation compiles it at first use."""

    def run(self) -> None:
        super().run()
        compiled = library() if not self.editable_mode else None
        if compiled is not None:
            (Path(self.build_lib) / CORE / native.file_name()).write_bytes(compiled)


class WheelForAnyPython(bdist_wheel):
    """A wheel of this system, or of all, for every Python 3."""

    def get_tag(self) -> tuple[str, str, str]:
        platform = super().get_tag()[2]
        if library() is None:
            return "py3", "none", "any"
        return "py3", "none", os.environ.get("KESU_WHEEL_PLATFORM") or platform


setup(
    distclass=WithCore,
    cmdclass={"build_py": BuildWithCore, "bdist_wheel": WheelForAnyPython},
)
