"""test_browser_policies: the policy files are valid, say the same on each system, and Chromium accepts them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
import plistlib
import re
import shutil
from pathlib import Path
from typing import Any

import policy_page
import pytest
import schema
from kesu.spec.call_line import PRODUCT, VENDOR

FOLDER = Path(__file__).parents[2] / "docs" / "examples" / "browser-policies"
LINUX = FOLDER / "chrome-or-edge-linux.json"
MANAGED = Path(__file__).parents[2] / "host_tools" / "web" / "extension" / "managed.schema.json"
URL = {"type": "string", "pattern": r"^(https|chrome-extension)://[^/*\s]+$"}
NUMBER = {"type": "integer", "minimum": 0, "maximum": 65535}
TEXTS = {"type": "array", "items": {"type": "string"}}
EXTENSION = "[a-p]{32}"
SCHEMA: dict[str, Any] = {
    # After components/policy/resources/templates/policy_definitions in chromium/chromium: ContentSettings/
    # SerialAllowUsbDevicesForUrls.yaml, Extensions/ExtensionInstallForcelist.yaml, Extensions/ExtensionSettings.yaml.
    "type": "object",
    "additionalProperties": False,
    "required": ["SerialAllowUsbDevicesForUrls", "ExtensionInstallForcelist", "ExtensionSettings"],
    "properties": {
        "SerialAllowUsbDevicesForUrls": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["devices", "urls"],
                "additionalProperties": False,
                "properties": {
                    "devices": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["vendor_id"],
                            "additionalProperties": False,
                            "properties": {"vendor_id": NUMBER, "product_id": NUMBER},
                        },
                    },
                    "urls": {"type": "array", "items": URL},
                },
            },
        },
        "ExtensionInstallForcelist": {
            "type": "array",
            "items": {"type": "string", "pattern": f"^{EXTENSION}(;(https?|file)://\\S+)?$"},
        },
        "ExtensionSettings": {
            "type": "object",
            "additionalProperties": False,
            "patternProperties": {
                f"^{EXTENSION}$": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "installation_mode": {
                            "enum": ["blocked", "allowed", "force_installed", "normal_installed"]
                        },
                        "update_url": {"type": "string"},
                        "override_update_url": {"type": "boolean"},
                        "runtime_blocked_hosts": TEXTS,
                        "runtime_allowed_hosts": TEXTS,
                    },
                }
            },
        },
        "3rdparty": {
            "type": "object",
            "properties": {
                "extensions": {
                    "type": "object",
                    "additionalProperties": False,
                    "patternProperties": {f"^{EXTENSION}$": {"$ref": "#/$defs/managed"}},
                }
            },
        },
    },
    "$defs": {"managed": json.loads(MANAGED.read_text(encoding="utf-8"))},
}


@pytest.fixture
def policies() -> dict[str, Any]:
    found = json.loads(LINUX.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def errors(policies: dict[str, Any]) -> list[str]:
    return schema.errors(policies, SCHEMA)


def test_the_policies_follow_chromiums_schema(policies: dict[str, Any]) -> None:
    assert errors(policies) == []
    (device,) = policies["SerialAllowUsbDevicesForUrls"][0]["devices"]
    assert (device["vendor_id"], device["product_id"]) == (VENDOR, PRODUCT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("4617", '"4617"'),
        ("4617", "65536"),
        ('"vendor_id"', '"vendor"'),
        ("https://example.my.connect.aws", "https://*.my.connect.aws"),  # wildcards are not allowed there
        ("abcdefghijklmnopabcdefghijklmnop", "abcdefghijklmnop"),
        ("force_installed", "forced"),
        ('"adapter": "amazon-connect"', '"adapter": 7'),
        ("SerialAllowUsbDevicesForUrls", "SerialAllowUsbDevicesForUrl"),
    ],
)
def test_a_mistake_is_found(old: str, new: str) -> None:
    text = LINUX.read_text(encoding="utf-8")
    assert old in text
    assert errors(json.loads(text.replace(old, new))) != []


def registry(path: Path) -> dict[str, dict[str, Any]]:
    """The keys of a file for regedit, each with its values."""
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    assert first == "Windows Registry Editor Version 5.00"
    keys: dict[str, dict[str, Any]] = {}
    values: dict[str, Any] = {}
    for line in filter(None, lines):
        if line.startswith("["):
            values = keys[line.strip("[]")] = {}
            continue
        found = re.fullmatch(r'"([^"]+)"=(?:dword:([0-9a-f]{8})|"((?:[^"\\]|\\.)*)")', line)
        assert found is not None, line
        text = re.sub(r"\\(.)", r"\1", found[3]) if found[3] is not None else None
        values[found[1]] = int(found[2], 16) if text is None else text
    return keys


@pytest.mark.parametrize(
    ("name", "root"),
    [("chrome", r"SOFTWARE\Policies\Google\Chrome"), ("edge", r"SOFTWARE\Policies\Microsoft\Edge")],
)
def test_windows_gets_the_same_policies(name: str, root: str, policies: dict[str, Any]) -> None:
    keys = registry(FOLDER / f"{name}-windows.reg")
    root = rf"HKEY_LOCAL_MACHINE\{root}"
    ((extension, managed),) = policies.pop("3rdparty")["extensions"].items()
    listed = policies.pop("ExtensionInstallForcelist")
    assert {key: json.loads(value) for key, value in keys.pop(root).items()} == policies
    assert keys.pop(rf"{root}\ExtensionInstallForcelist") == {"1": listed[0]}
    own = keys.pop(rf"{root}\3rdparty\extensions\{extension}\policy")
    assert {"pages": json.loads(own["pages"]), "screen": bool(own["screen"])} == managed
    assert keys == {}


def test_macos_gets_the_same_policies(policies: dict[str, Any]) -> None:
    (managed,) = policies.pop("3rdparty")["extensions"].values()
    assert plistlib.loads((FOLDER / "chrome-or-edge-macos.plist").read_bytes()) == policies
    assert plistlib.loads((FOLDER / "extension-macos.plist").read_bytes()) == managed


@pytest.mark.slow
@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root"
)
def test_chromium_accepts_the_policies(tmp_path: Path, policies: dict[str, Any]) -> None:
    found = policy_page.statuses(LINUX)
    wanted = set(policies) - {"3rdparty"}
    assert {name: found[name] for name in wanted} == dict.fromkeys(wanted, "OK")
    policies["SerialAllowUsbDevicesForUrls"][0]["devices"][0]["vendor_id"] = "4617"
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(policies), encoding="utf-8")
    assert "Schema validation error" in policy_page.statuses(wrong)["SerialAllowUsbDevicesForUrls"]
