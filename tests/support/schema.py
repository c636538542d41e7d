"""schema: jsonschema without the formats of IRIs, which no schema of ours uses.

For them it compiles 38 grammars when it is imported (rfc3987_syntax), which takes longer than the imports of all tests.
The package that checks the SBOM still gets the whole jsonschema: this copy is not left in `sys.modules`.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import sys
from typing import Any

_GRAMMARS = "rfc3987_syntax"


def _imported() -> Any:
    left_out: dict[str, Any] = {_GRAMMARS: None}  # an import of it fails, and jsonschema goes on without it
    before = dict(sys.modules)
    sys.modules.update({name: module for name, module in left_out.items() if name not in before})
    import jsonschema

    for name in sys.modules.keys() - before.keys():
        if name.partition(".")[0] in ("jsonschema", _GRAMMARS):
            del sys.modules[name]
    return jsonschema


_jsonschema = _imported()
ValidationError: type[Exception] = _jsonschema.ValidationError


def validate(content: object, schema: dict[str, Any]) -> None:
    """Raise ValidationError unless the content follows the schema; ValueError if the schema has a format of IRIs."""
    _without_iris(schema)
    _jsonschema.validate(content, schema)


def errors(content: object, schema: dict[str, Any]) -> list[str]:
    """What does not follow the schema; ValueError as of `validate`."""
    _without_iris(schema)
    return [error.message for error in _jsonschema.Draft202012Validator(schema).iter_errors(content)]


def check_schema(schema: dict[str, Any]) -> None:
    """Raise an exception of jsonschema unless this is a schema of the draft that ours name."""
    _jsonschema.Draft202012Validator.check_schema(schema)


def _without_iris(schema: dict[str, Any]) -> None:
    if '"iri' in json.dumps(schema):
        raise ValueError("the schema has a format that is not checked here: import jsonschema itself")
