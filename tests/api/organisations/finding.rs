//! An organisation looks for itself among the producers of the ledger.

use super::*;
use crate::cases;
use ocop_market::accounts::MemberRole;
use ocop_market::organisations::OrganisationId;

pub fn cases() -> Vec<Case> {
    cases![producers_nobody_acts_for_are_suggested, suggestions_end_at_twenty]
}

async fn matches(by: &Actor, of: &Value) -> Vec<(String, Vec<String>, Vec<String>)> {
    let found = by.get(&format!("{}/matches", path(of))).await.expect(StatusCode::OK);
    let texts = |value: &Value| -> Vec<String> {
        value
            .as_array()
            .expect("a list")
            .iter()
            .map(|text| text.as_str().expect("a text").to_owned())
            .collect()
    };
    let items = found["items"].as_array().expect("items").iter();
    items
        .map(|item| {
            let name = item["name"].as_str().expect("a name").to_owned();
            (name, texts(&item["because"]), texts(&item["products"]))
        })
        .collect()
}

async fn producers_nobody_acts_for_are_suggested(app: TestApp) {
    let (owner, officer) = (person(&app, "owner").await, app.officer("33").await);
    let in_commune = |product, producer| {
        let commune = json!({ "commune": "Hòa Bình", "decision_no": "859/QĐ-UBND" });
        with(recognition(product, producer, "cooperative"), commune)
    };
    for body in [
        recognition("Bánh cáy", "HTX Bánh cáy Ví Dụ", "cooperative"),
        recognition("Kẹo lạc", "HTX Bánh cáy Ví Dụ", "cooperative"),
        recognition("Kẹo vừng", "Công ty TNHH Sản xuất Bánh cáy Ví Dụ", "company"),
        recognition("Miến", "HTX Không Liên Quan", "cooperative"),
        recognition("Rượu", "Hộ kinh doanh Bánh cáy Ví Dụ", "household"),
        in_commune("Chè", "HTX Cùng Xã"),
    ] {
        certify(&officer, &body).await;
        app.clock.advance_seconds(1);
    }
    let claimed = certify(&officer, &recognition("Cốm", "HTX Bánh cáy Ví Dụ Đã Có Chủ", "cooperative")).await;
    let claimed = OrganisationId::parse(&id(&claimed["producer"])).expect("an id");
    app.member("theirs@example.vn", claimed, MemberRole::Owner).await;

    let made = register(&owner, &cooperative("HTX bánh  cáy Ví dụ")).await;
    let text = |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
    let found = matches(&owner, &made).await;
    let expected = [
        ("HTX Bánh cáy Ví Dụ".to_owned(), text(&["name"]), text(&["Bánh cáy", "Kẹo lạc"])),
        ("Công ty TNHH Sản xuất Bánh cáy Ví Dụ".to_owned(), text(&["similar_name"]), text(&["Kẹo vừng"])),
    ];
    assert_eq!(found[..2], expected, "{found:?}");
    assert!(found[2..].iter().all(|(_, because, _)| because == &text(&["commune"])), "{found:?}");
    assert_eq!(matches(&officer, &made).await, found);

    // By the tax code, wherever it is.
    let sql = "UPDATE organisations SET tax_code = '9900000016' WHERE public_name = 'HTX Không Liên Quan'";
    let run = move |conn: &mut ocop_market::db::Conn| {
        diesel::connection::SimpleConnection::batch_execute(conn, sql).map_err(Failure::from)
    };
    app.state.db.write(run).await.expect("valid SQL");
    patch(&owner, &path(&made), "*", &json!({ "tax_code": "9900000016", "unit": BA_DINH }))
        .await
        .expect(StatusCode::OK);
    let found = matches(&owner, &made).await;
    assert_eq!(found, [("HTX Không Liên Quan".to_owned(), text(&["tax_code"]), text(&["Miến"]))]);

    let organisation = OrganisationId::parse(&id(&made)).expect("an id");
    let viewer = app.member("viewer@example.vn", organisation, MemberRole::Viewer).await;
    let path_of_matches = format!("{}/matches", path(&made));
    viewer.get(&path_of_matches).await.expect_problem(403, "forbidden");
    person(&app, "stranger").await.get(&path_of_matches).await.expect_problem(404, "not_found");
    let buyer = json!({ "kind": "buyer", "legal_name": "HTX Bánh cáy Ví Dụ", "unit": VU_THU });
    let buyer = register(&owner, &buyer).await;
    assert_eq!(matches(&owner, &buyer).await, []);
}

async fn suggestions_end_at_twenty(app: TestApp) {
    let (owner, officer) = (person(&app, "owner").await, app.officer("33").await);
    for number in 0..21 {
        let name = format!("HTX Lụa Minh Họa {number}");
        certify(&officer, &recognition("Lụa", &name, "cooperative")).await;
    }
    for number in 0..7 {
        let product = format!("Lụa {number}");
        certify(&officer, &recognition(&product, "HTX Lụa Minh Họa", "cooperative")).await;
    }
    let made = register(&owner, &cooperative("HTX Lụa Minh Họa")).await;
    let found = owner.get(&format!("{}/matches", path(&made))).await.expect(StatusCode::OK);
    let items = found["items"].as_array().expect("items");
    assert_eq!(items.len(), 20);
    assert_eq!(items[0]["because"], json!(["name"]));
    assert_eq!(
        (&items[0]["products_count"], items[0]["products"].as_array().map(Vec::len)),
        (&json!(7), Some(5))
    );
}
