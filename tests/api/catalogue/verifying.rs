//! Is what the pack says true?

use super::*;

pub fn cases() -> Vec<Case> {
    cases![a_code_is_verified_on_any_day, what_cannot_be_verified_is_not_found,]
}

async fn a_code_is_verified_on_any_day(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let base = Certified { stars: 3, on: "2020-02-04", set: None, taxonomy: "2019", ..Certified::default() };
    let product = seed.product(maker, "Bánh cáy", VU_THU);
    seed.certify(&product, &base, Some("2022-03-01"));
    let upgraded =
        Certified { stars: 4, on: "2022-03-01", extended_until: Some("2025-06-30"), ..base.clone() };
    seed.certify(&product, &upgraded, Some("2026-01-15"));
    let revoked = Certified { stars: 5, on: "2026-01-15", revoked_on: Some("2026-11-01"), ..base };
    seed.certify(&product, &revoked, None);
    seed.insert().await;
    let code = product.code.as_str();
    for (on, certified, state, stars, states) in [
        ("2020-02-03", false, Value::Null, Value::Null, [None, None, None]),
        ("2020-02-04", true, json!("valid"), json!(3), [None, None, Some("valid")]),
        ("2022-02-28", true, json!("valid"), json!(3), [None, None, Some("valid")]),
        ("2022-03-01", true, json!("valid"), json!(4), [None, Some("valid"), Some("superseded")]),
        ("2025-03-01", true, json!("expiring"), json!(4), [None, Some("expiring"), Some("superseded")]),
        ("2025-03-02", true, json!("extended"), json!(4), [None, Some("extended"), Some("superseded")]),
        ("2025-07-01", false, json!("expired"), Value::Null, [None, Some("expired"), Some("superseded")]),
        (
            "2026-10-31",
            true,
            json!("valid"),
            json!(5),
            [Some("valid"), Some("superseded"), Some("superseded")],
        ),
        (
            "2026-11-01",
            false,
            json!("revoked"),
            Value::Null,
            [Some("revoked"), Some("superseded"), Some("superseded")],
        ),
    ] {
        let answer = get(&app, &format!("/v1/verifications/{code}?on={on}")).await;
        assert_eq!(
            (&answer["certified"], &answer["state"], &answer["stars"]),
            (&json!(certified), &state, &stars),
            "{on}"
        );
        let history = answer["certifications"].as_array().expect("a list");
        let told: Vec<Option<&str>> = history.iter().map(|entry| entry["state"].as_str()).collect();
        assert_eq!(told, states, "{on}");
        assert_eq!(answer["on"], on);
    }
    let today = get(&app, &format!("/v1/verifications/{}", code.to_lowercase().replace('-', "%20"))).await;
    assert_eq!((&today["on"], &today["state"]), (&json!("2026-11-23"), &json!("revoked")));
    assert_eq!(today["certifications"][0]["revocation"]["ground"], "mark_misuse");
    assert_eq!((&today["stars"], &today["certifications"][0]["stars"]), (&Value::Null, &json!(5)));
    assert_eq!(today["certifications"][0]["decision"]["decided_on"], "2026-01-15");
    assert_eq!(today["in_force_until"], "2026-10-31");

    for (language, on, sentence) in [
        (
            "vi",
            "2022-02-28",
            "Vào ngày 28/02/2022: Sản phẩm “Bánh cáy” của HTX Ví Dụ đạt 3 sao theo Quyết định 301/QĐ-UBND ngày 04/02/2020 của UBND tỉnh Hưng Yên, có hiệu lực đến hết ngày 28/02/2022.",
        ),
        (
            "en",
            "2025-03-02",
            "On 2025-03-02: The product “Bánh cáy” of HTX Ví Dụ was recognised with 4 stars by Decision 302/QĐ-UBND of 2022-03-01, issued by UBND tỉnh Hưng Yên, extended until 2025-06-30.",
        ),
        (
            "en",
            "2026-11-23",
            "No longer certified: the product “Bánh cáy” of HTX Ví Dụ was once recognised with 5 stars by Decision 303/QĐ-UBND of 2026-01-15, issued by UBND tỉnh Hưng Yên, revoked from 2026-11-01.",
        ),
        // The extension was decided when the term still ran.
        (
            "vi",
            "2025-03-01",
            "Vào ngày 01/03/2025: Sản phẩm “Bánh cáy” của HTX Ví Dụ đạt 4 sao theo Quyết định 302/QĐ-UBND ngày 01/03/2022 của UBND tỉnh Hưng Yên, có hiệu lực đến hết ngày 30/06/2025.",
        ),
        (
            "en",
            "2026-11-24",
            "No longer certified on 2026-11-24, as the ledger stands today: the product “Bánh cáy” of HTX Ví Dụ was once recognised with 5 stars by Decision 303/QĐ-UBND of 2026-01-15, issued by UBND tỉnh Hưng Yên, revoked from 2026-11-01.",
        ),
        (
            "vi",
            "2026-11-24",
            "Không còn được công nhận vào ngày 24/11/2026, theo sổ chứng nhận đến hôm nay: sản phẩm “Bánh cáy” của HTX Ví Dụ từng đạt 5 sao theo Quyết định 303/QĐ-UBND ngày 15/01/2026 của UBND tỉnh Hưng Yên, đã bị thu hồi từ ngày 01/11/2026.",
        ),
        (
            "vi",
            "2026-11-23",
            "Không còn được công nhận: sản phẩm “Bánh cáy” của HTX Ví Dụ từng đạt 5 sao theo Quyết định 303/QĐ-UBND ngày 15/01/2026 của UBND tỉnh Hưng Yên, đã bị thu hồi từ ngày 01/11/2026.",
        ),
        (
            "vi",
            "2025-07-01",
            "Không còn được công nhận vào ngày 01/07/2025: sản phẩm “Bánh cáy” của HTX Ví Dụ từng đạt 4 sao theo Quyết định 302/QĐ-UBND ngày 01/03/2022 của UBND tỉnh Hưng Yên, đã hết hiệu lực từ ngày 01/07/2025.",
        ),
        (
            "vi",
            "2019-01-01",
            "Vào ngày 01/01/2019: Sản phẩm “Bánh cáy” của HTX Ví Dụ chưa được công nhận sản phẩm OCOP.",
        ),
    ] {
        let request = app.anonymous().request(Method::GET, &format!("/v1/verifications/{code}?on={on}"));
        let answer = Reply::of(request.header("Accept-Language", language)).await;
        assert_eq!(answer.expect(StatusCode::OK)["sentence"], sentence);
        assert_eq!(answer.header("content-language"), language);
        assert!(answer.header("vary").to_lowercase().contains("accept-language"));
    }
}

async fn what_cannot_be_verified_is_not_found(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let claimed = seed.product(maker, "Chưa rõ", VU_THU);
    seed.claim(&claimed);
    let absent = seed.product(maker, "Khác", VU_THU);
    seed.insert().await;
    for product in [&claimed, &absent] {
        app.anonymous().get(&verification(product)).await.expect_problem(404, "not_found");
    }
    let mut mistyped = claimed.code.as_str().to_owned().into_bytes();
    mistyped[0] = if mistyped[0] == b'0' { b'2' } else { b'0' };
    let mistyped = String::from_utf8(mistyped).expect("ASCII");
    for wrong in [mistyped.as_str(), "b%C3%A1nh%20c%C3%A1y", "%F0%9F%8D%AF", "123"] {
        let answer = app.anonymous().get(&format!("/v1/verifications/{wrong}")).await;
        let problem = answer.expect_problem(404, "not_found");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("gõ nhầm")), "{problem}");
    }
    let answer = app.anonymous().get(&format!("{}?on=2026-02-30&at=x", verification(&claimed))).await;
    answer.expect_problem(400, "invalid_parameters");
    assert_eq!(answer.faults().len(), 2);
}
