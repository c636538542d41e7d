"""test_udev_rules: the rules name the USB device of the firmware, which is the one that the audit expects."""
# SPDX-License-Identifier: MIT

import re
from importlib import resources

from kesu.spec.call_line import PRODUCT, VENDOR
from kesu_pad import callline


def rules() -> list[str]:
    text = resources.files("kesu").joinpath("devices/udev/70-kesu.rules").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if "idVendor" in line]


def test_rules_match_the_device_descriptor() -> None:
    vendor = int.from_bytes(callline.DEVICE[8:10], "little")
    product = int.from_bytes(callline.DEVICE[10:12], "little")
    assert (vendor, product) == (VENDOR, PRODUCT)
    assert len(rules()) == 2
    for rule in rules():
        assert re.findall(r'ATTRS?\{idVendor\}=="(\w{4})"', rule) == [f"{vendor:04x}"]
        assert re.findall(r'ATTRS?\{idProduct\}=="(\w{4})"', rule) == [f"{product:04x}"]
        assert f'{{product}}=="{callline._Strings()[2]}"' in rule


def test_user_may_open_the_port_and_modemmanager_ignores_it() -> None:
    usb_rule, tty_rule = rules()
    assert 'SUBSYSTEM=="tty"' in tty_rule
    assert 'TAG+="uaccess"' in tty_rule
    for rule in (usb_rule, tty_rule):
        assert 'ENV{ID_MM_DEVICE_IGNORE}="1"' in rule
