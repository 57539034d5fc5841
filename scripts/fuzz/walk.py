#!/usr/bin/env python3
"""Walks through all operations of a running demonstration, each with a good request by somebody who may, so that the answer is
2xx; writes down what the fuzzer needs: good requests to vary, ids that exist, and whose they are.

walk.py BASE DATA-DIRECTORY BINARY LOGINS WORLD: LOGINS is what the demonstration printed, WORLD the file to write.
"""

import base64, email, email.policy, hashlib, hmac, io, json, os, pathlib, re, struct, subprocess, sys, time, uuid, zipfile, zlib
from datetime import date, datetime, timedelta, timezone

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from caller import Service

BASE, DATA, BINARY, LOGINS, WORLD = sys.argv[1:6]
PASSWORD = "chín bậc tình yêu rẽ trái"
OTHER_PASSWORD = "thuyền thúng gió nồm"
TERMS = "2026-11"
service = Service(BASE)
ask = service.ask
used_letters = set()


def day(days):
    return (date.today() + timedelta(days=days)).isoformat()


def at(seconds=0):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def uuid7():
    value = (int(time.time() * 1000) << 80) | (7 << 76) | (0b10 << 62) | (uuid.uuid4().int & ((1 << 62) - 1)) | (uuid.uuid4().int & 0xFFF) << 64
    return str(uuid.UUID(int=value))


def totp(secret, later=0):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + later), "sha1").digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def letter(purpose, address, seconds=20):
    """The token of the newest letter of a purpose to an address that was not read before."""
    for _ in range(seconds * 10):
        for path in sorted(pathlib.Path(DATA, "mail").glob("*.eml"), key=lambda p: p.stat().st_mtime, reverse=True):
            if path.name in used_letters:
                continue
            text = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            found = re.search(rf"links/{purpose}#(\S+)", text.get_body().get_content())
            if found and address in text["To"]:
                used_letters.add(path.name)
                return found.group(1)
        time.sleep(0.1)
    sys.exit(f"no letter for {purpose} to {address}")


def sign_in(address, password, **more):
    answer = ask("create_session", None, body={"email": address, "password": password}, spoil=False, keep=False)
    return answer.json()


def user(name, *arguments):
    """An account as the operator makes it; its id, its address and a token."""
    address = f"{name}@fuzz.example"
    made = subprocess.run([BINARY, "user", "create", "--email", address, "--data-dir", DATA, *arguments],
                          env={**os.environ, "OCOP_PASSWORD": PASSWORD}, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"{address} is not made: {made.stderr}")
    session = sign_in(address, PASSWORD)
    return session["user"]["id"], address, session["access_token"], session


def demo_login(name):
    line = next(line for line in open(LOGINS, encoding="utf-8") if re.match(rf" *{name} ", line)).split()
    session = sign_in(line[-2], line[-1])
    return session["user"], line[-2], session["access_token"]


# -- who there is
me, producer_address, producer = demo_login("producer")
me2, _, producer2 = demo_login("producer-2")
_, _, officer = demo_login("officer")
buyer_user, buyer_address, buyer = demo_login("buyer")
P = me["memberships"][0]["organisation_id"]
admin_id, admin_address, admin, _ = user("admin", "--role", "admin")

# -- what everybody may read
for name in ("get_jwks", "get_authorization_server", "get_protected_resource", "check_liveness", "check_readiness", "list_admin_units",
             "list_product_groups", "list_consent_texts", "list_retention_rules", "get_openapi", "list_producers", "list_products",
             "get_catalogue_digest", "get_lead_report"):
    ask(name)
ask("get_admin_unit", path={"code": "33"})
ask("get_consent_text", path={"version": "current"})
ask("get_criteria_set", path={"set_no": 9})
ask("list_product_suggestions", query={"q": "banh"})
ask("list_catalogue_changes", query={"after": 0})
ask("get_catalogue_export", query={"bucket": "00"})
products = ask("list_products", query={"q": "banh cay", "limit": 50}).json()["items"]
PRODUCTS = [p["id"] for p in products if p["producer"]["id"] == P]
for product in PRODUCTS[:3]:
    ask("get_product", path={"id": product})
OTHERS = [p["id"] for p in ask("list_products", query={"limit": 50}).json()["items"] if p["producer"]["id"] != P]
ask("get_producer", path={"id": P})
ask("get_verification", path={"code": ask("get_product", path={"id": PRODUCTS[0]}).json()["code"]})

# -- the ledger and listings
RECOGNITION = {"product_name": "Bánh gai Thử", "producer_name": "HTX Thử Một", "entity_type": "cooperative", "district": "Đông Hưng",
               "province": "Thái Bình", "group": "food", "set_no": 6, "stars": 4, "decision_no": "858/QĐ-UBND", "decision_date": "2025-06-18"}


def recognise(product, spoil=False, **more):
    body = {**RECOGNITION, "product_name": product, **more}
    return ask("create_certification", admin, body=body, spoil=spoil).json()["certification"]


first = recognise("Bánh gai Thử", spoil=True)
ask("get_certification", path={"id": first["id"]})
ask("list_certifications", admin)
ask("create_certification_import", officer, body=open("data/demo/example-import.csv", "rb").read(), headers={"Content-Type": "text/csv"})
old = recognise("Bánh hai", decision_date="2023-12-01")
ask("create_certification_extension", admin, path={"id": old["id"]}, body={"until": day(60)})
ask("create_certification_revocation", admin, path={"id": recognise("Bánh ba")["id"]}, body={
    "ground": "law_breach", "decision": {"number": "9/QĐ-UBND", "decided_on": "2026-11-01", "issuer": "UBND tỉnh"}})
T, T_ORGANISATION = first["product"]["id"], first["producer"]["id"]
listing = {"id": T}
tag = ask("get_listing", admin, path=listing).headers["ETag"]
ask("update_listing", admin, path=listing, headers={"If-Match": tag}, body={
    "season_months": [10, 11], "price_from": 1000, "price_unit": "XBX", "min_order": {"quantity": 5, "unit": "XBX"},
    "monthly_capacity": {"quantity": 100, "unit": "XBX"}})
service.seeds["update_listing"][-1]["headers"] = {"If-Match": "*"}
# Contents: what the schemas ask, and a patch that says nearly everything.
ask("list_listing_schemas")
ask("get_listing_schema", path={"set_no": 6}, query={"taxonomy": "2026"})
ask("update_listing", admin, path=listing, headers={"If-Match": "*"}, body={
    "names": {"vi": "Bánh gai Thử", "en": "Thu cakes"}, "summary": {"vi": "Bánh gai."}, "story": {"vi": "Chuyện làng."},
    "shelf_life_days": 30, "origin": {"unit": "33"}, "videos": ["https://video.example/1"], "attributes": {"energy": 300, "allergens": ["none"]},
    "trade_items": [{"name": "Hộp", "unit": "XBX", "gtin": "2000269990010", "prices": [{"from_quantity": 1, "price": 1000}], "vat_included": True}],
    "vat_rate": "8", "lead_time_days": 3, "delivery": {"provinces": ["33"]}, "cold_chain": "ambient", "payment_terms": {"vi": "Trả ngay."},
    "export_markets": ["JP"]})
service.seeds["update_listing"][-1]["headers"] = {"If-Match": "*"}
# Workbooks of listings: what was downloaded changes nothing; one row more does, and is undone.
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
sheet = ask("get_listing_sheet", officer, query={"set": 6}, keep=False).content
ask("create_listing_change_set", officer, query={"validate_only": "true"}, body=sheet, headers={"Content-Type": SHEET})


def workbook(*rows):
    """The least that is a workbook: one sheet of texts."""
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'.format
    cells = "".join("<row>" + "".join(map(cell, row)) + "</row>" for row in rows)
    rels, office = "http://schemas.openxmlformats.org/package/2006/relationships", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main, kinds = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "application/vnd.openxmlformats-officedocument.spreadsheetml"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in {
            "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{rels}"><Relationship Id="a" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" r:id="a"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{rels}"><Relationship Id="a" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        }.items():
            archive.writestr(name, text)
    return packed.getvalue()


changed = ask("create_listing_change_set", admin, headers={"Content-Type": SHEET}, body=workbook(
    ["listing.product_id", "listing.version", "listing.lead_time_days"], [old["product"]["id"], "", "5"])).json()["change_set"]
ask("list_listing_change_sets", officer)
ask("get_listing_change_set", admin, path={"id": changed["id"]})
ask("create_listing_change_set_reversal", admin, path={"id": changed["id"]})
document = ask("create_listing_document", admin, path=listing, body={"kind": "vietgap", "number": "VG-01", "issuer": "Trung tâm Ví Dụ", "valid_until": day(300)})
ask("delete_listing_document", admin, path={**listing, "document_id": document.json()["id"]})
# What the producer may not show at once: a draft, handed in, decided on; versions. `If-Match: *` of all that needs it.
SEEN = {"If-Match": "*"}
draft = {"id": PRODUCTS[0]}
ask("list_listings", producer)
ask("update_listing", producer, path=draft, headers=SEEN, body={"names": {"vi": "Tên thử", "en": "A name"}, "story": {"vi": "Chuyện."}}, spoil=False)
handed_in = ask("create_listing_submission", producer, path=draft, headers=SEEN, body={"note": "Nhãn mới."}, spoil=False).json()["id"]
ask("list_submissions_of_listing", producer, path=draft)
ask("get_listing_submission", producer, path={**draft, "submission_id": handed_in})
ask("list_listing_submissions", admin, query={"state": "waiting"})
ask("create_listing_review", admin, path=draft, body={"submission_id": handed_in, "decision": "approved",
    "fields": {"names": {"reason": {"vi": "Khác nhãn.", "en": "Not as on the label."}}}, "note": {"vi": "Còn lại được."}})
ask("list_listing_versions", producer, path=draft)
ask("get_listing_version", producer, path={**draft, "version": 1})
ask("create_listing_restoration", producer, path=draft, headers=SEEN, body={"version": 1})
handed_in = ask("create_listing_submission", producer, path=draft, headers=SEEN, body={}).json()["id"]
ask("delete_listing_submission", producer, path={**draft, "submission_id": handed_in})
ask("delete_listing_draft", producer, path=draft, headers=SEEN)
ask("create_listing_withdrawal", admin, path=listing)
ask("delete_listing_withdrawal", admin, path=listing)
succeeded = {"id": recognise("Bánh bốn")["product"]["id"]}
ask("create_product_succession", admin, path=succeeded, body={"successor_id": T, "kind": "merged_into"})
ask("delete_product_succession", admin, path=succeeded)

# -- accounts
FRESH = "moi@fuzz.example"
ask("create_registration", body={"email": FRESH, "password": PASSWORD, "terms_version": TERMS, "display_name": "Người mới", "language": "en",
    "organisation": {"kind": "producer", "entity_type": "cooperative", "legal_name": "Hợp tác xã Mây tre Thử", "unit": "12391"}})
ask("create_registration_confirmation", body={"token": letter("registration", FRESH), "password": PASSWORD})
session = ask("create_session", body={"email": FRESH, "password": PASSWORD}, spoil=False).json()
fresh, OWN = session["access_token"], session["user"]["memberships"][0]["organisation_id"]
ask("refresh_session", body={"refresh_token": session["refresh_token"]})
ask("list_sessions", fresh)
tag = ask("get_me", fresh).headers["ETag"]
ask("update_me", fresh, headers={"If-Match": "*"}, body={"display_name": "Tên khác", "language": "vi"})
ask("list_consents", fresh)
ask("create_consent", fresh, body={"purpose": "news_mail", "text_version": TERMS, "accepted": True})
ask("delete_consent", fresh, path={"purpose": "news_mail"})
ask("get_account_export", fresh)
ask("get_notifications", fresh)
ask("update_notifications", fresh, headers={"If-Match": "*"}, body={"reminders": False, "buyer_news": True})
ask("list_my_delegations", fresh)
_, gone_address, gone, _ = user("doi-email")
ask("create_email_change", gone, body={"email": "da-doi@fuzz.example", "password": PASSWORD})
ask("create_email_change_confirmation", body={"token": letter("email-change", "da-doi@fuzz.example")})
_, address, gone, _ = user("doi-mat-khau")
ask("update_password", gone, body={"current_password": PASSWORD, "new_password": OTHER_PASSWORD})
ask("create_password_reset", body={"email": address})
ask("create_password_reset_confirmation", body={"token": letter("password-reset", address), "new_password": PASSWORD})
_, address, gone, _ = user("hai-yeu-to")
secret = ask("create_second_factor", gone, body={"password": PASSWORD}).json()["secret"]
codes = ask("create_second_factor_confirmation", gone, body={"code": totp(secret)}).json()["recovery_codes"]
codes = ask("create_recovery_codes", gone, body={"password": PASSWORD, "recovery_code": codes[0]}).json()["recovery_codes"]
ask("delete_second_factor", gone, body={"password": PASSWORD, "recovery_code": codes[0]})
_, address, gone, _ = user("nhieu-phien")
sign_in(address, PASSWORD)
other = next(s["id"] for s in ask("list_sessions", gone).json()["items"] if not s["current"])
ask("delete_session_of_mine", gone, path={"id": other})
ask("delete_other_sessions", gone)
ask("delete_session", gone)
_, _, gone, _ = user("xoa")
ask("create_account_erasure", gone, body={"password": PASSWORD})

# -- requests about personal data
def data_request(kind, spoil=False):
    address = f"{kind}-{service.new_key()}@hoi.example"
    ask("create_data_request", body={"kind": kind, "email": address, "language": "en", "message": "Xin cho biết."}, spoil=spoil)
    token = letter("data-request", address)
    return ask("create_data_request_confirmation", body={"token": token}, spoil=spoil).json()["id"]


asked = {"id": data_request("access", spoil=True)}
ask("list_data_requests", admin)
ask("get_data_request", admin, path=asked)
ask("create_data_request_extension", admin, path=asked, body={"reason": "Nhiều hồ sơ.", "days": 10})
ask("create_data_request_export", admin, path=asked)
ask("create_data_request_answer", admin, path={"id": data_request("rectification")}, body={"answer": "Đã gửi.", "outcome": "answered"})
ask("create_data_request_erasure", admin, path={"id": data_request("erasure")})
data_request("access")

# -- organisations, their people and machines
own = {"id": OWN}
made = ask("create_organisation", fresh, body={"kind": "organiser", "legal_name": "Trung tâm Xúc tiến Thử", "unit": "12391", "address": "Số 1 phố Thử"})
ORGANISER = made.json()["id"]
ask("list_organisations", officer)
ask("get_organisation", fresh, path=own)
ask("update_organisation", fresh, path=own, headers={"If-Match": "*"}, body={"public_name": "Mây tre Thử", "address": "Thôn Thử"})
ask("create_organisation_claim", fresh, path=own, body={"target_id": T_ORGANISATION, "note": "Chúng tôi đây."})
claims = ask("list_organisation_claims", fresh, path=own).json()["items"]
ask("delete_organisation_claim", fresh, path={**own, "claim_id": claims[0]["id"]})
refused = ask("create_organisation_claim", fresh, path=own, body={"target_id": T_ORGANISATION}, spoil=False).json()
ask("list_claims_of_office", admin)
ask("create_claim_decision", admin, path={**own, "claim_id": refused["id"]}, body={"decision": "refused", "reason": "Không đúng tên."})
ask("list_organisation_matches", fresh, path=own)
ask("create_organisation_verification", admin, path={"id": ORGANISER}, body={"decision": "verified"})
ask("create_organisation_verification", admin, path={"id": OWN}, body={"decision": "verified"}, spoil=False)
ask("list_organisation_verifications", fresh, path=own)
ask("get_promotion_sheet", producer, path={"id": P}, query={"set": 6})
ask("get_promotion_sheet", producer, path={"id": P}, query={"set": 6}, headers={"Accept": "text/html"}, keep=False)
member_id, _, _, _ = user("thanh-vien", "--organisation", OWN, "--member-role", "viewer")
passed_on = ask("create_organisation", fresh, spoil=False, body={"kind": "buyer", "legal_name": "Cửa hàng Sang tay Thử", "unit": "12391"}).json()["id"]
successor_id, _, _, _ = user("ke-nhiem", "--organisation", passed_on, "--member-role", "editor")
ask("list_members", fresh, path=own)
member = {**own, "user_id": member_id}
ask("get_member", fresh, path=member)
ask("update_member", fresh, path=member, headers={"If-Match": "*"}, body={"role": "editor"})
ask("delete_member", fresh, path=member)
invited_id, invited_address, invited, _ = user("khach-moi")
ask("create_invitation", fresh, path=own, body={"email": invited_address, "role": "viewer", "language": "en"})
ask("create_invitation_acceptance", invited, body={"token": letter("invitation", invited_address)})
one = ask("create_invitation", fresh, path=own, body={"email": "khac@fuzz.example", "role": "viewer"}, spoil=False).json()["id"]
ask("list_invitations", fresh, path=own)
ask("delete_invitation", fresh, path={**own, "invitation_id": one})
one = ask("create_delegation", officer, path={"id": P}, body={"role": "viewer", "purpose": "Giúp làm hồ sơ.", "until": day(20)}).json()["id"]
ask("list_delegations", producer, path={"id": P})
ask("create_delegation_grant", producer, path={"id": P, "delegation_id": one})
ask("delete_delegation", producer, path={"id": P, "delegation_id": one})
ask("create_office_invitation", admin, body={"email": "can-bo-moi@fuzz.example", "office": "officer", "province": "33", "language": "vi"})
one = ask("list_office_invitations", admin).json()["items"][0]["id"]
ask("delete_office_invitation", admin, path={"id": one})
officer_id, _, _, _ = user("can-bo", "--role", "officer", "--province", "01")
ask("list_officers", admin)
ask("delete_officer", admin, path={"user_id": officer_id})
SCOPES = ["catalogue.read", "listings.read", "listings.write", "leads.read", "leads.write"]
made = ask("create_client", producer, path={"id": P}, body={"name": "Máy thử", "scopes": SCOPES, "addresses": ["127.0.0.1"]}).json()
spare = {"id": P, "client_id": made["client"]["id"]}
ask("list_clients", producer, path={"id": P})
ask("get_client", producer, path=spare)
ask("update_client", producer, path=spare, headers={"If-Match": "*"}, body={"name": "Máy thử 2", "scopes": SCOPES, "addresses": []})
extra = ask("create_client_secret", producer, path=spare).json()["secret"]["id"]
ask("delete_client_secret", producer, path={**spare, "secret_id": extra})
# The machine that the fuzzer is; what it tries on others' machines does not end it.
made = ask("create_client", producer, path={"id": P}, body={"name": "Máy", "scopes": SCOPES}, spoil=False).json()
basic = "Basic " + base64.b64encode(f"{made['client']['id']}:{made['client_secret']}".encode()).decode()
form = {"Content-Type": "application/x-www-form-urlencoded"}
one = ask("create_token", basic, body="grant_type=client_credentials", headers=form).json()["access_token"]
ask("revoke_token", basic, body=f"token={one}", headers=form)
MACHINE = ask("create_token", basic, body="grant_type=client_credentials", headers=form).json()["access_token"]
made = ask("create_client", producer, path={"id": P}, body={"name": "Máy cũ", "scopes": ["leads.read"]}, spoil=False).json()
ask("delete_client", producer, path={"id": P, "client_id": made["client"]["id"]})
ask("list_audit_entries", admin)

# -- pictures: whole, in parts; from elsewhere there is nothing to fetch, so that only the refusal is looked at
def picture():
    """A PNG of one pixel that nobody has sent yet."""
    chunk = lambda kind, content: struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" + uuid.uuid4().bytes[:3])) + chunk(b"IEND", b""))


image = ask("create_image", producer, body=picture(), headers={"Content-Type": "image/png"}).json()
ask("create_image", producer, query={"organisation": P}, body=picture(), headers={"Content-Type": "application/octet-stream"})
ask("get_image", producer, path={"id": image["id"]})
for rendition in image["renditions"]:
    ask("get_media", path={"name": rendition["url"].rsplit("/", 1)[1]})
ask("get_media", path={"name": image["renditions"][0]["url"].rsplit("/", 1)[1]}, headers={"Range": "bytes=0-9"}, keep=False)
sent = picture()
part = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}
one = ask("create_upload", producer, query={"organisation": P}, headers={"Upload-Length": str(len(sent))}).json()["id"]
ask("get_upload", producer, path={"id": one})
ask("update_upload", producer, path={"id": one}, body=sent[:20], headers={**part, "Upload-Offset": "0"})
ask("update_upload", producer, path={"id": one}, body=sent[20:], headers={**part, "Upload-Offset": "20"})
one = ask("create_upload", producer, headers={"Upload-Length": "1000"}).json()["id"]
ask("delete_upload", producer, path={"id": one})
service.values["upload_id"] = [ask("create_upload", producer, headers={"Upload-Length": "1000"}).json()["id"]]
for address in ("http://127.0.0.1/x.png", "http://169.254.169.254/", "https://vi-du.invalid/x.png"):
    refused = service.send("create_image_import", producer, None, None, {"url": address}, None)
    if refused.status_code != 422:
        service.fault(f"create_image_import: {refused.status_code} of {address}")
service.seeds["create_image_import"].append({"path": {}, "query": {}, "body": {"url": "http://127.0.0.1/x.png"}, "headers": {}, "by": producer})
# -- papers, readiness, answers of retailers: of a product that its producer offers
mine = {"id": PRODUCTS[0]}
ask("list_readiness_profiles")
for profile in ("base", "supermarket", "fresh_food", "export", "ecommerce_floor"):
    ask("get_listing_readiness", producer, path=mine, query={"profile": profile})


def hand_in(number, spoil=False):
    stored = ask("create_file", producer, query={"name": "phieu-thu.pdf"}, body=f"%PDF-1.7 {number}".encode(), spoil=False,
        headers={"Content-Type": "application/pdf"}).json()["id"]
    made = ask("create_listing_document", producer, path=mine, spoil=spoil, body={"kind": "test_report", "number": number, "issuer": "Trung tâm Ví Dụ",
        "issued_on": day(-10), "valid_until": day(300), "file_id": stored, "disclosure": "public"})
    return {**mine, "document_id": made.json()["id"]}


refused, report = hand_in("TN-0"), hand_in("TN-1")
ask("get_listing_document", producer, path=report)
ask("update_listing_document", producer, path=report, headers={"If-Match": "*"}, body={"number": "TN-2", "issued_on": day(-9)})
ask("create_listing_document_check", officer, path=report, body={"decision": "checked"})
ask("create_listing_document_check", officer, path=refused, body={"decision": "refused", "reason": {"vi": "Số không khớp.", "en": "Wrong number."}})
ask("get_listing_document_content", path=report)
made = ask("create_listing_document_share", producer, path=report, body={"days": 7, "for": "Siêu thị Thử", "most_openings": 500}).json()
ask("create_shared_document_preview", body={"token": made["token"]})
ask("create_shared_document_opening", body={"token": made["token"]})
ask("list_listing_document_shares", producer, path=report)
ask("list_listing_document_accesses", officer, path=report)
ask("delete_listing_document_share", producer, path={**report, "share_id": made["share"]["id"]})
ask("create_registration", body={"email": "sieuthi@fuzz.example", "password": PASSWORD, "terms_version": TERMS, "display_name": "Siêu thị", "language": "vi",
    "organisation": {"kind": "buyer", "entity_type": "company", "legal_name": "Công ty Siêu thị Thử", "unit": "12391"}}, spoil=False)
ask("create_registration_confirmation", body={"token": letter("registration", "sieuthi@fuzz.example"), "password": PASSWORD}, spoil=False)
retailer = "Bearer " + ask("create_session", body={"email": "sieuthi@fuzz.example", "password": PASSWORD}, spoil=False).json()["access_token"]
shelf = {**mine, "organisation_id": ask("get_me", retailer, spoil=False).json()["memberships"][0]["organisation_id"]}
ask("update_listing_answer", retailer, path=shelf, headers={"If-Match": "*"}, body={"state": "rejected", "reason": "papers", "text": "Thiếu phiếu thử.", "profile": "supermarket"})
ask("get_listing_answer", retailer, path=shelf)
ask("list_listing_answers", producer, path=mine)

# -- leads
def enquiry(**more):
    return {"products": [{"product_id": PRODUCTS[0], "quantity": 200, "unit": "XBX", "target_price": 40_000}], "message": "Xin báo giá 200 hộp.",
            "company": {"name": "Siêu thị Minh Họa"}, "contact": {"name": "Phòng thu mua", "email": "thumua@cuahang.example", "phone": "0900 000 000"},
            "source": {"channel": "fair", "event": "Hội chợ Thử", "campaign": "thu-2026"}, "consent": {"text_version": TERMS, "accepted": True}, **more}


def file(by=None):
    content = b"%PDF-1.7 " + service.new_key().encode()
    made = ask("create_file", by, query={"name": "hop-dong.pdf"}, body=content, headers={"Content-Type": "application/pdf"}).json()
    service.values["file_id"].append(made["id"])
    return made["id"], hashlib.sha256(content).hexdigest()


def new_lead(by=buyer, spoil=False, **more):
    made = ask("create_lead", by, body=enquiry(**more), spoil=spoil).json()
    service.values["lead_id"].append(made["leads"][0]["id"])
    service.values["enquiry_id"].append(made["enquiry_id"])
    return {"id": made["leads"][0]["id"]}, made["enquiry_id"]


# What the letters of their links are waited for at the end.
new_lead(by=None)
attached, _ = file(buyer)
lead, lead_enquiry = new_lead(spoil=True, attachments=[attached], certificates=["organic"], language="vi", contact_sharing="with_producers",
                              delivery={"unit": "01", "from": day(60), "until": day(90)})
ask("get_lead_file", producer, path={**lead, "file_id": attached})
ask("list_leads", producer)
ask("list_leads", MACHINE, query={"enquiry": lead_enquiry})
ask("get_lead", producer, path=lead)
ask("create_lead_event", producer, path=lead, body={"type": "note", "note": "Đã gọi lại.", "occurred_at": at(-60)})
for event in ({"type": "message", "note": "Chào."}, {"type": "call", "note": "Hẹn."}, {"type": "meeting", "place": "Hội chợ"},
              {"type": "sample", "carrier": "Bưu điện", "number": "VN1"}, {"type": "stage", "to": "negotiating"}):
    ask("create_lead_event", producer, path=lead, body=event)
QUOTE = {"lines": [{"product_id": PRODUCTS[0], "unit": "XBX", "tiers": [{"from_quantity": 1, "price": 45_000}, {"from_quantity": 100, "price": 42_000}]}],
         "valid_until": day(30), "vat_included": True, "lead_days": 7, "terms": "Giao tại kho."}
ask("create_lead_quote", producer, path=lead, body=QUOTE)
ask("create_lead_quote", buyer, path=lead, body={**QUOTE, "terms": "Giao tại cửa hàng."}, spoil=False)
ask("list_lead_quotes", buyer, path=lead)
ask("list_enquiry_quotes", buyer, path={"id": lead_enquiry})
ask("delete_contact_consent", buyer, path=lead)
ask("create_contact_request", producer, path=lead, body={"because": "Để gửi mẫu."})
ask("create_contact_consent", buyer, path=lead, body={"text_version": TERMS, "accepted": True})
ask("create_contact_reveal", producer, path=lead, body={"because": "Để gửi mẫu."})
ask("create_contact_reveal", officer, path=lead, body={"because": "Người mua hỏi."})


def agreement(by, about, kind="contract", spoil=False, number="HĐ-1"):
    evidence, digest = file(by)
    return ask("create_lead_agreement", by, path=about, spoil=spoil, body={
        "kind": kind, "number": number, "value": 150_000_000, "signed_on": day(-1), "starts_on": day(-1), "ends_on": day(300),
        "parties": {"buyer": {"name": "Siêu thị Minh Họa", "tax_code": "9900000016"}, "producer": {"name": "HTX Thử"}},
        "evidence": [{"file_id": evidence, "sha256": digest}]}).json()["agreement"]["id"]


one = agreement(producer, lead, "mou", spoil=True)
two = agreement(buyer, lead, "contract", number="HĐ-2")
ask("list_lead_agreements", buyer, path=lead)
ask("get_lead_agreement", buyer, path={**lead, "agreement_id": one})
ask("update_lead_agreement_attribution", officer, path={**lead, "agreement_id": two}, headers={"If-Match": "*"}, body={
    "shares": [{"kind": "event", "name": "Hội chợ Thử", "share": 6_000}, {"kind": "province", "name": "33", "share": 4_000}]})
ask("create_lead_agreement_voiding", producer, path={**lead, "agreement_id": one}, body={"reason": "Ghi nhầm."})
ask("create_lead_event", buyer, path=lead, body={"type": "first_order", "value": 5_000_000, "number": "ĐH-1"})
walk_in = {"contact": {"name": "Khách tại quầy"}, "walk_in": {"as": "producer", "organisation_id": P}}
recorded, _ = new_lead(by=producer, **walk_in)
ask("update_lead", producer, path=recorded, headers={"If-Match": "*"}, body={
    "company": {"tax_code": "9900000016"}, "contact": {"phone": "0911 111 111"}, "products": [{"product_id": PRODUCTS[0], "quantity": 3, "unit": "XBX"}]})
ask("create_lead_merge", producer, path=lead, body={"lead_id": recorded["id"], "because": "Cùng một khách."})
ask("delete_lead_merge", producer, path={**lead, "lead_id": recorded["id"]})
new_lead(by=officer, contact={"name": "Khách của tỉnh"}, walk_in={"as": "office"})
new_lead(by=fresh, contact={"name": "Khách của hội chợ"}, walk_in={"as": "organiser", "organisation_id": ORGANISER})
new_lead(by=MACHINE, **walk_in)
visit = uuid7()
BATCH = [{"type": "lead", "id": visit, "occurred_at": at(-3600), "lead": enquiry(**walk_in)},
         {"type": "event", "id": uuid7(), "occurred_at": at(-1800), "enquiry_id": visit, "producer_id": P, "event": {"type": "note", "note": "Nếm thử."}},
         {"type": "enrichment", "id": uuid7(), "occurred_at": at(-900), "enquiry_id": visit, "changes": {"company": {"tax_code": "9900000016"}}}]
for item in BATCH:
    ask("create_lead_batch", producer, body={"items": [item]})
ask("create_lead_batch", producer, body={"items": BATCH}, spoil=False)
for filtered in ({}, {"by": "month"}, {"by": "former_district"}, {"by": "event", "from": day(-30), "to": day(0)}, {"by": "province", "units": "former"}):
    for who in (officer, producer, admin):
        ask("get_lead_report", who, query=filtered)
ask("get_lead_export", officer, query={"format": "csv"})
ask("get_lead_export", producer, query={"format": "xlsx"}, keep=False)
ask("list_enquiry_quotes", buyer, path={"id": lead_enquiry})
ask("create_ownership_transfer", fresh, path={"id": passed_on}, body={"to": successor_id})
# A stock of leads in which the fuzzer may do what it likes.
for number in range(40):
    new_lead(by=buyer if number % 2 else producer, **({} if number % 2 else walk_in))
answer, follow = letter("lead-answer", producer_address, 100), letter("lead-follow", "thumua@cuahang.example", 100)
ask("create_lead_answer_preview", body={"token": answer})
ask("create_lead_answer_preview", body={"token": follow}, spoil=False)
ask("create_lead_answer", body={"token": answer, "answer": {"type": "quote", **QUOTE}})
ask("create_lead_answer", body={"token": follow, "answer": {"type": "message", "note": "Cảm ơn."}})
for content in ({"type": "withhold"}, {"type": "consent", "text_version": TERMS, "accepted": True}, {"type": "stop_letters"}):
    ask("create_lead_answer", body={"token": follow, "answer": content})

without = sorted(name for name in service.operations if not any(200 <= status < 300 for status in service.seen[name]))
# What it fetches lies outside.
without = [name for name in without if name != "create_image_import"]
if without:
    service.fault(f"no good answer was seen from {', '.join(without)}")
sent = sum(sum(counts.values()) for counts in service.seen.values())
print(f"{len(service.operations)} operations, {sent} requests, {len(service.faults)} faults")
# Refresh and one-time tokens are of no use a second time; whose token of access is whose is told by the role.
roles = {"producer": producer, "producer-2": producer2, "officer": officer, "buyer": buyer, "admin": admin, "machine": MACHINE, "owner": fresh}
names = {token: name for name, token in roles.items()}
seeds = {name: [{**seed, "by": names.get(seed["by"])} for seed in found if seed["by"] is None or seed["by"] in names] for name, found in service.seeds.items()}
service.values["product_id"] = PRODUCTS[:3] + OTHERS[:3] + [T]
service.values["organisation_id"] = [P, OWN, ORGANISER, T_ORGANISATION]
own = {"producer": P, "producer-2": me2["memberships"][0]["organisation_id"], "owner": OWN, "machine": P}
json.dump({"roles": roles, "own": own, "seeds": seeds, "values": service.values, "seen": service.seen}, open(WORLD, "w"), ensure_ascii=False)
sys.exit(bool(service.faults))
