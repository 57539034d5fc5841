//! The outbox and its postman: what is committed is sent, once as a rule and never not at all, in the reader's language.

use crate::cases;
use crate::harness::{Case, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::accounts::{Email, UserLanguage};
use ocop_market::db::{Conn, Failure};
use ocop_market::mail::{self, Letter, MailKind};
use std::os::unix::fs::PermissionsExt;

pub fn cases() -> Vec<Case> {
    cases![letters_are_written_to_files, what_is_rolled_back_is_not_sent]
}

fn letter(to: &str, language: UserLanguage) -> Letter {
    Letter {
        kind: MailKind::SessionStolen,
        to: Email::parse(to).expect("an address"),
        user: None,
        language,
        values: vec![("started", "10:00, 23/11/2026".to_owned())],
    }
}

/// Puts a letter into the outbox, as a handler does, and rings for the postman.
async fn send(app: &TestApp, letter: Letter) {
    let world = app.state.world.clone();
    let sent = app.state.db.write(move |conn| mail::send(conn, &world, &letter).map_err(Failure::from));
    sent.await.expect("the outbox takes it");
    app.state.post.wake();
}

async fn letters_are_written_to_files(app: TestApp) {
    send(&app, letter("minh@example.vn", UserLanguage::Vi)).await;
    let mail = app.mail_to("minh@example.vn").await;
    assert_eq!(mail.subject, "Phiên đăng nhập của bạn đã bị kết thúc để bảo vệ tài khoản");
    assert!(mail.body.starts_with("Xin chào,\n\n"), "{}", mail.body);
    assert!(mail.body.contains("phiên bắt đầu lúc 10:00, 23/11/2026."), "{}", mail.body);
    assert!(mail.footer.contains("http://127.0.0.1:8080"), "{}", mail.footer);
    assert_eq!(mail.from, "no-reply@localhost");
    app.no_mail_to("minh@example.vn").await;

    let folder = app.data_dir().join("mail");
    let mode = |path: &std::path::Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> =
        std::fs::read_dir(&folder).expect("the folder").flatten().map(|file| file.path()).collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!(mode(file), 0o600);
    let name = file.file_name().expect("a name").to_string_lossy().into_owned();
    let (time, id) = name.split_once("Z-").expect("a time and an id");
    assert_eq!(time, "2026-11-23T030000");
    assert_eq!(mail.message_id, format!("{}@localhost", id.trim_end_matches(".eml")));
}

async fn what_is_rolled_back_is_not_sent(app: TestApp) {
    let (world, letter) = (app.state.world.clone(), letter("minh@example.vn", UserLanguage::Vi));
    let write = move |conn: &mut Conn| -> Result<(), Failure> {
        mail::send(conn, &world, &letter)?;
        conn.batch_execute("SELECT * FROM nothing_of_that_name")?;
        Ok(())
    };
    app.state.db.write(write).await.expect_err("it fails after the letter");
    app.no_mail_to("minh@example.vn").await;
}
