"""test_group_policies: policies from the registry become settings of the agent, or stop it with the name of the fault.

The registry is a fake of `winreg`; the ADMX file says what the policy editor writes into it.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import admx_schema
import pytest
from admx_schema import SPACE
from fake_registry import FakeRegistry, Values
from kesu.agent import config
from kesu.agent.calls import WrapUp
from kesu.agent.config import Language
from kesu.agent.merge import Several
from kesu.agent.windows import policies
from kesu.common.errors import Exit, KesuError
from kesu.spec.agent_policies import ENABLED, KEY, POLICIES, AgentPolicy, PolicyValue

FOLDER = Path(__file__).parents[3] / "docs" / "examples" / "windows-policies"
ADMX = FOLDER / "kesu-agent.admx"
ADMLS = {language: FOLDER / f"{language}/kesu-agent.adml" for language in ("en-US", "ja-JP")}
SZ, EXPAND, DWORD, BINARY = 1, 2, 4, 3
ON, OFF = (1, DWORD), (0, DWORD)
NUMBERS = [(policy, value) for policy in POLICIES for value in policy.values if value.type == "number"]


def registry(hive: str = "HKLM", refused: str = "", /, **keys: Values) -> FakeRegistry:
    """Policies by name; `Microphone_Programs` is the key of the list below the policy."""
    paths = {f"{hive}\\{KEY}\\{name.replace('_', chr(92))}": values for name, values in keys.items()}
    return FakeRegistry(paths, refused, {"COMPUTERNAME": "PC-12"})


def loaded(hive: FakeRegistry, file: Path | None = None) -> config.Config:
    return config.load(file, policies.read(hive))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(
        '[agent]\ncalls = "each"\n[pads.left]\nport = "COM7"\n[sources.web]\nkind = "http"\n'
        '[sources.hook]\nkind = "hook"\nwrap_up = "none"\n'
    )
    return path


def test_without_policies_the_file_counts(file: Path) -> None:
    for hive in (FakeRegistry({}), FakeRegistry({f"HKLM\\{KEY}": {}})):
        whole = loaded(hive, file)
        assert hive.open_keys == 0
        assert whole.where == str(file)
        assert [pad.port for pad in whole.pads] == ["COM7"]


def test_an_enabled_policy_replaces_one_table_of_the_file(file: Path) -> None:
    hive = registry(
        Pad={ENABLED: ON, "Port": ("COM3", SZ), "BlankWithinS": (100, DWORD)},
        Programs={ENABLED: ON, "WrapUp": ("always", SZ), "Program": ("", SZ)},
        Sign={ENABLED: ON, "Language": ("ja", SZ)},
    )
    whole = loaded(hive, file)
    assert [(pad.name, pad.port, pad.blank_within_s) for pad in whole.pads] == [("desk", "COM3", 100)]
    assert {source.name: source.wrap_up for source in whole.sources} == {
        "web": WrapUp.REPORTED,
        "hook": WrapUp.ALWAYS,
    }
    assert whole.several is Several.EACH, "of the file"
    assert (whole.sign, whole.language) == (True, Language.JA)
    assert whole.where == f"group policies and {file}"


def test_a_disabled_policy_removes_its_table(file: Path) -> None:
    hive = registry(Programs={ENABLED: OFF}, Calls={ENABLED: OFF}, Sign={ENABLED: OFF}, Log={ENABLED: OFF})
    whole = loaded(hive, file)
    assert [source.name for source in whole.sources] == ["web"]
    assert whole.several is Several.LAST
    assert not whole.sign
    assert whole.log_path is None


def test_the_machine_precedes_the_user_policy_by_policy(file: Path) -> None:
    machine = registry("HKLM", Pad={ENABLED: ON, "Port": ("COM3", SZ)})
    user = registry(
        "HKCU", Pad={ENABLED: ON, "Port": ("COM4", SZ)}, Calls={ENABLED: ON, "Calls": ("last", SZ)}
    )
    both = FakeRegistry({path: values for hive in (user, machine) for path, values in hive.keys.values()})
    whole = loaded(both, file)
    assert [pad.port for pad in whole.pads] == ["COM3"]
    assert whole.several is Several.LAST
    assert [pad.port for pad in loaded(user, file).pads] == ["COM4"]


def test_a_policy_names_the_file(file: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[pads.site]\n[sources.seat]\nkind = "seat"\n')
    hive = registry(SettingsFile={ENABLED: ON, "Path": (str(site), EXPAND)})
    assert [pad.name for pad in loaded(hive, file).pads] == ["site"]
    site.unlink()
    with pytest.raises(KesuError, match=r"site\.toml cannot be read"):
        loaded(hive, file)
    none = loaded(registry(SettingsFile={ENABLED: OFF}), file)
    assert [source.kind for source in none.sources] == ["hook", "seat"]
    assert "group policy" in none.where


def test_lists_and_variables_of_the_system(tmp_path: Path) -> None:
    programs = {"10": ("c.exe", SZ), "2": ("b.exe", SZ), "1": ("a.exe", SZ)}
    found = policies.read(
        registry(
            Microphone={ENABLED: ON, "SettledS": (0, DWORD)},
            Microphone_Programs=programs,
            Counts={ENABLED: ON, "Seat": ("%ComputerName%", EXPAND)},
        )
    )
    assert found.tables["sources.microphone"] == {
        "kind": "mic",
        "programs": ["a.exe", "b.exe", "c.exe"],
        "settled_s": 0,
    }
    assert found.tables["fleet"] == {"seat": "PC-12"}


REFUSED: dict[str, tuple[dict[str, Values], str]] = {
    "a number out of its bounds": ({"Pad": {ENABLED: ON, "BlankWithinS": (601, DWORD)}}, "BlankWithinS"),
    "a number as a text": ({"Pad": {ENABLED: ON, "BlankWithinS": ("5", SZ)}}, "BlankWithinS"),
    "a text as bytes": ({"Pad": {ENABLED: ON, "Port": (b"COM3", BINARY)}}, "Port"),
    "a choice that there is not": ({"Calls": {ENABLED: ON, "Calls": ("never", SZ)}}, "Calls"),
    "a missing value": ({"Browser": {ENABLED: ON}}, "Origin"),
    "an empty value that is required": ({"Browser": {ENABLED: ON, "Origin": ("", SZ)}}, "Origin"),
    "an empty list": ({"Microphone": {ENABLED: ON}, "Microphone_Programs": {}}, "Programs"),
    "a list as a value": ({"Microphone": {ENABLED: ON, "Programs": ("a.exe", SZ)}}, "Programs"),
    "a value as a key": ({"Pad": {ENABLED: ON}, "Pad_Port": {}}, "Port"),
    "an unknown value": ({"Pad": {ENABLED: ON, "Prt": ("COM3", SZ)}}, "Prt"),
    "an unknown policy": ({"Pda": {ENABLED: ON}}, "Pda"),
    "neither enabled nor disabled": ({"Pad": {"Port": ("COM3", SZ)}}, ENABLED),
    "enabled by a text": ({"Pad": {ENABLED: ("1", SZ)}}, ENABLED),
    "enabled by a two": ({"Pad": {ENABLED: (2, DWORD)}}, ENABLED),
    "a variable that there is not": ({"Counts": {ENABLED: ON, "Seat": ("%NOTHING%", EXPAND)}}, "Seat"),
    "a flag of three": ({"Log": {ENABLED: ON, "States": (3, DWORD)}}, "States"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_policy_is_refused_by_name(case: str, file: Path) -> None:
    keys, name = REFUSED[case]
    hive = registry(**keys)
    with pytest.raises(KesuError, match=f"`{name}`") as caught:
        loaded(hive, file)
    assert caught.value.code is Exit.CONFIG
    assert hive.open_keys == 0


def test_a_key_that_may_not_be_read_is_no_missing_key(file: Path) -> None:
    for refused in (f"HKLM\\{KEY}", f"HKLM\\{KEY}\\Pad"):
        with pytest.raises(KesuError, match="cannot be read") as caught:
            loaded(registry("HKLM", refused, Pad={ENABLED: ON}), file)
        assert caught.value.code is Exit.NO_PERMISSION


def test_an_enumeration_that_fails_halfway_is_refused(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    hive = registry(Pad={ENABLED: ON, "Port": ("COM3", SZ)})
    real = hive.EnumValue

    def failing(key: object, index: int) -> tuple[str, object, int]:
        if index == 1:
            raise OSError(5, "Access is denied")
        return real(key, index)  # type: ignore[arg-type]  # the fake's own kind of key

    monkeypatch.setattr(hive, "EnumValue", failing)
    with pytest.raises(KesuError, match="cannot be read: Access is denied"):
        loaded(hive, file)


def test_a_message_never_repeats_a_value(file: Path) -> None:
    for keys, _ in REFUSED.values():
        with pytest.raises(KesuError) as caught:
            loaded(registry(**keys), file)
        assert not {"never", "NOTHING", "601"} & set(caught.value.message.replace("`", " ").split())


def table_of(policy: AgentPolicy, **chosen: object) -> dict[str, object]:
    """A table of agent.toml as an enabled policy gives it, with the smallest set of values."""
    plain: dict[str, object] = {
        value.key: value.choices[0] if value.choices else (["a.exe"] if value.type == "list" else "a")
        for value in policy.values
        if value.required
    }
    plain |= {"origin": "https://a.example"} if policy.name == "Browser" else {}
    return dict(policy.given) | plain | chosen


def accepts(policy: AgentPolicy, table: dict[str, object]) -> bool:
    """Whether agent.toml may have this table; the relay's needs a file with a token, which comes before."""
    content: dict[str, object] = {"desk": table} if policy.table == "pads" else table
    settings = policies.Policies({policy.table: content}).applied(config.DEFAULT)
    try:
        config.parse(settings, "test")
    except KesuError as error:
        if "must be a number" in error.message or "must be a port" in error.message:
            return False
        raise
    return True


@pytest.mark.parametrize(("policy", "value"), NUMBERS, ids=lambda one: one.name)
def test_bounds_of_policies_are_those_of_the_file(
    policy: AgentPolicy, value: PolicyValue, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("0123456789abcdef0123456789abcdef\n")
    token.chmod(0o600)
    more: dict[str, object] = {"token_file": str(token)} if policy.name == "Relay" else {}
    for number, expected in (
        (value.least, True),
        (value.most, True),
        (int(value.default), True),
        (value.least - 1, False),
        (value.most + 1, False),
    ):
        assert accepts(policy, table_of(policy, **more | {value.key: number})) is expected, number


def test_defaults_and_choices_of_policies_are_those_of_the_file() -> None:
    example = (FOLDER.parent / "agent.toml").read_text(encoding="utf-8")
    for policy in POLICIES:
        for value in policy.values:
            for choice in value.choices:
                assert f'"{choice}"' in example, choice
            if value.type == "number" and policy.name not in ("Relay",):
                assert f"{value.key} = {value.default}" in example, value.key


def test_every_policy_sets_what_the_agent_reads() -> None:
    wanted = {policy.name for policy in POLICIES}
    assert {"SettingsFile", "Pad", "Programs", "Relay", "Sign"} <= wanted
    for policy in POLICIES:
        keys = {ENABLED: ON}
        found = registry(**{policy.name: keys | _least(policy), **_lists(policy)})
        read = policies.read(found)
        if policy.table == policies.FILE_TABLE:
            assert read.file == Path("x")
        else:
            assert read.tables.keys() == {policy.table}
        off = policies.read(registry(**{policy.name: {ENABLED: OFF}}))
        assert off.reads_file is (policy.table != policies.FILE_TABLE)


def _least(policy: AgentPolicy) -> dict[str, tuple[object, int]]:
    return {
        value.name: (value.choices[0] if value.choices else "x", SZ)
        for value in policy.values
        if value.required and value.type != "list"
    }


def _lists(policy: AgentPolicy) -> Mapping[str, Values]:
    return {
        f"{policy.name}_{value.name}": {"1": ("x.exe", SZ)} for value in policy.values if value.type == "list"
    }


def root(path: Path) -> Element:
    return ElementTree.parse(path).getroot()


@pytest.mark.parametrize("path", [ADMX, *ADMLS.values()], ids=lambda path: path.parent.name)
def test_the_files_follow_microsofts_schema(path: Path) -> None:
    assert admx_schema.errors(root(path)) == []


@pytest.mark.parametrize("language", ADMLS)
def test_each_language_has_every_string_and_presentation(language: str) -> None:
    assert admx_schema.references(root(ADMX), root(ADMLS[language])) == []


def test_both_languages_have_the_same_names_and_no_text_is_left_in_english() -> None:
    shapes = []
    for path in ADMLS.values():
        shapes.append(
            [
                (one.tag, one.get("id"), one.get("refId"), one.get("defaultValue"), one.get("defaultItem"))
                for one in root(path).iter()
            ]
        )
    assert shapes[0] == shapes[1]
    texts = {one.get("id"): one.text or "" for one in root(ADMLS["ja-JP"]).iter(f"{SPACE}string")}
    choices = {choice for policy in POLICIES for value in policy.values for choice in value.choices}
    for name, text in texts.items():
        assert text in choices or any(ord(character) > 0x3000 for character in text), name


def mutated(path: Path, change: str) -> Element:
    whole = copy.deepcopy(root(path))
    first = next(iter(whole.iter(f"{SPACE}policy")), whole)
    if change == "class":
        first.set("class", "Any")
    elif change == "attribute":
        first.set("colour", "red")
    elif change == "missing":
        del first.attrib["key"]
    elif change == "order":
        first.append(first[0])
        first.remove(first[0])
    elif change == "child":
        ElementTree.SubElement(first, f"{SPACE}picture")
    elif change == "string":
        first.set("displayName", "Settings file")
    return whole


@pytest.mark.parametrize("change", ["class", "attribute", "missing", "order", "child", "string"])
def test_the_schema_refuses(change: str) -> None:
    assert admx_schema.errors(mutated(ADMX, change))


def test_missing_references_are_found() -> None:
    admx, adml = root(ADMX), root(ADMLS["en-US"])
    table = next(iter(adml.iter(f"{SPACE}stringTable")))
    table.remove(table[0])
    shown = next(iter(adml.iter(f"{SPACE}presentation")))
    shown.remove(shown[0])
    assert len(admx_schema.references(admx, adml)) == 2


def test_the_editor_writes_what_the_agent_reads() -> None:
    """Keys, names, types and bounds of the ADMX file, from its own text, against the specification."""
    written = {}
    for policy in root(ADMX).iter(f"{SPACE}policy"):
        assert policy.get("key") == f"{KEY}\\{policy.get('name')}"
        assert policy.get("valueName") == ENABLED
        parts = [part for each in policy.iter(f"{SPACE}elements") for part in each]
        for part in parts:
            name = part.get("valueName") or str(part.get("key")).rpartition("\\")[2]
            bounds = int(part.get("minValue", 0)), int(part.get("maxValue", 0))
            written[policy.get("name"), name] = (part.tag.removeprefix(SPACE), *bounds)
    kinds = {"text": "text", "number": "decimal", "choice": "enum", "flag": "boolean", "list": "list"}
    assert written == {
        (policy.name, value.name): (kinds[value.type], value.least, value.most)
        for policy in POLICIES
        for value in policy.values
    }
