//! What holds of the rows at any moment, whatever was killed.

use super::number;
use crate::harness::Engine;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use ocop_market::audit;
use ocop_market::db::Conn;

/// Of each, how many rows break it.
const BROKEN: &[(&str, &str)] = &[
    (
        "enquiries without a lead",
        "SELECT count(*) AS n FROM enquiries e WHERE NOT EXISTS (SELECT 1 FROM leads l WHERE l.enquiry_id = e.id)",
    ),
    (
        "leads without an item",
        "SELECT count(*) AS n FROM leads l WHERE NOT EXISTS (SELECT 1 FROM lead_items i WHERE i.lead_id = l.id)",
    ),
    (
        "leads without exactly one first event",
        "SELECT count(*) AS n FROM leads l WHERE 1 <>
            (SELECT count(*) FROM lead_events v WHERE v.lead_id = l.id AND v.kind = 'enquiry' AND v.at = l.created_at)",
    ),
    (
        "leads at another stage than their last move says",
        "SELECT count(*) AS n FROM leads l WHERE l.stage <> (SELECT v.to_stage FROM lead_events v
            WHERE v.lead_id = l.id AND v.to_stage IS NOT NULL ORDER BY v.at DESC, v.id DESC LIMIT 1)",
    ),
    (
        "moves from a stage where the lead did not stand",
        "SELECT count(*) AS n FROM lead_events v WHERE v.from_stage IS NOT NULL AND v.from_stage <> (SELECT b.to_stage
            FROM lead_events b WHERE b.lead_id = v.lead_id AND b.to_stage IS NOT NULL AND b.at < v.at
            ORDER BY b.at DESC LIMIT 1)",
    ),
    (
        "leads that go on in one that goes on itself, or of another producer",
        "SELECT count(*) AS n FROM leads l JOIN leads s ON s.id = l.merged_into
            WHERE s.merged_into IS NOT NULL OR s.producer_id <> l.producer_id",
    ),
    (
        "merged leads without their event",
        "SELECT count(*) AS n FROM leads l WHERE l.merged_into IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM lead_events v WHERE v.kind = 'merged' AND v.details LIKE '%' || l.id || '%')",
    ),
    (
        "quotes without a price",
        "SELECT count(*) AS n FROM quotes q WHERE NOT EXISTS (SELECT 1 FROM quote_prices p WHERE p.quote_id = q.id)",
    ),
    (
        "leads with more or fewer quotes than events of quotes",
        "SELECT count(*) AS n FROM leads l WHERE (SELECT count(*) FROM quotes q WHERE q.lead_id = l.id) <>
            (SELECT count(*) FROM lead_events v WHERE v.lead_id = l.id AND v.kind IN ('quote', 'counter_offer'))",
    ),
    (
        "quotes that leave out a number",
        "SELECT count(*) AS n FROM (SELECT lead_id FROM quotes GROUP BY lead_id HAVING max(number) <> count(*)) gaps",
    ),
    (
        "agreements without evidence",
        "SELECT count(*) AS n FROM agreements a WHERE NOT EXISTS
            (SELECT 1 FROM agreement_files f WHERE f.agreement_id = a.id)",
    ),
    (
        "agreements whose shares are not the whole",
        "SELECT count(*) AS n FROM agreements a WHERE 10000 <>
            (SELECT coalesce(sum(s.share), 0) FROM agreement_shares s WHERE s.agreement_id = a.id)",
    ),
    (
        "agreements without exactly one event of their own",
        "SELECT count(*) AS n FROM agreements a WHERE 1 <> (SELECT count(*) FROM lead_events v
            WHERE v.lead_id = a.lead_id AND v.kind = a.kind AND v.details LIKE '%' || a.id || '%')",
    ),
    (
        "events of agreements that are not there",
        "SELECT abs((SELECT count(*) FROM agreements) - (SELECT count(*) FROM lead_events
            WHERE kind IN ('mou', 'principle_contract', 'contract'))) AS n",
    ),
    (
        "agreements in force whose lead, or the one that goes on for it, has not come to their stage",
        "SELECT count(*) AS n FROM agreements a JOIN leads l ON l.id = a.lead_id
            JOIN leads s ON s.id = coalesce(l.merged_into, l.id)
            WHERE a.voided_at IS NULL AND s.stage NOT IN ('contract_signed', 'first_order', 'repeat')
                AND (a.kind <> 'mou' OR s.stage <> 'mou_signed')",
    ),
    (
        "leads at a stage that only an agreement leads to, without one in force",
        "SELECT count(*) AS n FROM leads s WHERE s.merged_into IS NULL AND s.stage IN ('mou_signed', 'contract_signed')
            AND NOT EXISTS (SELECT 1 FROM agreements a JOIN leads l ON l.id = a.lead_id
                WHERE coalesce(l.merged_into, l.id) = s.id AND a.voided_at IS NULL
                    AND (a.kind = 'mou') = (s.stage = 'mou_signed'))",
    ),
    (
        "voided agreements without exactly one event of it, or the other way round",
        "SELECT count(*) AS n FROM agreements a WHERE (a.voided_at IS NOT NULL) <> (1 = (SELECT count(*)
            FROM lead_events v WHERE v.kind = 'agreement_voided' AND v.details LIKE '%' || a.id || '%'))",
    ),
    (
        "agreements, voidings or mergers that the audit log does not have once",
        "SELECT abs((SELECT count(*) FROM agreements)
                - (SELECT count(*) FROM audit_entries WHERE action = 'agreement.recorded'))
            + abs((SELECT count(*) FROM agreements WHERE voided_at IS NOT NULL)
                - (SELECT count(*) FROM audit_entries WHERE action = 'agreement.voided'))
            + abs((SELECT count(*) FROM leads WHERE merged_into IS NOT NULL)
                - (SELECT count(*) FROM audit_entries WHERE action = 'lead.merged')) AS n",
    ),
    (
        "files that are used and not known to be, or the other way round",
        "SELECT count(*) AS n FROM files f WHERE (f.used_at IS NOT NULL) <>
            (EXISTS (SELECT 1 FROM agreement_files a WHERE a.file_id = f.id)
                OR EXISTS (SELECT 1 FROM enquiry_files e WHERE e.file_id = f.id))",
    ),
    ("files without their content", "SELECT count(*) AS n FROM files WHERE content IS NULL OR length(content) <> size"),
    ("keys without an answer", "SELECT count(*) AS n FROM idempotency_keys WHERE status < 200 OR body = ''"),
    (
        "enquiries that neither a key nor a device stands for, or the other way round",
        "SELECT abs((SELECT count(*) FROM enquiries WHERE message LIKE 'enquiry %')
            - (SELECT count(*) FROM idempotency_keys WHERE scope LIKE 'POST /v1/leads %')) AS n",
    ),
    (
        "captured enquiries without the device's item, or the other way round",
        "SELECT abs((SELECT count(*) FROM enquiries WHERE message LIKE 'captured %')
            + (SELECT count(*) FROM lead_events WHERE note LIKE 'captured %' OR kind = 'enriched')
            - (SELECT count(*) FROM capture_items WHERE done_at IS NOT NULL)) AS n",
    ),
    (
        "items that wait for an enquiry which is there",
        "SELECT count(*) AS n FROM capture_items c WHERE c.done_at IS NULL
            AND EXISTS (SELECT 1 FROM enquiries e WHERE e.id = c.enquiry_id)",
    ),
];

pub fn hold(conn: &mut Conn, engine: Engine) {
    for (what, sql) in BROKEN {
        assert_eq!(number(conn, sql), 0, "{engine}: {what}");
    }
}

/// What would be seen if it were not so: the rows are broken in one way after the other, and put right again.
pub fn would_break(conn: &mut Conn, engine: Engine) {
    for damage in [
        "DELETE FROM lead_items",
        "DELETE FROM lead_events WHERE kind = 'enquiry'",
        "DELETE FROM lead_events WHERE kind = 'quote'",
        "DELETE FROM lead_events WHERE kind = 'merged'",
        "DELETE FROM lead_events WHERE kind = 'contract'",
        "DELETE FROM lead_events WHERE kind = 'agreement_voided'",
        "DELETE FROM lead_events WHERE kind = 'enriched'",
        "DELETE FROM quote_prices",
        "DELETE FROM agreement_files",
        "DELETE FROM agreement_shares WHERE position > 0",
        "DELETE FROM enquiry_files",
        "UPDATE agreements SET voided_at = NULL, voided_by = NULL, void_reason = NULL",
        "UPDATE leads SET stage = 'quoted' WHERE stage = 'contract_signed'",
        "UPDATE leads SET stage = 'contract_signed' WHERE stage = 'quoted'",
        "UPDATE leads SET merged_into = NULL",
        "UPDATE files SET used_at = NULL",
        "UPDATE idempotency_keys SET body = ''",
        "UPDATE capture_items SET done_at = NULL, content = '{}'",
    ] {
        conn.batch_execute("BEGIN").expect("a transaction");
        conn.batch_execute(damage).unwrap_or_else(|error| panic!("{damage}: {error}"));
        let seen = BROKEN.iter().any(|(_, sql)| number(conn, sql) > 0);
        conn.batch_execute("ROLLBACK").expect("as before");
        assert!(seen, "{engine}: nobody would see this: {damage}");
    }
}

/// What is too slow to be asked after each kill.
pub fn hold_at_the_end(conn: &mut Conn, engine: Engine) {
    if engine == Engine::Sqlite {
        for (what, sql) in [
            (
                "the file is sound",
                "SELECT count(*) AS n FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
            ),
            ("what is referred to is there", "SELECT count(*) AS n FROM pragma_foreign_key_check"),
        ] {
            assert_eq!(number(conn, sql), 0, "{what}");
        }
    }
    let chain = audit::verify::verify(conn, &[], |_, _| ()).expect("the log is read");
    assert!(chain.is_ok(), "{engine}: {}", chain.err().map(|broken| broken.to_string()).unwrap_or_default());
}

#[derive(QueryableByName)]
struct Marked {
    #[diesel(sql_type = Text)]
    mark: String,
    #[diesel(sql_type = Text)]
    id: String,
}

/// What marks each row that a statement finds, and its id.
pub fn marked(conn: &mut Conn, sql: &str) -> Vec<(String, String)> {
    let rows: Vec<Marked> = sql_query(sql).load(conn).unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter().map(|row| (row.mark, row.id)).collect()
}
