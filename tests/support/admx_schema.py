"""admx_schema: the rules of Microsoft's schema of ADMX and ADML files, for the elements that our files use.

Written down from the schema in [MS-GPREG] (PolicyDefinitions.xsd, PolicyDefinitionFiles.xsd, BaseTypes.xsd): for each
type the children in their order with the least and the greatest number, and the attributes with their patterns. What
the schema has and our files do not use is left out, so it is refused. Beyond the schema, `references` checks what
Microsoft's editor looks up: strings, presentations, categories and the elements of presentations.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

SPACE = "{http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions}"
NAME = r"[^\W]+"
REFERENCE = rf"{NAME}(:{NAME})?"
STRING = rf"\$\(string\.{NAME}\)"
PRESENTATION = rf"\$\(presentation\.{NAME}\)"
VERSION = r"[0-9]{1,4}\.[0-9]{1,5}"
NUMBER = r"[0-9]{1,10}"
FLAG = "true|false|0|1"
ANY = r"[^\r\n]*"
MANY = 1_000_000


@dataclass(frozen=True)
class Type:
    """children: (names of a choice, type, least, most) in order. required, optional: attributes with patterns."""

    children: tuple[tuple[dict[str, str], int, int], ...] = ()
    required: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)
    has_text: bool = False


def _one(name: str, kind: str, least: int = 1, most: int = 1) -> tuple[dict[str, str], int, int]:
    return {name: kind}, least, most


_ELEMENT = {"key": ANY, "valueName": ANY}
TYPES: dict[str, Type] = {
    "policyDefinitions": Type(
        (
            _one("policyNamespaces", "namespaces"),
            _one("resources", "resourceReference"),
            _one("supportedOn", "supported", 0),
            _one("categories", "categories", 0),
            _one("policies", "policies", 0),
        ),
        {"revision": VERSION, "schemaVersion": VERSION},
    ),
    "namespaces": Type((_one("target", "association"), _one("using", "association", 0, MANY))),
    "association": Type(required={"prefix": NAME, "namespace": r"\S+"}),
    "resourceReference": Type(
        required={"minRequiredRevision": VERSION}, optional={"fallbackCulture": "[a-zA-Z-]+"}
    ),
    "supported": Type((_one("definitions", "definitions", 0),)),
    "definitions": Type((_one("definition", "definition", 1, MANY),)),
    "definition": Type(required={"name": NAME, "displayName": STRING}),
    "categories": Type((_one("category", "category", 1, MANY),)),
    "category": Type(
        (_one("parentCategory", "reference", 0),),
        {"name": NAME, "displayName": STRING},
        {"explainText": STRING},
    ),
    "reference": Type(required={"ref": REFERENCE}),
    "policies": Type((_one("policy", "policy", 1, MANY),)),
    "policy": Type(
        (
            _one("parentCategory", "reference", 0),
            _one("supportedOn", "reference"),
            _one("enabledValue", "value", 0),
            _one("disabledValue", "value", 0),
            _one("elements", "elements", 0),
        ),
        {"name": NAME, "class": "User|Machine|Both", "displayName": STRING, "key": ANY},
        {"explainText": STRING, "presentation": PRESENTATION, "valueName": ANY},
    ),
    "value": Type((({"decimal": "decimalValue", "string": "text"}, 1, 1),)),
    "decimalValue": Type(required={"value": NUMBER}),
    "text": Type(has_text=True),
    "elements": Type(
        (
            (
                {
                    "boolean": "boolean",
                    "decimal": "decimal",
                    "text": "textElement",
                    "enum": "enum",
                    "list": "list",
                },
                1,
                MANY,
            ),
        )
    ),
    "boolean": Type((_one("trueValue", "value", 0), _one("falseValue", "value", 0)), {"id": ANY}, _ELEMENT),
    "decimal": Type(
        required={"id": ANY},
        optional=_ELEMENT | {"required": FLAG, "minValue": NUMBER, "maxValue": NUMBER},
    ),
    "textElement": Type(
        required={"id": ANY}, optional=_ELEMENT | {"required": FLAG, "maxLength": NUMBER, "expandable": FLAG}
    ),
    "enum": Type((_one("item", "item", 0, MANY),), {"id": ANY}, _ELEMENT | {"required": FLAG}),
    "item": Type((_one("value", "value"),), {"displayName": STRING}),
    "list": Type(
        required={"id": ANY},
        optional={
            "key": ANY,
            "valuePrefix": ANY,
            "additive": FLAG,
            "expandable": FLAG,
            "explicitValue": FLAG,
        },
    ),
    "policyDefinitionResources": Type(
        (_one("displayName", "text"), _one("description", "text"), _one("resources", "localization")),
        {"revision": VERSION, "schemaVersion": VERSION},
    ),
    "localization": Type((_one("stringTable", "strings", 0), _one("presentationTable", "presentations", 0))),
    "strings": Type((_one("string", "localized", 1, MANY),)),
    "localized": Type(required={"id": NAME}, has_text=True),
    "presentations": Type((_one("presentation", "presentation", 1, MANY),)),
    "presentation": Type(
        (
            (
                {
                    "text": "text",
                    "decimalTextBox": "decimalTextBox",
                    "textBox": "textBox",
                    "checkBox": "checkBox",
                    "dropdownList": "dropdownList",
                    "listBox": "listBox",
                },
                0,
                MANY,
            ),
        ),
        {"id": NAME},
    ),
    "decimalTextBox": Type(
        required={"refId": ANY},
        optional={"defaultValue": NUMBER, "spin": FLAG, "spinStep": NUMBER},
        has_text=True,
    ),
    "textBox": Type((_one("label", "text"), _one("defaultValue", "text", 0)), {"refId": ANY}),
    "checkBox": Type(required={"refId": ANY}, optional={"defaultChecked": FLAG}, has_text=True),
    "dropdownList": Type(
        required={"refId": ANY}, optional={"noSort": FLAG, "defaultItem": NUMBER}, has_text=True
    ),
    "listBox": Type(required={"refId": ANY}, has_text=True),
}
SHOWN_BY = {
    "decimal": "decimalTextBox",
    "text": "textBox",
    "enum": "dropdownList",
    "boolean": "checkBox",
    "list": "listBox",
}
"""Element of a policy -> element of a presentation ("Represents ... can be associated with", in the schema)."""


def errors(root: Element) -> list[str]:
    """What the schema refuses in a whole file."""
    name = root.tag.removeprefix(SPACE)
    if not root.tag.startswith(SPACE) or name not in ("policyDefinitions", "policyDefinitionResources"):
        return [f"{root.tag} is no file of policies"]
    return _errors(root, name, name)


def _errors(element: Element, kind: str, where: str) -> list[str]:
    rules, found = TYPES[kind], []
    allowed = rules.required | rules.optional
    for name in rules.required.keys() - element.attrib.keys():
        found.append(f"{where}: {name} is missing")
    for name, text in element.attrib.items():
        if name not in allowed or not re.fullmatch(allowed[name], text):
            found.append(f"{where}: {name}={text!r}")
    if not rules.has_text and (element.text or "").strip():
        found.append(f"{where}: text")
    children = list(element)
    for choices, least, most in rules.children:
        count = 0
        while children and children[0].tag.removeprefix(SPACE) in choices and count < most:
            child = children.pop(0)
            name = child.tag.removeprefix(SPACE)
            found += _errors(child, choices[name], f"{where}/{name}")
            count += 1
        if count < least:
            found.append(f"{where}: {'/'.join(choices)} is missing")
    found += [f"{where}: {child.tag.removeprefix(SPACE)} is not allowed here" for child in children]
    return found


def _all(root: Element, name: str) -> list[Element]:
    return list(root.iter(f"{SPACE}{name}"))


def references(admx: Element, adml: Element) -> list[str]:
    """References of a policy file that a language file does not have, and the other way round."""
    strings = [one.get("id", "") for one in _all(adml, "string")]
    shown = {one.get("id", ""): one for one in _all(adml, "presentation")}
    used_strings = {
        match
        for one in admx.iter()
        for text in one.attrib.values()
        for match in re.findall(r"\$\(string\.(\w+)\)", text)
    }
    found = [f"string {name}" for name in used_strings.symmetric_difference(strings)]
    found += [f"string {name} twice" for name in strings if strings.count(name) > 1]
    categories = {one.get("name") for one in (*_all(admx, "category"), *_all(admx, "definition"))}
    for policy in _all(admx, "policy"):
        for one in (*_all(policy, "parentCategory"), *_all(policy, "supportedOn")):
            if one.get("ref") not in categories:
                found.append(f"{policy.get('name')}: {one.get('ref')}")
        elements = {one.get("id"): one for part in _all(policy, "elements") for one in part}
        name = (policy.get("presentation") or "").removeprefix("$(presentation.").removesuffix(")")
        boxes = {one.get("refId"): one for one in shown.pop(name, [])} if name else {}
        if elements.keys() != boxes.keys():
            found.append(f"{policy.get('name')}: elements and presentation differ")
            continue
        for identifier, element in elements.items():
            wanted = SHOWN_BY[element.tag.removeprefix(SPACE)]
            if boxes[identifier].tag.removeprefix(SPACE) != wanted:
                found.append(f"{identifier}: not shown by a {wanted}")
    return found + [f"presentation {name}" for name in shown]
