//! Words are found with and without marks; names as typed come first.

use super::*;

pub fn cases() -> Vec<Case> {
    cases![words_are_found_with_and_without_marks, names_as_typed_come_first,]
}

/// Products to search; the last one's maker has `cáy` in its name.
async fn larder(app: &TestApp) {
    let mut seed = Seed::new(app);
    let maker = seed.maker("HTX Ví Dụ");
    for (index, name) in
        ["Mắm cáy", "Bánh cáy", "Vị cay", "Bánh cay nóng", "Lụa", "Lúa", "Nước mắm 40°đạm", "100% mật ong"]
            .iter()
            .enumerate()
    {
        let stars = 3 + (index % 2) as i64;
        seed.certified(maker, name, &Certified { stars, ..Certified::default() });
    }
    let named = seed.maker("HTX bánh cáy Ví Dụ");
    let other = seed.product(named, "Kẹo lạc", VU_THU);
    seed.certify(&other, &Certified { stars: 5, ..Certified::default() }, None);
    seed.insert().await;
}

async fn words_are_found_with_and_without_marks(app: TestApp) {
    larder(&app).await;
    for (q, expected) in [
        ("banh cay", 3),
        ("BÁNH  CÁY", 3),
        // The same in NFD.
        ("ba\u{301}nh ca\u{301}y", 3),
        ("cay banh", 3),
        // The last word may be the beginning of one, if no whole word is meant; the others may not.
        ("banh ca", 3),
        ("ba cay", 0),
        ("anh", 0),
        ("lua", 2),
        ("dam 40", 1),
        ("100%", 1),
        ("%", 0),
        ("_", 0),
        ("b%y", 0),
        ("b_nh", 0),
        ("\\", 0),
        ("'; DROP TABLE products; --", 0),
        ("🍯", 0),
        ("🍯 mat ong", 1),
        ("   ", 9),
        ("|", 0),
    ] {
        let query = [("q", q), ("limit", "100")];
        let request = app.anonymous().request(Method::GET, "/v1/products").query(&query);
        let page = Reply::of(request).await.expect(StatusCode::OK);
        assert_eq!(page["items"].as_array().map(Vec::len), Some(expected), "{q}: {page}");
    }
}

async fn names_as_typed_come_first(app: TestApp) {
    larder(&app).await;
    for (q, expected) in [
        // As typed, then the name begins so, then the name holds them, then elsewhere.
        ("bánh cáy", vec!["Bánh cáy", "Bánh cay nóng", "Kẹo lạc"]),
        ("cáy", vec!["Bánh cáy", "Mắm cáy", "Vị cay", "Bánh cay nóng", "Kẹo lạc"]),
        // No marks, no preference for names without: the shorter, then most stars, then the dictionary.
        ("cay", vec!["Bánh cáy", "Mắm cáy", "Vị cay", "Bánh cay nóng", "Kẹo lạc"]),
        ("lúa", vec!["Lúa", "Lụa"]),
        ("lụa", vec!["Lụa", "Lúa"]),
        ("mam", vec!["Mắm cáy", "Nước mắm 40°đạm"]),
        ("bánh", vec!["Bánh cáy", "Bánh cay nóng", "Kẹo lạc"]),
    ] {
        let found = names(&app.anonymous(), &format!("/v1/products?q={q}&limit=2")).await;
        assert_eq!(found, expected, "{q}");
    }
    let by_name = names(&app.anonymous(), "/v1/products?q=cáy&sort=name").await;
    assert_eq!(by_name, ["Bánh cay nóng", "Bánh cáy", "Kẹo lạc", "Mắm cáy", "Vị cay"]);
}
