"""The OpenAPI document as a contract: kept as a file, and compared, so that no client breaks unawares.

`python -m tests.e2e.openapi.contract` renews the file. It refuses where that would break a client, unless the
version of the service says so: a higher first number, or a higher second one below 1.0.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from api.app import create_app
from api.running.settings import Settings

FILE: Final = Path(__file__).resolve().parents[2] / "fixtures" / "openapi.json"
_TOLD: Final = {"title", "description", "summary", "examples", "example", "tags", "links", "default", "security"}
_NAMED: Final = {"properties", "schemas", "paths", "parameters", "responses", "content"}  # whose keys are names
_PROBLEMS: Final = {"4XX", "5XX", "422", "securitySchemes"}  # all of one shape
_LOWEST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_HIGHEST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_SUCCESS: Final = "2"

Schema = Mapping[str, Any]
Document = Mapping[str, Any]


def served() -> dict[str, Any]:
    """Return the document of this version, without what is for people."""
    return normalised(create_app(Settings()).openapi())


def kept() -> dict[str, Any]:
    """Return the document that is kept as a file."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def normalised(document: Document) -> dict[str, Any]:
    """Return a document without what is for people: the version, and what is sent and answered."""
    told: dict[str, Any] = _without_words(
        {"paths": document["paths"], "components": document["components"]}, False
    )
    return {"info": {"version": document["info"]["version"]}, **told}


def _without_words(value: Any, is_named: bool) -> Any:
    if isinstance(value, dict):
        kept_keys = (key for key in sorted(value) if (is_named or key not in _TOLD) and key not in _PROBLEMS)
        return {key: _without_words(value[key], key in _NAMED and not is_named) for key in kept_keys}
    if isinstance(value, list):
        members = [_without_words(member, False) for member in value]
        return sorted(members) if all(isinstance(member, str) for member in members) else members
    return value


def may_break(old: Document, new: Document) -> bool:
    """Return whether the version says that clients of the old one may break."""
    before, after = ([int(part) for part in document["info"]["version"].split(".")[:2]] for document in (old, new))
    return after[0] > before[0] or (before[0] == after[0] == 0 and after[1] > before[1])


def breaks(old: Document, new: Document) -> list[str]:
    """Return what of a new document breaks a client that was made for the old one."""
    return [*_Comparison(old, new).paths()]


class _Comparison:
    def __init__(self, old: Document, new: Document) -> None:
        self.old, self.new = old, new
        self._seen: set[tuple[str, str, str]] = set()

    def paths(self) -> Iterator[str]:
        for path, operations in self.old["paths"].items():
            for method, operation in operations.items():
                there = self.new["paths"].get(path, {}).get(method)
                where = f"{method.upper()} {path}"
                if there is None:
                    yield f"{where} is gone"
                else:
                    yield from self._operation(where, operation, there)

    def _operation(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"{where}: its operation id is another: {new.get('operationId')}"
        yield from self._parameters(where, old.get("parameters", []), new.get("parameters", []))
        yield from self._body(where, old.get("requestBody"), new.get("requestBody"))
        for status, response in old["responses"].items():
            if not status.startswith(_SUCCESS):
                continue
            there = new["responses"].get(status)
            if there is None:
                yield f"{where}: it does not answer {status} any more"
                continue
            for media, content in response.get("content", {}).items():
                if media not in there.get("content", {}):
                    yield f"{where}: it does not answer {media} any more"
                else:
                    other = there["content"][media].get("schema", {})
                    yield from self.answered(f"{where} {status}", content.get("schema", {}), other)

    def _parameters(self, where: str, old: Sequence[Schema], new: Sequence[Schema]) -> Iterator[str]:
        before, after = ({(each["in"], each["name"]): each for each in them} for them in (old, new))
        for key, parameter in before.items():
            if key not in after:
                yield f"{where}: the parameter {key[1]} is gone"
            else:
                schemas = [_without_null(each["schema"]) for each in (parameter, after[key])]
                yield from self.sent(f"{where} ?{key[1]}", *schemas)
                if _how_written(parameter) != _how_written(after[key]):
                    yield f"{where}: the parameter {key[1]} is written otherwise"
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{where}: the parameter {key[1]} is required now"

    def _body(self, where: str, old: Schema | None, new: Schema | None) -> Iterator[str]:
        if new is not None and new.get("required") and not (old or {}).get("required"):
            yield f"{where}: a body is required now"
        for media, content in (old or {}).get("content", {}).items():
            there = (new or {}).get("content", {}).get(media)
            if there is None:
                yield f"{where}: it does not take {media} any more"
            else:
                yield from self.sent(f"{where} body", content.get("schema", {}), there.get("schema", {}))

    def answered(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        """Yield what of an answer a client does not expect; it does another word of several, and another field."""
        if self._passed("answered", old, new):
            return
        before, after = _variants(old, self.old), _variants(new, self.new)
        if before and not after:
            yield f"{where}: it may be anything now"
        if not before:
            return
        for variant in after:
            fitting = [other for other in before if _fits(variant, other)]
            if not fitting:
                yield f"{where}: it may be {_name_of(variant)} now"
                continue
            found = [[*self._answered_one(where, other, variant)] for other in fitting]
            yield from min(found, key=len)

    def _answered_one(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        for name, schema in old.get("properties", {}).items():
            if name not in new.get("properties", {}):
                yield f"{where}: {name} is gone"
                continue
            if name in old.get("required", []) and name not in new.get("required", []):
                yield f"{where}: {name} may lack now"
            yield from self.answered(f"{where}.{name}", schema, new["properties"][name])
        if "const" in old and _words(new) != _words(old):
            yield f"{where}: it is not always {old['const']!r} now"
        if len(old.get("prefixItems", [])) != len(new.get("prefixItems", [])):
            yield f"{where}: it has another number of members"
        yield from self._within(where, old, new, self.answered)

    def sent(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        """Yield what a client may send and is refused now."""
        if self._passed("sent", old, new):
            return
        before, after = _variants(old, self.old), _variants(new, self.new)
        if after and not before:
            yield f"{where}: not everything is taken any more"
        if not after:
            return
        for variant in before:
            fitting = [other for other in after if _fits(variant, other)]
            if not fitting:
                yield f"{where}: {_name_of(variant)} is not taken any more"
                continue
            found = [[*self._sent_one(where, variant, other)] for other in fitting]
            yield from min(found, key=len)

    def _sent_one(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        gone = set(_words(old)) - set(_words(new)) if _words(new) else set()
        if gone or (_words(new) and not _words(old)):
            yield f"{where}: {sorted(gone) or 'any text'} is not taken any more"
        for bound in (*_LOWEST, *_HIGHEST):
            sign = 1 if bound in _LOWEST else -1
            if bound in new and (bound not in old or sign * new[bound] > sign * old[bound]):
                yield f"{where}: {bound} is narrower, {new[bound]}"
        for rule in ("pattern", "multipleOf", "uniqueItems"):
            if new.get(rule) not in (None, False, old.get(rule)):
                yield f"{where}: its {rule} is another, {new[rule]}"
        if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
            yield f"{where}: a field that is not named is not taken any more"
        for name in set(new.get("required", [])) - set(old.get("required", [])):
            yield f"{where}: {name} is required now"
        for name, schema in old.get("properties", {}).items():
            if name not in new.get("properties", {}):
                yield f"{where}: {name} is not taken any more"
            else:
                yield from self.sent(f"{where}.{name}", schema, new["properties"][name])
        yield from self._within(where, old, new, self.sent)

    def _within(self, where: str, old: Schema, new: Schema, compare: Any) -> Iterator[str]:
        for key in ("items", "additionalProperties"):
            members = [schema.get(key) for schema in (old, new)]
            if any(isinstance(each, dict) for each in members):
                yield from compare(f"{where}[]", *(each if isinstance(each, dict) else {} for each in members))
        for one, other in zip(old.get("prefixItems", []), new.get("prefixItems", []), strict=False):
            yield from compare(f"{where}[]", one, other)

    def _passed(self, way: str, old: Schema, new: Schema) -> bool:
        """Return whether two named schemas were compared before, as they are where one refers to itself."""
        if "$ref" not in old or "$ref" not in new:
            return False
        key = (way, old["$ref"], new["$ref"])
        if key in self._seen:
            return True
        self._seen.add(key)
        return False


def _how_written(parameter: Schema) -> tuple[object, object]:
    style = parameter.get("style", "simple" if parameter["in"] in ("path", "header") else "form")
    return style, parameter.get("explode", style == "form")


def _without_null(schema: Schema) -> Schema:
    """Return the schema of a parameter without null, which an address cannot say."""
    others = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    return {**schema, "anyOf": others} if others else schema


def _variants(schema: Schema, document: Document) -> list[Schema]:
    """Return what a schema may be, one by one, each with its type; nothing if it may be anything."""
    if "$ref" in schema:
        *_, name = schema["$ref"].split("/")
        defined = document.get("$defs") or document["components"]["schemas"]
        return _variants(defined[name], document)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return [variant for one in schema[several] for variant in _variants(one, document)]
    if "const" in schema:
        return [{**schema, "type": schema.get("type", "string")}]
    return [schema] if "type" in schema else []


def _fits(one: Schema, other: Schema) -> bool:
    """Return whether a value of one is of the type of another, and of its form if that has one."""
    types = {one["type"], other["type"]}
    if types == {"integer", "number"}:
        return bool(other["type"] == "number")
    return len(types) == 1 and other.get("format") in (None, one.get("format"))


def _words(schema: Schema) -> list[str]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", []))


def _name_of(schema: Schema) -> str:
    return " ".join(filter(None, [schema["type"], schema.get("format", "")]))


def answer_breaks(expected: Schema, schema: Schema, document: Document) -> list[str]:
    """Return in what an answer, by its schema in a document, is not what a model expects by its own."""
    comparison = _Comparison(expected, document)
    return [*comparison.answered("answer", expected, schema)]


def main() -> None:
    """Renew the file; end with status 1 where that would break clients, and the version does not say so."""
    new = served()
    if FILE.exists() and (broken := breaks(kept(), new)) and not may_break(kept(), new):
        sys.exit("This breaks clients, and the version does not say so:\n" + "\n".join(broken))
    FILE.write_text(json.dumps(new, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
