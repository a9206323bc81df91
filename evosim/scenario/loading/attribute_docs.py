"""Docstrings of attributes: a text right below a field of a model says what the field means.

They are read from source when a schema is asked for, so imports stay fast; where there is no source there are none.
"""

import ast
import inspect
import sys
from contextlib import suppress
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema


class DescribedSchema(GenerateJsonSchema):
    """JSON Schema of models in which each property has its field's docstring as description.

    A property without one that is a table has the first paragraph of the table's own docstring.
    """

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Return the JSON Schema of one model."""
        described, model = super().model_schema(schema), schema["cls"]
        properties = described.get("properties", {})
        docs = attribute_docs(model)
        for name, field in model.model_fields.items():
            text = docs.get(name) or _summary(field.annotation)
            if text and (found := properties.get(field.alias or name)) is not None:
                found.setdefault("description", text)
        return described


def attribute_docs(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstrings of a model's fields by name, also of those that it inherits."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        module = sys.modules.get(base.__module__)
        if issubclass(base, BaseModel) and base is not BaseModel and module is not None:
            with suppress(OSError, TypeError, SyntaxError):  # of a notebook, without its source, or edited since
                found |= _docs_in(inspect.getsource(module)).get(base.__qualname__, {})
    return found


@lru_cache(maxsize=64)
def _docs_in(source: str) -> dict[str, dict[str, str]]:
    """Return the docstrings of attributes in a module, for each class by its qualified name."""
    found: dict[str, dict[str, str]] = {}
    waiting: list[tuple[str, list[ast.stmt]]] = [("", ast.parse(source).body)]
    while waiting:
        path, body = waiting.pop()
        for node in body:
            if isinstance(node, ast.ClassDef):
                found[path + node.name] = _docs_of(node)
                waiting.append((f"{path}{node.name}.", node.body))
            elif isinstance(node, ast.FunctionDef):
                waiting.append((f"{path}{node.name}.<locals>.", node.body))
    return found


def _docs_of(node: ast.ClassDef) -> dict[str, str]:
    """Return the docstrings of a class's attributes: each a text right below an annotation."""
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(node.body, node.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _summary(annotation: Any) -> str:
    """Return the first paragraph of a model's docstring; empty if it is no model, or has none of its own."""
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    text = inspect.cleandoc(annotation.__doc__ or "") if is_model else ""
    return " ".join(text.partition("\n\n")[0].split())
