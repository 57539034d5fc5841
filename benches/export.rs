//! What an export costs: a row of CSV and of XLSX, and compressing a bucket. `cargo bench --bench export`.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ocop_market::catalogue::export::frames::{gzip_piece, zstd_frame};
use ocop_market::catalogue::export::{csv, xlsx};
use ocop_market::catalogue::linked_data;
use ocop_market::catalogue::published::Published;
use ocop_market::db::Day;
use ocop_market::say::Language;
use serde_json::{Value, json};

fn main() {
    divan::main();
}

const NAMES: [&str; 8] = [
    "Bánh cáy truyền thống",
    "Nước mắm cốt Diêm Điền",
    "Trà sen tơ sấy lạnh",
    "Mật ong hoa nhãn",
    "Chả cá thát lát",
    "Gạo nếp cái hoa vàng",
    "Miến dong chân quê",
    "Kẹo lạc vừng đen",
];

/// Documents of the catalogue's form and size, each a little different.
fn documents(n: u64) -> Vec<Vec<u8>> {
    let unit = |code: u64, name: &str| json!({"code": code.to_string(), "name": name});
    let mut state = 7_u64;
    let mut chance = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let document = move |_: u64| {
        let name = usize::try_from(chance(8)).ok().and_then(|n| NAMES.get(n)).unwrap_or(&"Trà");
        let (serial, commune, day) = (chance(100_000), 10_000 + chance(3_321), chance(28) + 1);
        let id = |high: u64, low: u64| {
            format!("01999f6e-{:04x}-7d55-9a3e-{:012x}", high % 65_536, (low << 8) | (high % 256))
        };
        let (product, producer) =
            (id(chance(1 << 30), chance(1 << 30)), id(chance(1 << 30), chance(1 << 30)));
        let certificates: Vec<Value> = (0..chance(3))
            .map(|n| {
                json!({"kind": if n == 0 { "vietgap" } else { "haccp" },
                "number": format!("VG-{:05}", chance(100_000)), "issuer": "Tổ chức chứng nhận (minh họa)",
                "valid_until": format!("2027-05-{day:02}")})
            })
            .collect();
        let document = json!({
            "id": product, "code": format!("7K3F9-{:05X}", serial),
            "name": format!("{name} số {serial}"),
            "producer": {"id": producer, "name": format!("Hợp tác xã nông nghiệp số {} (minh họa)", serial % 9_000)},
            "stars": 3 + chance(3),
            "group": {"code": "food", "name": {"vi": "Thực phẩm", "en": "Food"}},
            "set": {"set_no": 1 + chance(26), "name": {"vi": "Chế biến từ gạo, ngũ cốc", "en": "Rice and cereal products"}},
            "place": {"province": unit(33, "Tỉnh Hưng Yên"), "commune": unit(commune, &format!("Xã Số {commune}")),
                "former": {"province": unit(34, "Tỉnh Thái Bình"), "district": unit(338, "Huyện Đông Hưng"),
                    "commune": unit(commune + 7, &format!("Xã Cũ {commune}"))}},
            "gtin": (chance(2) == 0).then(|| format!("893{:010}", chance(1 << 30))),
            "certification": {"id": id(chance(1 << 30), serial), "state": "valid",
                "decision": {"issuer": "UBND tỉnh Hưng Yên", "number": format!("{serial}/QĐ-UBND"),
                    "decided_on": format!("2025-06-{day:02}")},
                "valid_until": format!("2028-06-{day:02}"), "in_force_until": format!("2028-06-{day:02}")},
            "updated_at": format!("2026-11-{day:02}T17:15:30.{:06}Z", chance(1_000_000)),
            "score": 50.0 + f64::from(u32::try_from(chance(500)).unwrap_or_default()) / 10.0,
            "criteria_version": "2023", "taxonomy": "2023",
            "source_url": format!("https://example.vn/quyet-dinh/{serial}.pdf"),
            "verification_url": format!("/v1/verifications/7K3F9-{serial:05X}"),
            "producer_products": {"url": format!("/v1/products?producer={producer}")},
            "certificates": certificates, "price_from": 20_000 + chance(400) * 1_000, "price_unit": "XBX",
            "season_months": [1, 2, 12],
        });
        serde_json::to_vec(&document).unwrap_or_default()
    };
    (0..n).map(document).collect()
}

#[divan::bench]
fn read(bencher: Bencher) {
    let documents = documents(1_000);
    bencher
        .counter(ItemsCount::new(documents.len()))
        .bench(|| documents.iter().filter(|document| Published::read(black_box(document)).is_ok()).count());
}

#[divan::bench]
fn csv_rows(bencher: Bencher) {
    let documents = documents(1_000);
    bencher.counter(ItemsCount::new(documents.len())).bench(|| {
        let mut out = Vec::with_capacity(1 << 20);
        let done = csv::rows(black_box(&documents), Language::Vi, &mut out);
        (out, done.is_ok())
    });
}

#[divan::bench(sample_count = 10)]
fn xlsx_rows(bencher: Bencher) {
    let documents = documents(20_000);
    bencher.counter(ItemsCount::new(documents.len())).bench(|| {
        xlsx::file(black_box(&documents), Language::Vi, Day::constant(2026, 11, 23))
            .map(|(_, length)| length)
            .ok()
    });
}

#[divan::bench]
fn json_ld(bencher: Bencher) {
    let documents = documents(1_000);
    bencher.counter(ItemsCount::new(documents.len())).bench(|| {
        let made =
            documents.iter().filter_map(|document| linked_data::product(document, Language::Vi, "").ok());
        made.map(|data| data.len()).sum::<usize>()
    });
}

/// A bucket of a catalogue of 20,000 products.
fn bucket() -> Vec<u8> {
    documents(78)
        .into_iter()
        .flat_map(|mut document| {
            document.push(b'\n');
            document
        })
        .collect()
}

#[divan::bench]
fn gzip_bucket(bencher: Bencher) {
    let bucket = bucket();
    bencher.counter(BytesCount::new(bucket.len())).bench(|| gzip_piece(black_box(&bucket)).is_ok());
}

#[divan::bench]
fn zstd_bucket(bencher: Bencher) {
    let bucket = bucket();
    bencher.counter(BytesCount::new(bucket.len())).bench(|| zstd_frame(black_box(&bucket)).is_ok());
}
