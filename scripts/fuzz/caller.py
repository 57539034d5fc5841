"""Asks the operations of the OpenAPI document by their names, and holds every answer against the document.

Each good request is first sent spoilt: with one value at a time replaced by what its schema forbids, with a required member
left out, with a member that does not exist. All of these must be refused, and the request itself must then be taken: so it was
refused for what was spoilt and for nothing else.
"""

import copy, json, sys
from collections import Counter, defaultdict

import jsonschema_rs
import requests
import schemathesis

METHODS = ("get", "post", "put", "patch", "delete")
# What a value is replaced by where the schema does not take it. Each is wrong nearly everywhere.
WRONG = [None, "", "\u0000", "x", -1, 0, 1.5, 2**63, True, [], ["x"], {}, {"x": 1}, "https://vi.du/🙂", "x" * 20_000]


class Service:
    def __init__(self, base):
        self.base = base
        self.http = requests.Session()
        self.schema = schemathesis.openapi.from_url(f"{base}/v1/openapi.json")
        self.document = self.schema.raw_schema
        self.operations = {}
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    self.operations[item[method]["operationId"]] = (method, path, item[method])
        self.seen = defaultdict(Counter)
        self.faults = []
        self.keys = 0
        # Good requests, for the fuzzer to vary; and values by their names, to be put where the fuzzer makes ids up.
        self.seeds = defaultdict(list)
        self.values = defaultdict(list)

    def fault(self, sentence):
        print("FAULT", sentence, file=sys.stderr)
        self.faults.append(sentence)

    def new_key(self):
        self.keys += 1
        return f"fuzz-contract-{self.keys:06}"

    def send(self, name, by, path, query, body, headers):
        method, template, _ = self.operations[name]
        headers = {**(headers or {})}
        if by is not None:
            headers["Authorization"] = by if " " in by else f"Bearer {by}"
        more = {}
        if isinstance(body, (bytes, str)):
            more["data"] = body.encode() if isinstance(body, str) else body
        elif body is not None:
            headers.setdefault("Content-Type", "application/json")
            more["data"] = json.dumps(body).encode()
        answer = self.http.request(method, self.base + template.format(**(path or {})), params=query, headers=headers,
                                   timeout=60, allow_redirects=False, **more)
        self.seen[name][answer.status_code] += 1
        self.check(name, answer)
        return answer

    def check(self, name, answer):
        """Is this an answer that the document tells of?"""
        method, template, operation = self.operations[name]
        if answer.status_code == 500 or str(answer.status_code) not in operation["responses"]:
            self.fault(f"{name}: {answer.status_code} is not in the document: {answer.text[:300]}")
            return
        try:
            self.schema[template][method.upper()].validate_response(answer)
        except Exception as wrong:  # noqa: BLE001: whatever it is, it is told
            self.fault(f"{name}: {answer.status_code} differs from its schema: {str(wrong)[:1200]}")

    def ask(self, name, by=None, path=None, query=None, body=None, headers=None, spoil=True, times=1, keep=True):
        """A good request; its answer. Fails if it is refused."""
        _, _, operation = self.operations[name]
        idempotent = any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", []))
        valid = self.validator(name) if isinstance(body, dict) else None
        if valid and not valid.is_valid(body):
            self.fault(f"{name}: the schema refuses a good request: {[str(e.message)[:200] for e in valid.iter_errors(body)][:3]}")
        elif valid and spoil:
            self.spoilt(name, by, path, query, body, headers, valid)
        for _ in range(times):
            if idempotent and "Idempotency-Key" not in (headers or {}):
                headers = {**(headers or {}), "Idempotency-Key": self.new_key()}
            answer = self.send(name, by, path, query, body, headers)
        if not 200 <= answer.status_code < 300:
            self.fault(f"{name}: a good request is refused: {answer.status_code} {answer.text[:600]} for {json.dumps(body)[:400] if not isinstance(body, bytes) else ''}")
        if keep and not isinstance(body, bytes):
            plain = {k: v for k, v in (headers or {}).items() if k not in ("Idempotency-Key", "Authorization", "Content-Type")}
            self.seeds[name].append({"path": path or {}, "query": query or {}, "body": body, "headers": plain, "by": by})
        for key, value in (path or {}).items():
            self.value(name, key, value)
        return answer

    def value(self, name, key, value):
        """Remembers a value of a path, by the segment it follows."""
        _, template, _ = self.operations[name]
        before = template.split("{" + key + "}")[0]
        if value not in self.values[before]:
            self.values[before].append(value)

    # -- spoiling

    def validator(self, name):
        """For bodies of JSON."""
        content = self.operations[name][2].get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return None
        return jsonschema_rs.Draft202012Validator({**content["schema"], "components": self.document["components"]}, validate_formats=False)

    def spoilt(self, name, by, path, query, body, headers, valid):
        for what, wrong in variants(body):
            if valid.is_valid(wrong):
                continue
            sent = {**(headers or {})}
            if any(p["name"] == "Idempotency-Key" for p in self.operations[name][2].get("parameters", [])):
                sent["Idempotency-Key"] = self.new_key()
            sent["Content-Type"] = "application/json"
            answer = self.send(name, by, path, query, json.dumps(wrong), sent)
            if name == "create_lead_batch" and answer.status_code == 200 and answer.json()["items"][0]["result"] == "refused":
                continue  # It refuses item by item.
            if not 400 <= answer.status_code < 500:
                self.fault(f"{name}: {answer.status_code} although {what}")
            elif answer.status_code not in (400, 422):
                self.fault(f"{name}: {answer.status_code} instead of 400 or 422 although {what}: {answer.text[:200]}")


def variants(value, at=""):
    """All that differs from a value in one place; what was done, and the whole."""
    for wrong in WRONG:
        if type(wrong) is not type(value) or wrong != value:
            yield f"{at or '/'} is {json.dumps(wrong)[:40]}", wrong
    if isinstance(value, dict):
        yield f"{at}/tham_so_la is there", {**value, "tham_so_la": 1}
        for key, member in value.items():
            yield f"{at}/{key} is missing", {k: v for k, v in value.items() if k != key}
            for what, wrong in variants(member, f"{at}/{key}"):
                yield what, {**value, key: wrong}
    elif isinstance(value, list):
        for number, member in enumerate(value[:1]):
            for what, wrong in variants(member, f"{at}/{number}"):
                changed = copy.copy(value)
                changed[number] = wrong
                yield what, changed
