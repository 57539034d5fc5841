//! Officers look at what was registered.

use super::*;
use crate::cases;
use ocop_market::accounts::MemberRole;
use ocop_market::organisations::OrganisationId;

pub fn cases() -> Vec<Case> {
    cases![
        decisions_follow_on_the_standing,
        a_tax_code_is_verified_once,
        nobody_decides_in_a_case_of_ones_own,
        the_suspended_may_only_read,
        an_office_follows_the_merger,
        the_queue_is_narrowed_and_paged,
        lists_give_no_product_to_who_only_took_the_name,
    ]
}

async fn decisions_follow_on_the_standing(app: TestApp) {
    let (owner, officer) = (person(&app, "owner").await, app.officer("33").await);
    let made = register(&owner, &cooperative("HTX Ví Dụ")).await;
    let refused = json!({ "decision": "refused", "reason": "Mã số thuế không khớp." });
    let suspended = json!({ "decision": "suspended", "reason": "Bị tố cáo." });
    let (verified, reinstated) = (json!({ "decision": "verified" }), json!({ "decision": "reinstated" }));
    let allowed: [(&Value, &str, Value); 5] = [
        (&refused, "refused", json!(["verified", "refused"])),
        (&verified, "verified", json!(["verified"])),
        (&suspended, "suspended", json!(["suspended"])),
        (&reinstated, "verified", json!(["reinstated"])),
        (&suspended, "suspended", json!(["suspended"])),
    ];
    for (decision, standing, allowed) in allowed {
        for wrong in [&refused, &verified, &suspended, &reinstated] {
            if !allowed.as_array().expect("a list").contains(&wrong["decision"]) {
                let problem = decide(&officer, &made, wrong).await.expect_problem(409, "illegal_move");
                assert_eq!(problem["allowed"], allowed);
            }
        }
        let decided = decide(&officer, &made, decision).await.expect(StatusCode::CREATED);
        assert_eq!(decided["decision"], decision["decision"]);
        assert_eq!(officer.get(&path(&made)).await.expect(StatusCode::OK)["standing"], standing);
        let letter = app.mail_to(&email("owner")).await;
        if let Some(reason) = decision["reason"].as_str() {
            assert!(letter.body.contains(reason), "{letter:?}");
        }
        app.clock.advance_seconds(1);
    }
    for reader in [&owner, &officer] {
        let items = reader.all(&format!("{}/verifications?limit=2", path(&made))).await;
        let told: Vec<&str> =
            items.iter().map(|item| item["decision"].as_str().expect("a decision")).collect();
        assert_eq!(told, ["suspended", "reinstated", "suspended", "verified", "refused"]);
        assert_eq!(items[4]["reason"], refused["reason"]);
    }
    for unreasoned in ["refused", "suspended"] {
        let reply = decide(&officer, &made, &json!({ "decision": unreasoned })).await;
        assert_eq!(reply.faults(), [("/reason".to_owned(), "missing".to_owned())]);
    }
    let history = format!("{}/verifications", path(&made));
    person(&app, "stranger").await.get(&history).await.expect_problem(404, "not_found");
    decide(&app.officer("01").await, &made, &reinstated).await.expect_problem(404, "not_found");
    decide(&owner, &made, &reinstated).await.expect_problem(403, "forbidden");
    assert_eq!(rows(&app, "audit_entries WHERE action = 'organisation.suspended'").await, 2);
}

async fn a_tax_code_is_verified_once(app: TestApp) {
    let (owner, officer) = (person(&app, "owner").await, app.officer("33").await);
    let body = |name| with(cooperative(name), json!({ "tax_code": "9900000016" }));
    let one = register(&owner, &body("HTX Một")).await;
    let other = register(&owner, &body("HTX Hai")).await;
    let verified = json!({ "decision": "verified" });
    decide(&officer, &one, &verified).await.expect(StatusCode::CREATED);
    decide(&officer, &other, &verified).await.expect_problem(409, "not_possible_now");
    assert_eq!(owner.get(&path(&other)).await.json()["standing"], "unverified");
    patch(&owner, &path(&one), "*", &json!({ "tax_code": null })).await.expect(StatusCode::OK);
    decide(&officer, &other, &verified).await.expect(StatusCode::CREATED);
}

async fn nobody_decides_in_a_case_of_ones_own(app: TestApp) {
    let officer = app.officer("33").await;
    let own = register(&officer, &cooperative("HTX Của Cán Bộ")).await;
    decide(&officer, &own, &json!({ "decision": "verified" })).await.expect_problem(403, "forbidden");
    let admin = app.user("admin@office.example", Role::Admin, &[]).await;
    decide(&admin, &own, &json!({ "decision": "verified" })).await.expect(StatusCode::CREATED);
}

async fn the_suspended_may_only_read(app: TestApp) {
    let officer = app.officer("33").await;
    let certification = certify(&officer, &recognition("Bánh cáy", "HTX Ví Dụ", "cooperative")).await;
    let producer = &certification["producer"];
    let organisation = OrganisationId::parse(&id(producer)).expect("an id");
    let owner = app.member("owner@example.vn", organisation, MemberRole::Owner).await;
    let listing = format!("/v1/listings/{}", id(&certification["product"]));
    let price = json!({ "price_from": 1000, "price_unit": "XBX" });
    patch(&owner, &listing, "*", &price).await.expect(StatusCode::OK);
    decide(&officer, producer, &json!({ "decision": "verified" })).await.expect(StatusCode::CREATED);
    decide(&officer, producer, &json!({ "decision": "suspended", "reason": "Bị tố cáo." }))
        .await
        .expect(StatusCode::CREATED);

    let other = json!({ "price_from": 2000, "price_unit": "XBX" });
    patch(&owner, &listing, "*", &other).await.expect_problem(403, "forbidden");
    patch(&owner, &path(producer), "*", &json!({ "address": "Số 1" })).await.expect_problem(403, "forbidden");
    owner.get(&listing).await.expect(StatusCode::OK);
    let seen = owner.get(&path(producer)).await.expect(StatusCode::OK);
    assert_eq!((&seen["standing"], &seen["your_role"]), (&json!("suspended"), &json!("viewer")));

    decide(&officer, producer, &json!({ "decision": "reinstated" })).await.expect(StatusCode::CREATED);
    patch(&owner, &listing, "*", &other).await.expect(StatusCode::OK);
}

async fn an_office_follows_the_merger(app: TestApp) {
    let (owner, here) = (person(&app, "owner").await, app.officer("33").await);
    // In old Thái Bình, by the code of a commune of today and by names of districts that are no more.
    let registered = register(&owner, &cooperative("HTX Ví Dụ")).await;
    let admin = app.user("admin@office.example", Role::Admin, &[]).await;
    let imported = certify(&admin, &recognition("Bánh cáy", "HTX Ví Dụ Hai", "cooperative")).await;
    let imported = &imported["producer"];
    for organisation in [&registered, imported] {
        let seen = here.get(&path(organisation)).await.expect(StatusCode::OK);
        assert_eq!(seen["place"]["province"]["code"], "33");
        assert_eq!(seen["place"]["former"]["province"]["code"], "34");
        decide(&here, organisation, &json!({ "decision": "verified" })).await.expect(StatusCode::CREATED);
    }
    for unit in ["33", "34", "33@2026-01-01", "344"] {
        let items = here.all(&format!("/v1/organisations?unit={unit}")).await;
        let ids: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
        assert!(ids.contains(&&imported["id"]), "{unit}: {ids:?}");
    }
    assert_eq!(here.all("/v1/organisations?unit=33@2025-06-30").await, Vec::<Value>::new());
    let elsewhere = app.officer("01").await;
    assert_eq!(elsewhere.all("/v1/organisations").await, Vec::<Value>::new());
    elsewhere.get(&path(imported)).await.expect_problem(404, "not_found");
}

async fn the_queue_is_narrowed_and_paged(app: TestApp) {
    let (owner, officer) = (person(&app, "owner").await, app.officer("33").await);
    let admin = app.user("admin@office.example", Role::Admin, &[]).await;
    let mut made = Vec::new();
    for (name, more) in [
        ("HTX Bánh cáy Ví Dụ", json!({ "tax_code": "9900000016" })),
        ("Hộ Tên Riêng", json!({ "entity_type": "household", "public_name": "Quán Minh Họa" })),
        ("Siêu thị Ví Dụ", json!({ "kind": "buyer" })),
        ("Công ty Thủ Đô", json!({ "unit": BA_DINH })),
    ] {
        made.push(register(&owner, &with(cooperative(name), more)).await);
        app.clock.advance_seconds(1);
    }
    let imported = certify(&admin, &recognition("Kẹo lạc", "HTX Không Ai", "cooperative")).await;
    decide(&officer, &made[0], &json!({ "decision": "verified" })).await.expect(StatusCode::CREATED);
    let ids = async |query: &str, by: &Actor| -> Vec<String> {
        by.all(&format!("/v1/organisations?limit=1{query}")).await.iter().map(id).collect()
    };
    let all: Vec<String> = made.iter().map(id).collect();
    let nobodys = id(&imported["producer"]);
    let of = |numbers: &[usize]| -> Vec<String> { numbers.iter().map(|at| all[*at].clone()).collect() };
    assert_eq!(ids("", &officer).await, [of(&[0, 1, 2]), vec![nobodys.clone()]].concat());
    assert_eq!(ids("", &admin).await, [all.clone(), vec![nobodys.clone()]].concat());
    assert_eq!(ids("&standing=unverified&has_owner=true", &officer).await, of(&[1, 2]));
    assert_eq!(ids("&has_owner=false", &officer).await, [nobodys]);
    assert_eq!(ids("&kind=buyer", &officer).await, of(&[2]));
    assert_eq!(ids("&tax_code=99+0000+0016", &officer).await, of(&[0]));
    assert_eq!(ids("&q=vi+du", &officer).await, of(&[0, 2]));
    assert_eq!(ids("&q=ba%CC%81nh+ca", &officer).await, of(&[0]));
    assert_eq!(ids("&q=minh", &officer).await, of(&[1]));
    assert_eq!(ids("&q=rieng+ten", &officer).await, of(&[1]));
    assert_eq!(ids("&unit=00004", &officer).await, Vec::<String>::new());
    assert_eq!(ids("&unit=00004", &admin).await, of(&[3]));
    owner.get("/v1/organisations").await.expect_problem(403, "forbidden");
    let wrong = officer.get("/v1/organisations?standing=x&has_owner=1&tax_code=1&more=1&unit=1").await;
    let mut faults = wrong.faults();
    faults.sort();
    let parameters: Vec<&str> = faults.iter().map(|(parameter, _)| parameter.as_str()).collect();
    assert_eq!(parameters, ["has_owner", "more", "standing", "tax_code"]);
    officer.get("/v1/organisations?unit=77777").await.expect_problem(400, "invalid_parameters");
}

async fn lists_give_no_product_to_who_only_took_the_name(app: TestApp) {
    let (owner, officer) = (person(&app, "owner").await, app.officer("33").await);
    let taken = register(&owner, &cooperative("HTX Ví Dụ")).await;
    let first = certify(&officer, &recognition("Bánh cáy", "HTX Ví Dụ", "cooperative")).await;
    assert_ne!(first["producer"]["id"], taken["id"]);
    // Who is verified is meant.
    let real = register(&owner, &cooperative("HTX Ví Dụ Hai")).await;
    decide(&officer, &real, &json!({ "decision": "verified" })).await.expect(StatusCode::CREATED);
    let second = certify(&officer, &recognition("Kẹo lạc", "HTX Ví Dụ Hai", "cooperative")).await;
    assert_eq!(second["producer"]["id"], real["id"]);
}
