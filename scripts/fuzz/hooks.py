"""What schemathesis makes up is brought near to what is there: ids that exist, bodies that were taken once and are then changed
in places, leads and files that nothing was done with yet. What it spoils on purpose stays spoilt. Counts what was answered.
"""

import atexit, copy, json, os, random
from collections import Counter, defaultdict

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation

# Parts of pictures and workbooks are bytes like any others.
for media_type in ("application/offset+octet-stream", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"):
    schemathesis.serializer.alias(media_type, "application/octet-stream")

WORLD = json.load(open(os.environ["FUZZ_WORLD"], encoding="utf-8"))
ROLE, BASE = os.environ["FUZZ_ROLE"], os.environ["FUZZ_BASE"]
# On these only what was made for them: else the fuzzer's own people and machines would come to an end.
OWN_ONLY = {"delete_client", "create_organisation_verification", "delete_officer", "delete_member", "update_member", "create_ownership_transfer"}
# What ends something needs something new: by which operation it is made, and where its id stands in the answer.
ENDED = {
    "delete_listing_document": ("create_listing_document", "document_id", "id"),
    "delete_listing_document_share": ("create_listing_document_share", "share_id", "share.id"),
    "delete_invitation": ("create_invitation", "invitation_id", "id"),
    "delete_office_invitation": ("create_office_invitation", "id", "id"),
    "delete_organisation_claim": ("create_organisation_claim", "claim_id", "id"),
    "delete_client_secret": ("create_client_secret", "secret_id", "secret.id"),
    "delete_client": ("create_client", "client_id", "client.id"),
    "delete_delegation": ("create_delegation", "delegation_id", "id"),
    "create_delegation_grant": ("create_delegation", "delegation_id", "id"),
}
seen = defaultdict(Counter)
http = requests.Session()
PATHS = {operation["operationId"]: path for path, item in http.get(f"{BASE}/v1/openapi.json").json()["paths"].items()
                      for operation in item.values() if isinstance(operation, dict) and "operationId" in operation}


def chance(case):
    """The same for the same case, so that what fails can be repeated."""
    return random.Random(repr((case.operation.label, case.path_parameters, case.query, case.body)))


def as_somebody(role):
    return {"Authorization": f"Bearer {WORLD['roles'][role]}"}


def fresh_lead(luck):
    body = copy.deepcopy(WORLD["seeds"]["create_lead"][0]["body"])
    body.pop("attachments", None)
    body.pop("walk_in", None)
    key = f"fresh-{ROLE}-{luck.random()}"
    answer = http.post(f"{BASE}/v1/leads", json=body, headers={**as_somebody("buyer"), "Idempotency-Key": key})
    return answer.json()["leads"][0]["id"] if answer.status_code == 201 else None


def fresh_file(luck):
    who = as_somebody(ROLE) if ROLE in WORLD["roles"] else {}
    answer = http.post(f"{BASE}/v1/files", data=f"%PDF-1.7 {luck.random()}", headers={**who, "Content-Type": "application/pdf"})
    return answer.json().get("id")


def fresh_thing(name):
    """The path to something new that can be ended, made as it was made before; empty if it cannot be made."""
    make, parameter, pointer = ENDED[name]
    seed = next((seed for seed in WORLD["seeds"][make] if seed["by"] == ROLE), WORLD["seeds"][make][0])
    if seed["by"] is None:
        return {}
    path = PATHS[make].format(**seed["path"])
    answer = http.post(BASE + path, json=seed["body"], headers=as_somebody(seed["by"]))
    if answer.status_code != 201:
        return {}
    made = answer.json()
    for member in pointer.split("."):
        made = made[member]
    return {**seed["path"], parameter: made}


def positive(case, location):
    return case.meta is None or not case.meta.is_negative_at(location)


@schemathesis.hook
def before_call(context, case, kwargs):
    name = case.operation.definition.raw.get("operationId")
    luck = chance(case)
    seeds = WORLD["seeds"].get(name, [])
    seeds = [seed for seed in seeds if seed["by"] == ROLE] or seeds
    seed = luck.choice(seeds) if seeds else None
    if case.path_parameters and positive(case, ParameterLocation.PATH) and luck.random() < 0.9:
        if seed and luck.random() < 0.5:
            case.path_parameters.update(seed["path"])
        elif name not in OWN_ONLY:
            for key in list(case.path_parameters):
                known = WORLD["values"].get(case.operation.path.split("{" + key + "}")[0])
                if known:
                    case.path_parameters[key] = luck.choice(known)
            if case.operation.path.startswith("/v1/organisations/{id}") and ROLE in WORLD["own"] and luck.random() < 0.7:
                case.path_parameters["id"] = WORLD["own"][ROLE]
        if name in ENDED and luck.random() < 0.5:
            case.path_parameters.update(fresh_thing(name))
        if case.operation.path.startswith("/v1/leads/{id}"):
            at = luck.random()
            lead = fresh_lead(luck) if at < 0.3 else luck.choice(WORLD["values"]["lead_id"]) if at < 0.7 else None
            if lead:
                case.path_parameters["id"] = lead
    if seed and isinstance(case.body, dict) and isinstance(seed["body"], dict) and positive(case, ParameterLocation.BODY):
        body = copy.deepcopy(seed["body"])
        for key, value in case.body.items():
            if luck.random() < 0.35 and not (isinstance(value, str) and key.endswith("_id")):
                body[key] = value
        evidences = body.get("evidence")
        for evidence in evidences if isinstance(evidences, list) else []:
            if isinstance(evidence, dict) and luck.random() < 0.8:
                evidence["file_id"] = fresh_file(luck)
                evidence.pop("sha256", None)
        case.body = body
    # What is only checked needs no key, which the document cannot say: there the header is required.
    if name == "create_lead" and "Idempotency-Key" not in (case.headers or {}) and case.query:
        case.query.pop("validate_only", None)
    if name == "create_certification_import" and case.media_type == "text/csv" and positive(case, ParameterLocation.BODY) and luck.random() < 0.5:
        case.body = open("data/demo/example-import.csv", encoding="utf-8").read()
    if case.headers is not None and "If-Match" in case.headers and positive(case, ParameterLocation.HEADER) and luck.random() < 0.8:
        case.headers["If-Match"] = "*"


@schemathesis.hook
def after_call(context, case, response):
    seen[case.operation.definition.raw.get("operationId")][response.status_code] += 1


@atexit.register
def tell():
    with open(f"{os.environ['FUZZ_WORLD']}.{ROLE}", "w", encoding="utf-8") as out:
        json.dump(seen, out)
