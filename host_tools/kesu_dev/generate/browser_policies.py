"""browser_policies: policy files for Chrome and Edge, from the USB numbers of a pad.

One table for both browsers and all systems. The addresses and the extension's identifier are examples that a site
replaces. Where a policy is put: chromeenterprise.google/policies, learn.microsoft.com/deployedge.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import plistlib
from typing import Any

from kesu.spec.call_line import PRODUCT, VENDOR

PAGE = "https://example.my.connect.aws"
EXTENSION = "abcdefghijklmnopabcdefghijklmnop"
UPDATES = "https://intranet.example/kesu-line/updates.xml"
KEYS = {
    "chrome": r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Google\Chrome",
    "edge": r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Edge",
}


def policies() -> dict[str, Any]:
    """The policies, by their names in Chrome and Edge."""
    return {
        "SerialAllowUsbDevicesForUrls": [
            {
                "devices": [{"vendor_id": VENDOR, "product_id": PRODUCT}],
                "urls": [PAGE, f"chrome-extension://{EXTENSION}"],
            }
        ],
        "ExtensionInstallForcelist": [f"{EXTENSION};{UPDATES}"],
        "ExtensionSettings": {
            EXTENSION: {
                "installation_mode": "force_installed",
                "update_url": UPDATES,
                "override_update_url": True,
                "runtime_blocked_hosts": ["*://*"],
                "runtime_allowed_hosts": [PAGE],
            }
        },
    }


def managed() -> dict[str, Any]:
    """The settings of the extension, as its managed.schema.json has them."""
    return {"pages": [{"match": f"{PAGE}/*", "adapter": "amazon-connect"}], "screen": True}


def linux_json(_text: str = "") -> str:
    """For /etc/opt/chrome/policies/managed, /etc/chromium/policies/managed or /etc/opt/edge/policies/managed."""
    whole = policies() | {"3rdparty": {"extensions": {EXTENSION: managed()}}}
    return json.dumps(whole, indent=2) + "\n"


def mac_plist(_text: str = "") -> str:
    """The payload for the domain com.google.Chrome or com.microsoft.Edge; the extension's has a domain of its own."""
    return plistlib.dumps(policies(), sort_keys=False).decode()


def mac_extension_plist(_text: str = "") -> str:
    """The payload for the domain com.google.Chrome.extensions.ID or com.microsoft.Edge.extensions.ID."""
    return plistlib.dumps(managed(), sort_keys=False).decode()


def windows_reg(browser: str) -> str:
    """A file for regedit. A list has a numbered value for each entry; a table is JSON in one text."""
    root = KEYS[browser]
    values: dict[str, dict[str, object]] = {root: {}}
    for name, value in policies().items():
        if name == "ExtensionInstallForcelist":
            values[rf"{root}\{name}"] = {str(at): entry for at, entry in enumerate(value, 1)}
        else:
            values[root][name] = json.dumps(value)
    for name, value in managed().items():
        key = rf"{root}\3rdparty\extensions\{EXTENSION}\policy"
        values.setdefault(key, {})[name] = value if isinstance(value, bool) else json.dumps(value)
    lines = ["Windows Registry Editor Version 5.00"]
    for key, entries in values.items():
        lines += ["", f"[{key}]", *(f'"{name}"={_reg(value)}' for name, value in entries.items())]
    return "\n".join(lines) + "\n"


def _reg(value: object) -> str:
    if isinstance(value, bool):
        return f"dword:{int(value):08x}"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
