//! Registering another organisation, reading and changing it.

use super::*;
use crate::cases;
use ocop_market::accounts::MemberRole;
use ocop_market::organisations::OrganisationId;

pub fn cases() -> Vec<Case> {
    cases![
        whoever_registers_owns,
        a_name_is_public_unless_it_is_a_persons,
        all_faults_of_a_registration_are_told,
        names_of_people_and_organisations_are_no_links,
        ten_organisations_are_enough,
        what_was_looked_at_is_looked_at_again,
        a_change_needs_what_was_read,
        a_producer_with_products_stays_in_its_province,
        a_personal_number_is_shown_to_few,
    ]
}

async fn whoever_registers_owns(app: TestApp) {
    let owner = person(&app, "owner").await;
    let body = with(
        cooperative("HTX Ví Dụ"),
        json!({ "tax_code": "99 0000 0016-001", "address": " Số 1,  thôn Minh Họa ", "public_name": "Ví Dụ" }),
    );
    let key = "register-this-only-once";
    let made = owner.post_once("/v1/organisations", key, &body).await;
    let again = owner.post_once("/v1/organisations", key, &body).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    let organisation = made.expect(StatusCode::CREATED);
    assert_eq!(made.header("location"), path(&organisation));
    assert_eq!(again.json(), organisation);
    for (member, value) in [
        ("kind", "producer"),
        ("standing", "unverified"),
        ("your_role", "owner"),
        ("name", "Ví Dụ"),
        ("legal_name", "HTX Ví Dụ"),
        ("tax_code", "9900000016-001"),
        ("address", "Số 1, thôn Minh Họa"),
    ] {
        assert_eq!(organisation[member], value, "{member}");
    }
    assert_eq!(organisation["place"]["province"]["code"], "33");
    assert_eq!(organisation["place"]["former"]["province"]["code"], "34");
    let me = owner.get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!(me["memberships"][0]["organisation_id"], organisation["id"]);
    assert_eq!(owner.get(&path(&organisation)).await.expect(StatusCode::OK), organisation);
    assert_eq!(
        rows(&app, "audit_entries WHERE action = 'organisation.registered' AND province = '33'").await,
        1
    );

    let stranger = person(&app, "stranger").await;
    stranger.get(&path(&organisation)).await.expect_problem(404, "not_found");
    app.officer("01").await.get(&path(&organisation)).await.expect_problem(404, "not_found");
    let seen = app.officer("33").await.get(&path(&organisation)).await.expect(StatusCode::OK);
    assert_eq!(seen, with(organisation, json!({ "your_role": null })));
}

async fn a_name_is_public_unless_it_is_a_persons(app: TestApp) {
    let owner = person(&app, "owner").await;
    let firm = register(&owner, &cooperative("HTX Ví Dụ")).await;
    assert_eq!((&firm["public_name"], &firm["name"]), (&json!("HTX Ví Dụ"), &json!("HTX Ví Dụ")));
    let household = json!({ "entity_type": "household", "legal_name": "Hộ kinh doanh Tên Riêng" });
    let household = register(&owner, &with(cooperative("x"), household)).await;
    assert_eq!(household["public_name"], Value::Null);
    assert!(household["name"].as_str().expect("a name").starts_with("Hộ kinh doanh tại"), "{household}");
    let buyer = json!({ "kind": "buyer", "legal_name": "Siêu thị Ví Dụ", "unit": BA_DINH });
    assert_eq!(register(&owner, &buyer).await["name"], "Siêu thị Ví Dụ");
}

async fn all_faults_of_a_registration_are_told(app: TestApp) {
    let owner = person(&app, "owner").await;
    let faults = async |body: Value| {
        let reply = owner.post("/v1/organisations", &body).await;
        reply.expect_problem(422, "invalid_body");
        let mut faults = reply.faults();
        faults.sort();
        faults
    };
    let told = |faults: &[(&str, &str)]| -> Vec<(String, String)> {
        faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect()
    };
    let wrong = json!({
        "kind": "shop", "legal_name": "", "tax_code": "9900000017", "unit": 33, "address": "x".repeat(201), "more": 1,
    });
    let expected = told(&[
        ("/address", "too_long"),
        ("/kind", "unknown_value"),
        ("/legal_name", "invalid_name"),
        ("/more", "unknown_field"),
        ("/tax_code", "wrong_check_digit"),
        ("/unit", "wrong_type"),
    ]);
    assert_eq!(faults(wrong).await, expected);
    let producer =
        json!({ "kind": "producer", "legal_name": "Ví Dụ", "tax_code": "034085000001", "unit": VU_THU });
    assert_eq!(
        faults(producer).await,
        told(&[("/entity_type", "missing"), ("/tax_code", "personal_number")])
    );
    let office = with(cooperative("Sở Ví Dụ"), json!({ "kind": "office", "unit": "33" }));
    assert_eq!(faults(office).await, told(&[("/kind", "not_allowed"), ("/unit", "unknown_unit")]));
    // A commune that is no more, and a number that is none.
    for unit in ["13228", "344", "99999", "'; --"] {
        assert_eq!(
            faults(with(cooperative("Ví Dụ"), json!({ "unit": unit }))).await,
            told(&[("/unit", "unknown_unit")])
        );
    }
    assert_eq!(rows(&app, "organisations").await, 0);

    let admin = app.user("admin@office.example", Role::Admin, &[]).await;
    let office = json!({ "kind": "office", "legal_name": "Sở Ví Dụ", "unit": VU_THU });
    assert_eq!(register(&admin, &office).await["kind"], "office");
}

async fn names_of_people_and_organisations_are_no_links(app: TestApp) {
    let owner = person(&app, "owner").await;
    let link = "Nhan thuong tai https://evil.example/x";
    let fault = |at: &str| (at.to_owned(), "looks_like_a_link".to_owned());
    let both = json!({ "legal_name": link, "public_name": "evil.vn" });
    let refused = owner.post("/v1/organisations", &with(cooperative("x"), both.clone())).await;
    refused.expect_problem(422, "invalid_body");
    assert_eq!(refused.faults(), [fault("/legal_name"), fault("/public_name")]);
    let made = register(&owner, &cooperative("TNHH A.B.C Co.opmart No.1")).await;
    let refused = patch(&owner, &path(&made), "*", &both).await;
    refused.expect_problem(422, "invalid_body");
    assert_eq!(refused.faults(), [fault("/legal_name"), fault("/public_name")]);
    let refused = patch(&owner, "/v1/me", "*", &json!({ "display_name": link })).await;
    refused.expect_problem(422, "invalid_body");
    assert_eq!(refused.faults(), [fault("/display_name")]);
    let registration = json!({
        "email": "new@example.vn", "password": "một câu dài khó đoán 42", "display_name": link,
        "terms_version": "2026-11", "organisation": with(cooperative("x"), both),
    });
    let refused = app.anonymous().post("/v1/registrations", &registration).await;
    refused.expect_problem(422, "invalid_body");
    let mut faults = refused.faults();
    faults.retain(|(_, code)| code == "looks_like_a_link");
    faults.sort();
    assert_eq!(
        faults,
        [fault("/display_name"), fault("/organisation/legal_name"), fault("/organisation/public_name")]
    );
    // A list says what the decision says.
    let officer = app.officer("33").await;
    let certified = certify(&officer, &recognition("Bánh cáy", "Công ty Ví Dụ.vn", "company")).await;
    let shown = officer.get(&path(&certified["producer"])).await.expect(StatusCode::OK);
    assert_eq!(shown["legal_name"], "Công ty Ví Dụ.vn");
}

async fn ten_organisations_are_enough(app: TestApp) {
    let owner = person(&app, "owner").await;
    for number in 0..10 {
        register(&owner, &cooperative(&format!("HTX số {number}"))).await;
    }
    let eleventh = owner.post("/v1/organisations", &cooperative("HTX nữa")).await;
    eleventh.expect_problem(409, "not_possible_now");
    register(&person(&app, "other").await, &cooperative("HTX nữa")).await;
}

async fn what_was_looked_at_is_looked_at_again(app: TestApp) {
    let (owner, officer) = (person(&app, "owner").await, app.officer("33").await);
    let made = register(&owner, &with(cooperative("HTX Ví Dụ"), json!({ "tax_code": "9900000016" }))).await;
    let verified = json!({ "decision": "verified" });
    for (change, standing) in [
        (json!({ "public_name": "Ví Dụ", "address": "Số 2", "unit": TAN_HUNG }), "verified"),
        (json!({ "legal_name": "HTX Ví Dụ" }), "verified"),
        (json!({ "legal_name": "HTX Ví Dụ Mới" }), "unverified"),
        (json!({ "tax_code": null }), "unverified"),
        (json!({ "tax_code": "9900000016" }), "unverified"),
        (json!({ "entity_type": "company" }), "unverified"),
    ] {
        if owner.get(&path(&made)).await.json()["standing"] != "verified" {
            decide(&officer, &made, &verified).await.expect(StatusCode::CREATED);
        }
        let changed = patch(&owner, &path(&made), "*", &change).await.expect(StatusCode::OK);
        assert_eq!(changed["standing"], standing, "{change}");
        for (member, value) in change.as_object().expect("an object") {
            let shown =
                if member == "unit" { &changed["place"]["commune"]["code"] } else { &changed[member] };
            assert_eq!(shown, value);
        }
    }
    // What was refused and is corrected waits to be looked at again.
    decide(&officer, &made, &json!({ "decision": "refused", "reason": "Sai tên." }))
        .await
        .expect(StatusCode::CREATED);
    let changed = patch(&owner, &path(&made), "*", &json!({ "legal_name": "HTX Đúng" })).await;
    assert_eq!(changed.expect(StatusCode::OK)["standing"], "unverified");

    let wrong = json!({ "legal_name": null, "entity_type": null, "unit": null, "tax_code": "034085000001", "kind": "buyer" });
    let reply = patch(&owner, &path(&made), "*", &wrong).await;
    assert_eq!(reply.faults(), [("/kind".to_owned(), "unknown_field".to_owned())]);
    let wrong = json!({ "legal_name": null, "entity_type": null, "unit": null, "tax_code": "034085000001" });
    let mut faults = patch(&owner, &path(&made), "*", &wrong).await.faults();
    faults.sort();
    let places: Vec<&str> = faults.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["/entity_type", "/legal_name", "/tax_code", "/unit"]);
}

async fn a_change_needs_what_was_read(app: TestApp) {
    let owner = person(&app, "owner").await;
    let made = register(&owner, &cooperative("HTX Ví Dụ")).await;
    let organisation = OrganisationId::parse(&id(&made)).expect("an id");
    let editor = app.member("editor@example.vn", organisation, MemberRole::Editor).await;
    let body = json!({ "address": "Số 3" });
    let bare = Reply::of(owner.request(Method::PATCH, &path(&made)).json(&body)).await;
    bare.expect_problem(428, "precondition_required");
    let tag = owner.get(&path(&made)).await.header("etag");
    patch(&owner, &path(&made), &tag, &body).await.expect(StatusCode::OK);
    patch(&owner, &path(&made), &tag, &json!({ "address": null }))
        .await
        .expect_problem(412, "precondition_failed");
    patch(&editor, &path(&made), "*", &json!({ "address": null })).await.expect_problem(403, "forbidden");
    let stranger = person(&app, "stranger").await;
    patch(&stranger, &path(&made), "*", &json!({})).await.expect_problem(404, "not_found");
    // Nothing new is nothing written.
    let before = rows(&app, "audit_entries").await;
    patch(&owner, &path(&made), "*", &body).await.expect(StatusCode::OK);
    assert_eq!(rows(&app, "audit_entries").await, before);
}

async fn a_producer_with_products_stays_in_its_province(app: TestApp) {
    let officer = app.officer("33").await;
    let certification = certify(&officer, &recognition("Bánh cáy", "HTX Ví Dụ", "cooperative")).await;
    let producer = &certification["producer"];
    let organisation = OrganisationId::parse(&id(producer)).expect("an id");
    let owner = app.member("owner@example.vn", organisation, MemberRole::Owner).await;
    let elsewhere = patch(&owner, &path(producer), "*", &json!({ "unit": BA_DINH })).await;
    elsewhere.expect_problem(409, "not_possible_now");

    let reply =
        patch(&owner, &path(producer), "*", &json!({ "public_name": "Bánh Ví Dụ", "unit": TAN_HUNG })).await;
    reply.expect(StatusCode::OK);
    assert!(!reply.header("catalogue-seq").is_empty());
    let product = certification["product"]["id"].as_str().expect("an id");
    let shown = app.anonymous().get(&format!("/v1/products/{product}")).await.expect(StatusCode::OK);
    assert_eq!(shown["producer"]["name"], "Bánh Ví Dụ");
    let listed = app.anonymous().get("/v1/producers?q=banh+vi").await.expect(StatusCode::OK);
    assert_eq!(listed["items"][0]["id"], producer["id"]);
    // What nobody sees is no change of the catalogue.
    let reply = patch(&owner, &path(producer), "*", &json!({ "tax_code": "9900000016" })).await;
    reply.expect(StatusCode::OK);
    assert_eq!(reply.header("catalogue-seq"), "");
    // Lists go on knowing it by its name of then.
    let renamed = patch(&owner, &path(producer), "*", &json!({ "legal_name": "HTX Tên Khác" })).await;
    renamed.expect(StatusCode::OK);
    let again = certify(&officer, &recognition("Kẹo lạc", "HTX Ví Dụ", "cooperative")).await;
    assert_ne!(again["producer"]["id"], Value::Null);
}

async fn a_personal_number_is_shown_to_few(app: TestApp) {
    let owner = person(&app, "owner").await;
    let body = json!({ "entity_type": "household", "tax_code": "034085001234" });
    let made = register(&owner, &with(cooperative("Hộ Tên Riêng"), body)).await;
    let organisation = OrganisationId::parse(&id(&made)).expect("an id");
    let editor = app.member("editor@example.vn", organisation, MemberRole::Editor).await;
    let viewer = app.member("viewer@example.vn", organisation, MemberRole::Viewer).await;
    for (who, shown) in [
        (&owner, "034085001234"),
        (&app.officer("33").await, "034085001234"),
        (&editor, "********1234"),
        (&viewer, "********1234"),
    ] {
        assert_eq!(who.get(&path(&made)).await.expect(StatusCode::OK)["tax_code"], shown);
    }
}
