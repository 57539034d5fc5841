//! What is told of the contract afterwards, and to whom.

use super::{
    BAKER, CAMPAIGN, CONTRACT_VALUE, FAIR, HOST, MOU_VALUE, OFFICE, PURCHASER, SECOND, Story, THIRD, kinds,
    text,
};
use crate::harness::Reply;
use ocop_market::leads::source_key;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What an event, the province, a campaign get of the contract: 60, 30 and 10 per cent, to the đồng.
const OF_FAIR: i64 = 288_000_001;
const OF_PROVINCE: i64 = 144_000_000;
const OF_CAMPAIGN: i64 = 48_000_000;
const _: () = assert!(OF_FAIR + OF_PROVINCE + OF_CAMPAIGN == CONTRACT_VALUE);

impl Story {
    pub async fn the_office_credits_it_to_whose_work_it_was(&self) {
        let office = self.by(OFFICE).await;
        let list = office.all(&format!("/v1/leads/{}/agreements", self.lead())).await;
        assert_eq!(list.len(), 2);
        let shares = json!({ "shares": [
            { "kind": "event", "name": FAIR, "share": 6000 },
            { "kind": "province", "name": "33", "share": 3000 },
            { "kind": "campaign", "name": CAMPAIGN, "share": 1000 },
        ] });
        for agreement in &list {
            let path = format!("/v1/leads/{}/agreements/{}", self.lead(), text(&agreement["id"]));
            let tag = office.get(&path).await.header("etag");
            let put = office.request(Method::PUT, &format!("{path}/attribution")).header("If-Match", tag);
            let credited = Reply::of(put.json(&shares)).await.expect(StatusCode::OK);
            if agreement["kind"] == "contract" {
                let parts = credited["attribution"].as_array().expect("shares").iter();
                let values: Vec<_> = parts.map(|share| share["value"].as_i64()).collect();
                assert_eq!(values, [Some(OF_FAIR), Some(OF_PROVINCE), Some(OF_CAMPAIGN)]);
            }
        }
    }

    async fn report(&self, email: &str, query: &str) -> Value {
        self.by(email).await.get(&format!("/v1/reports/leads?{query}")).await.expect(StatusCode::OK)
    }

    /// The ids of the leads that a link of a report leads to.
    async fn listed(&self, email: &str, link: &Value) -> Vec<String> {
        let link = text(link);
        let path = link.find("/v1/").and_then(|from| link.get(from..)).expect("a path of the service");
        self.by(email).await.all(path).await.iter().map(|lead| text(&lead["id"])).collect()
    }

    pub async fn reports_count_it_once(&self) {
        // By the place of the producer: of before the merger of the provinces, and of today.
        for (query, key) in [("by=former_district", "344"), ("by=commune", "13192")] {
            let report = self.report(OFFICE, query).await;
            assert_eq!(sum(&report, "contract_value"), CONTRACT_VALUE, "{report}");
            for of in [&report["total"], row(&report, key)] {
                let figures =
                    ["contracts", "contract_value", "mous", "mou_value", "quoted", "sampled", "converted"];
                let told: Vec<_> = figures.iter().map(|name| of[*name].as_i64()).collect();
                let quoted = if of["key"].is_null() { 2 } else { 1 };
                let due = [1, CONTRACT_VALUE, 1, MOU_VALUE, quoted, 1, 1];
                assert_eq!(told, due.map(Some), "{query}: {of}");
            }
            assert_eq!(
                row(&report, key)["leads"],
                1,
                "the lead from the stand and that of the website are one"
            );
            assert_eq!(report["total"]["leads"], 7, "of three bakeries, and of four visitors more");
            let behind = self.listed(OFFICE, &row(&report, key)["links"]["leads"]).await;
            assert_eq!(behind, [self.lead()]);
        }
        // By whose work it was: the parts come to the whole.
        for (by, key, part) in [
            ("event", source_key(FAIR), OF_FAIR),
            ("province", "33".to_owned(), OF_PROVINCE),
            ("campaign", source_key(CAMPAIGN), OF_CAMPAIGN),
        ] {
            let report = self.report(OFFICE, &format!("by={by}")).await;
            assert_eq!(row(&report, &key)["contract_value"], part, "{report}");
            assert_eq!(row(&report, "none")["contract_value"], CONTRACT_VALUE - part, "{report}");
            assert_eq!(report["total"]["contract_value"], CONTRACT_VALUE, "{report}");
            assert_eq!(report["total"]["contracts"], 1, "in two rows, and one contract");
            let behind = self.listed(OFFICE, &row(&report, &key)["links"]["agreements"]).await;
            assert_eq!(behind, [self.lead()], "{by}");
        }
        let of_fair = self
            .report(OFFICE, &format!("by=former_district&event={}", source_key(FAIR).replace(' ', "+")))
            .await;
        assert_eq!(of_fair["total"]["contract_value"], OF_FAIR, "{of_fair}");
    }

    pub async fn the_file_and_the_dossier_have_it(&self) {
        let office = self.by(OFFICE).await;
        let export =
            office.request(Method::GET, "/v1/leads/export?format=csv&former_district=344&merged=false");
        let export = Reply::of(export.header("Accept-Language", "en")).await;
        assert_eq!(export.status, StatusCode::OK, "{}", export.text);
        let mut reader = csv::Reader::from_reader(export.text.trim_start_matches('\u{feff}').as_bytes());
        let rows: Vec<HashMap<String, String>> =
            reader.deserialize().map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(
            (rows[0]["Lead id"].as_str(), rows[0]["Stage"].as_str()),
            (self.lead(), "contract_signed")
        );
        assert_eq!(rows[0]["Value of contracts (VND)"], CONTRACT_VALUE.to_string());
        assert_eq!(
            (rows[0]["Contact"].as_str(), rows[0]["E-mail"].as_str()),
            ("", ""),
            "the office has not asked for it"
        );

        let path = format!("/v1/organisations/{}/promotion-sheet?set=6", self.bakeries[0].id);
        for reader in [BAKER, OFFICE] {
            let sheet = self.by(reader).await.get(&path).await.expect(StatusCode::OK);
            let agreements = sheet["content"]["agreements"].as_array().expect("agreements");
            let proofs: Vec<_> = agreements
                .iter()
                .map(|one| (text(&one["kind"]), one["value"].as_i64(), text(&one["evidence"][0]["sha256"])))
                .collect();
            let due = |kind: &str, value, hash: &String| (kind.to_owned(), Some(value), hash.clone());
            let expected =
                [due("mou", MOU_VALUE, &self.memorandum), due("contract", CONTRACT_VALUE, &self.contract)];
            assert!(expected.iter().all(|one| proofs.contains(one)) && proofs.len() == 2, "{proofs:?}");
            assert_eq!(
                sheet["content"]["promotions"][0]["event"], FAIR,
                "{}",
                sheet["content"]["promotions"]
            );
        }
        // A paper copy proves itself: the file behind the hash is given out with it.
        let agreements = office.all(&format!("/v1/leads/{}/agreements", self.lead())).await;
        let contract = agreements.iter().find(|one| one["kind"] == "contract").expect("the contract");
        let paper = office.get(&text(&contract["evidence"][0]["url"])).await;
        assert_eq!(paper.header("etag"), format!("\"{}\"", self.contract));
        paper.expect_text(&super::pdf("12/2026/HĐMB"));
        for stranger in [SECOND, PURCHASER, HOST] {
            self.by(stranger).await.get(&path).await.expect_problem(404, "not_found");
        }
    }

    pub async fn the_others_see_what_is_theirs(&self) {
        // The office reads that there are offers and what was signed, not the prices, nor who to call.
        let of_office = self.read(OFFICE, self.lead()).await;
        assert_eq!(
            (&of_office["stage"], &of_office["contact_state"]),
            (&json!("contract_signed"), &json!("hidden"))
        );
        let offers = self.by(OFFICE).await.get(&format!("/v1/leads/{}/quotes", self.lead())).await;
        assert_eq!(offers.expect(StatusCode::OK)["items"].as_array().map(Vec::len), Some(3));
        assert!(!offers.text.contains("41000") && !of_office.to_string().contains("thumua@"));
        assert!(kinds(&of_office).iter().any(|kind| kind == "mou"));
        // The organiser reads of the lead that it recorded where it goes on.
        let of_host = self.read(HOST, &self.at_stand).await;
        assert_eq!(of_host["merged_into"], json!(self.lead()));
        self.nothing_is_told_to_the_other_bakeries().await;
        self.everybody_reads_counts_alone().await;
    }

    async fn nothing_is_told_to_the_other_bakeries(&self) {
        for (owner, own) in [(SECOND, &self.leads[1]), (THIRD, &self.leads[2])] {
            let by = self.by(owner).await;
            for what in ["", "/events", "/quotes", "/agreements"] {
                let path = format!("/v1/leads/{}{what}", self.lead());
                let reply = if what == "/events" {
                    by.post(&path, &json!({ "type": "call" })).await
                } else {
                    by.get(&path).await
                };
                reply.expect_problem(404, "not_found");
            }
            by.get(&format!("/v1/leads/{}", self.at_stand)).await.expect_problem(404, "not_found");
            by.get(&format!("/v1/enquiries/{}/quotes", self.enquiry)).await.expect_problem(404, "not_found");
            let listed = by.all("/v1/leads").await;
            assert_eq!(listed.len(), 3, "its own: one of the enquiry, two of the fair");
            let lead = self.read(owner, own).await;
            let report = self.report(owner, "by=stars").await;
            let export = by.get("/v1/leads/export?format=csv").await.text;
            assert_eq!((&report["total"]["contracts"], &report["total"]["mous"]), (&json!(0), &json!(0)));
            let everything = format!("{}{lead}{report}{export}", Value::from(listed));
            let first = &self.bakeries[0];
            for word in [self.lead(), &first.id, &first.cake, "480000001", "Vũ Thư", "HĐMB", &self.contract]
            {
                assert!(!everything.contains(word), "{word} is told to {owner}");
            }
        }
        // The third has not answered: to it the enquiry is as it came, and no letter tells of more.
        assert_eq!(kinds(&self.read(THIRD, &self.leads[2]).await), ["enquiry", "reminded"]);
        for owner in [SECOND, THIRD] {
            self.app.no_mail_to(owner).await;
        }
    }

    async fn everybody_reads_counts_alone(&self) {
        let before = self.app.anonymous().get("/v1/reports/leads?by=province").await.expect(StatusCode::OK);
        assert_eq!(before["filter"]["to"], "2026-11-23", "until yesterday");
        assert_eq!(row(&before, "33")["leads"], 7, "{before}");
        assert!(
            row(&before, "33")["contracts"].is_null() && row(&before, "33")["links"].is_null(),
            "{before}"
        );
        assert!(!before.to_string().contains("value"), "what it was worth is not for everybody: {before}");
        for closed in ["/v1/leads", "/v1/leads/export", "/v1/reports/leads?by=event"] {
            assert!(self.app.anonymous().get(closed).await.status.is_client_error(), "{closed}");
        }
    }
}

fn row<'a>(report: &'a Value, key: &str) -> &'a Value {
    let rows = report["rows"].as_array().expect("rows");
    rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no row {key} in {report}"))
}

fn sum(report: &Value, figure: &str) -> i64 {
    report["rows"].as_array().expect("rows").iter().filter_map(|row| row[figure].as_i64()).sum()
}
