"""agent_policies: the ADMX file of the agent's group policies and its ADML file for each language.

learn.microsoft.com, "Group Policy ADMX Syntax Reference Guide", and the schema in [MS-GPREG]. ADMX ingestion of Intune
takes the same files (learn.microsoft.com, "Win32 and Desktop Bridge app ADMX policy ingestion"), and refuses policies
below some keys of Windows; ours are below a key of their own.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from kesu.spec.agent_policies import (
    ENABLED,
    KEY,
    NAMESPACE,
    POLICIES,
    SUPPORTED,
    TITLES,
    AgentPolicy,
    PolicyValue,
)

XMLNS = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"
REVISION = "1.0"
CATEGORY = "Agent"
PRODUCT = "SUPPORTED_Windows10"
LANGUAGES = {"en": "en-US", "ja": "ja-JP"}
FILE = "kesu-agent"
_ELEMENTS = {"text": "text", "number": "decimal", "choice": "enum", "flag": "boolean", "list": "list"}


def admx(_text: str = "") -> str:
    """kesu-agent.admx: the policies, without words."""
    root = Element("policyDefinitions", xmlns=XMLNS, revision=REVISION, schemaVersion="1.0")
    spaces = SubElement(root, "policyNamespaces")
    SubElement(spaces, "target", prefix="kesu", namespace=NAMESPACE)
    SubElement(root, "resources", minRequiredRevision=REVISION)
    definitions = SubElement(SubElement(root, "supportedOn"), "definitions")
    SubElement(definitions, "definition", name=PRODUCT, displayName=f"$(string.{PRODUCT})")
    SubElement(SubElement(root, "categories"), "category", name=CATEGORY, displayName=f"$(string.{CATEGORY})")
    listed = SubElement(root, "policies")
    for policy in POLICIES:
        _policy(listed, policy)
    return _written(root)


def _policy(parent: Element, policy: AgentPolicy) -> None:
    key = f"{KEY}\\{policy.name}"
    entry = SubElement(
        parent,
        "policy",
        {
            "name": policy.name,
            "class": "Both",
            "displayName": f"$(string.{policy.name})",
            "explainText": f"$(string.{policy.name}_Help)",
            "presentation": f"$(presentation.{policy.name})",
            "key": key,
            "valueName": ENABLED,
        },
    )
    if not policy.values:
        del entry.attrib["presentation"]
    SubElement(entry, "parentCategory", ref=CATEGORY)
    SubElement(entry, "supportedOn", ref=PRODUCT)
    for name, number in (("enabledValue", "1"), ("disabledValue", "0")):
        SubElement(SubElement(entry, name), "decimal", value=number)
    if policy.values:
        elements = SubElement(entry, "elements")
        for value in policy.values:
            _value(elements, policy, value, key)


def _value(parent: Element, policy: AgentPolicy, value: PolicyValue, key: str) -> None:
    entry = SubElement(parent, _ELEMENTS[value.type], id=f"{policy.name}_{value.name}")
    if value.type == "list":
        entry.set("key", f"{key}\\{value.name}")
        entry.set("valuePrefix", "")
        return
    entry.set("valueName", value.name)
    if value.required:
        entry.set("required", "true")
    if value.type == "number":
        entry.set("minValue", str(value.least))
        entry.set("maxValue", str(value.most))
    elif value.expand:
        entry.set("expandable", "true")
    elif value.type == "flag":
        for name, number in (("trueValue", "1"), ("falseValue", "0")):
            SubElement(SubElement(entry, name), "decimal", value=number)
    for choice in value.choices:
        item = SubElement(entry, "item", displayName=f"$(string.{_choice(policy, value, choice)})")
        SubElement(SubElement(item, "value"), "string").text = choice


def _choice(policy: AgentPolicy, value: PolicyValue, choice: str) -> str:
    return f"{policy.name}_{value.name}_{choice}"


def adml(language: str) -> str:
    """kesu-agent.adml: the words in one language (`en` or `ja`) and how the editor shows the values."""
    root = Element("policyDefinitionResources", xmlns=XMLNS, revision=REVISION, schemaVersion="1.0")
    SubElement(root, "displayName").text = TITLES[language]
    SubElement(root, "description").text = TITLES[language]
    resources = SubElement(root, "resources")
    strings = {CATEGORY: TITLES[language], PRODUCT: SUPPORTED[language]}
    for policy in POLICIES:
        strings[policy.name] = getattr(policy, language)
        strings[f"{policy.name}_Help"] = getattr(policy, f"{language}_help")
        for value in policy.values:
            strings |= {_choice(policy, value, choice): choice for choice in value.choices}
    table = SubElement(resources, "stringTable")
    for name, text in strings.items():
        SubElement(table, "string", id=name).text = text
    shown = SubElement(resources, "presentationTable")
    for policy in POLICIES:
        if policy.values:
            presentation = SubElement(shown, "presentation", id=policy.name)
            for value in policy.values:
                _presented(presentation, f"{policy.name}_{value.name}", value, getattr(value, language))
    return _written(root)


def _presented(parent: Element, identifier: str, value: PolicyValue, label: str) -> None:
    if value.type == "text":
        box = SubElement(parent, "textBox", refId=identifier)
        SubElement(box, "label").text = label
        if value.default:
            SubElement(box, "defaultValue").text = str(value.default)
        return
    kind = {"number": "decimalTextBox", "choice": "dropdownList", "flag": "checkBox", "list": "listBox"}
    box = SubElement(parent, kind[value.type], refId=identifier)
    box.text = label
    if value.type == "number":
        box.set("defaultValue", str(value.default))
    elif value.type == "choice":
        box.set("noSort", "true")
        box.set("defaultItem", "0")


def _written(root: Element) -> str:
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
