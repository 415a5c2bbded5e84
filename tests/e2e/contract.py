"""Holds answers to the document that the daemon serves, with validators that are not ours. The clients of the
API tests hand every answer over to `hold`."""

import http.client
import json
import os
import pathlib
import re
import sys

if "WHARF_CLIENTS" not in os.environ:
    raise RuntimeError("WHARF_CLIENTS names no place: source tests/real_parts.sh")
sys.path += map(str, pathlib.Path(os.environ["WHARF_CLIENTS"]).glob("lib/python3*/site-packages"))

import jsonschema  # noqa: E402
import referencing  # noqa: E402
import referencing.jsonschema  # noqa: E402

PUBLIC = "/api/public/v1"
DOCUMENT = "urn:wharf"
# What any request may be answered, whatever the document says of its operation.
ANYWHERE = {400, 401, 403, 405, 408, 413, 415, 429, 431, 500, 503, 504}


# Choices are taken whatever their case, and null is as good as nothing.
CHOICES = {"status", "scheduleType", "namespaceDefinition", "jobType", "syncMode", "priority"}


def in_small_letters(value):
    if isinstance(value, list):
        return [in_small_letters(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: each.lower() if name in CHOICES and isinstance(each, str) else in_small_letters(each)
            for name, each in value.items() if each is not None}


class Contract:
    def __init__(self, document):
        self.document = document
        contents = referencing.Resource.from_contents(document, referencing.jsonschema.DRAFT202012)
        self.registry = referencing.Registry().with_resource(DOCUMENT, contents)
        self.validators = {}
        self.met = set()  # (method, path of the document, status)
        self.paths = []
        for path in document["paths"]:
            pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part)
                              for part in re.split(r"(\{\w+\})", path))
            self.paths.append((path.count("{"), re.compile(pattern.removesuffix("/") + "/?"), path))
        self.paths.sort(key=lambda each: each[0])  # a word goes before a parameter

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in item.keys() & {"get", "put", "post", "patch", "delete"}:
                yield method.upper(), path, item[method]

    def path_of(self, target):
        path = target.partition("?")[0]
        if path == "/v1" or path.startswith("/v1/"):
            path = PUBLIC + path[len("/v1"):]
        return next((name for _, pattern, name in self.paths if pattern.fullmatch(path)), None)

    def fault(self, pointer, value):
        """What is wrong with a value, by the schema at this place of the document; None: nothing."""
        if pointer not in self.validators:
            self.validators[pointer] = jsonschema.Draft202012Validator(
                {"$ref": f"{DOCUMENT}#{pointer}"}, registry=self.registry,
                format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        found = jsonschema.exceptions.best_match(self.validators[pointer].iter_errors(value))
        return found and f"{found.json_path}: {found.message}"

    def schema_fault(self, name, value):
        return self.fault(f"/components/schemas/{name}", value)

    def resolved(self, pointer, value):
        while "$ref" in value:
            pointer = value["$ref"].removeprefix("#")
            value = self.document
            for part in pointer.split("/")[1:]:
                value = value[part.replace("~1", "/").replace("~0", "~")]
        return pointer, value

    def hold(self, method, target, status, content_type, text, sent=None):
        said = f"{method} {target} -> {status} {content_type}: {text[:2000]}"
        path, method = self.path_of(target), method.lower()
        operation = path and self.document["paths"][path].get(method)
        if method == "head" or method == "options":
            return
        if not operation:
            known = {401, 403, 405} if path else {401, 403, 404}
            assert status in known, f"{said}\nthe document knows no such operation"
            return
        self.met.add((method.upper(), path, status))
        if status < 300:
            self.hold_request(said, path, method, operation, target, sent)
        name = str(status) if str(status) in operation["responses"] else "default"
        assert name != "default" or status in ANYWHERE, f"{said}\nthe document does not say that this may come"
        pointer = f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}/responses/{name}"
        pointer, response = self.resolved(pointer, operation["responses"][name])
        kind = (content_type or "").partition(";")[0].strip()
        if "content" not in response:
            assert not text and not kind, f"{said}\nthere is to be no body"
            return
        assert kind in response["content"], f"{said}\nthe document knows: {list(response['content'])}"
        pointer += f"/content/{kind.replace('/', '~1')}/schema"
        fault = self.fault_of_body(kind, pointer, text)
        assert not fault, f"{said}\n{fault}"

    def hold_request(self, said, path, method, operation, target, sent):
        """What was taken is to be what the document says may be sent."""
        given = [self.resolved("", each)[1] for each in
                 operation.get("parameters", []) + self.document["paths"][path].get("parameters", [])]
        known = {each["name"] for each in given if each["in"] == "query"}
        asked = {part.partition("=")[0] for part in target.partition("?")[2].split("&") if part}
        assert asked <= known, f"{said}\nthe document does not know of {asked - known}"
        if isinstance(sent, str) and sent[:1] in ("{", "["):
            pointer = f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}/requestBody"
            fault = self.fault(pointer + "/content/application~1json/schema", in_small_letters(json.loads(sent)))
            assert "requestBody" in operation and not fault, f"{said}\nsent: {sent}\n{fault}"

    def fault_of_body(self, kind, pointer, text):
        if kind == "application/json":
            return self.fault(pointer, json.loads(text))
        if kind == "application/x-ndjson":
            *entries, end = map(json.loads, text.splitlines())
            faults = [self.schema_fault("LogEntry", each) for each in entries] + [self.schema_fault("LogEnd", end)]
            return next(filter(None, faults), None)
        return self.fault(pointer, text)


_contract = None


def contract(port):
    """The contract of the program under test, which whoever serves at this port is asked for once."""
    global _contract
    if _contract is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/openapi.json")
        _contract = Contract(json.loads(connection.getresponse().read()))
        connection.close()
    return _contract


def hold(port, *answer):
    contract(port).hold(*answer)
