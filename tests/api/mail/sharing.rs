//! Several instances on one database.

use super::{kept, letter, post, with_server};
use crate::cases;
use crate::harness::{Case, TestApp};
use ocop_market::accounts::UserLanguage;
use std::collections::HashMap;

pub fn cases() -> Vec<Case> {
    cases![instances_send_each_letter_once]
}

async fn instances_send_each_letter_once(app: TestApp) {
    const LETTERS: usize = 60;
    let (first, server) = with_server(app);
    let second = first.beside(&["--mail-url", &server.url()]);
    let third = first.beside(&["--mail-url", &server.url()]);
    for n in 0..LETTERS {
        let from = [&first, &second, &third][n % 3];
        post(from, letter(&format!("n{n}@example.vn"), UserLanguage::Vi)).await;
        for instance in [&first, &second, &third] {
            instance.state.post.wake();
        }
    }
    first.outbox_is_empty().await;
    let mut times: HashMap<String, usize> = HashMap::new();
    for delivery in server.deliveries() {
        let [to] = delivery.to.as_slice() else { panic!("{delivery:?}") };
        *times.entry(to.clone()).or_default() += 1;
    }
    assert_eq!(times.len(), LETTERS);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert!(kept(&first).await.iter().all(|letter| letter.attempts == 1));
}
