"""pin_toolchain: prints toolchain.toml for the toolchain of this machine.

`.venv/bin/python -m kesu.images.toolchain.pin_toolchain`, on a machine whose packages you trust. Entries for other
processors are kept.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Mapping

from kesu.images.toolchain.toolchain import LIBRARIES, PINS, Toolchain, measured, pinned, processor

HEAD = """# toolchain.toml: what released images are compiled and linked with: SHA-256 of each program and library,
# of each folder of headers as one, and the versions of Debian 13's packages that bring them.
# SPDX-License-Identifier: MIT
# Made by `.venv/bin/python -m kesu.images.toolchain.pin_toolchain`.
# An image of another toolchain says so in its manifest.
"""


def document(found: Mapping[str, Toolchain], programs: Mapping[str, Mapping[str, str]]) -> str:
    """The text. found: toolchains by board. programs: of other processors, by name."""
    one = next(iter(found.values()))
    libraries = {name: digest for toolchain in found.values() for name, digest in toolchain.libraries.items()}
    tables: dict[str, Mapping[str, str]] = {
        "packages": one.packages,
        "headers": one.headers,
        "libraries": libraries,
    }
    for name, table in sorted({**programs, processor(): one.programs}.items()):
        tables[f"programs.{name}"] = table
    lines = [HEAD]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f'"{key}" = "{value}"' for key, value in sorted(table.items())), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    known = pinned()["programs"] if PINS.is_file() else {}
    print(document({board: measured(board) for board in LIBRARIES}, known), end="")
