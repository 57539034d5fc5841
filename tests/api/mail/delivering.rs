//! What arrives, and how.

use super::{MINH, becomes, kept, letter, post, send, with_server};
use crate::cases;
use crate::harness::smtp::{Answer, SmtpServer, plain_credentials};
use crate::harness::{Case, TestApp};
use ocop_market::accounts::UserLanguage;
use reqwest::Method;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

pub fn cases() -> Vec<Case> {
    cases![
        letters_are_written_to_files,
        letters_come_in_their_readers_language,
        what_is_sent_is_forgotten,
        a_request_rings_for_the_postman,
        addresses_beyond_ascii_are_written_to,
        nothing_is_said_in_the_clear_unless_allowed,
        a_server_that_wants_to_know_us_is_told,
        the_sender_is_whom_the_operator_names,
        a_farewell_that_is_not_answered_does_no_harm,
        closing_finishes_the_letter_in_hand,
        wrong_settings_stop_the_start,
    ]
}

async fn letters_are_written_to_files(app: TestApp) {
    send(&app, MINH).await;
    let mail = app.mail_to(MINH).await;
    assert_eq!(mail.subject, "Phiên đăng nhập của bạn đã bị kết thúc để bảo vệ tài khoản");
    assert_eq!(mail.from, "no-reply@localhost");
    app.no_mail_to(MINH).await;

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

async fn letters_come_in_their_readers_language(app: TestApp) {
    let (app, server) = with_server(app);
    for language in [UserLanguage::Vi, UserLanguage::En] {
        post(&app, letter(&format!("{}@example.vn", language.as_str()), language)).await;
    }
    app.state.post.wake();
    let mut deliveries = server.has_taken(2).await;
    deliveries.sort_by(|one, other| other.to.cmp(&one.to));

    let [vietnamese, english] = deliveries.as_slice() else { panic!("{deliveries:?}") };
    assert_eq!(vietnamese.from, "no-reply@localhost");
    assert_eq!(vietnamese.to, ["vi@example.vn"]);
    assert_eq!(vietnamese.mail.to, "vi@example.vn");
    assert_eq!(vietnamese.mail.subject, "Phiên đăng nhập của bạn đã bị kết thúc để bảo vệ tài khoản");
    let body = include_str!("../../../src/mail/templates/session_stolen.vi.txt").split_once("\n\n");
    let body = body.expect("a subject and a body").1.replace("{started}", "10:00, 23/11/2026");
    assert_eq!(vietnamese.mail.body, body.trim_end());
    assert_eq!(
        vietnamese.mail.footer,
        "Thư này do OCOP Market (http://127.0.0.1:8080) tự động gửi. Xin đừng trả lời thư này: không có ai đọc thư trả lời."
    );

    assert_eq!(english.to, ["en@example.vn"]);
    assert_eq!(english.mail.subject, "A session of yours was ended to protect your account");
    let body = include_str!("../../../src/mail/templates/session_stolen.en.txt").split_once("\n\n");
    let body = body.expect("a subject and a body").1.replace("{started}", "10:00, 23/11/2026");
    assert_eq!(english.mail.body, body.trim_end());
    assert!(english.mail.footer.contains("http://127.0.0.1:8080"), "{}", english.mail.footer);

    for (mail, language) in [(&vietnamese.mail, "vi"), (&english.mail, "en")] {
        assert!(mail.raw.is_ascii(), "{}", mail.raw);
        for line in [
            "Date: Mon, 23 Nov 2026 03:00:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "MIME-Version: 1.0\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            &format!("Content-Language: {language}\r\n"),
            &format!("Message-ID: <{}>\r\n", mail.message_id),
        ] {
            assert_eq!(mail.raw.matches(line).count(), 1, "{line} in {}", mail.raw);
        }
        let (id, host) = mail.message_id.split_once('@').expect("an id");
        assert_eq!((id.len(), host), (36, "localhost"));
    }
}

async fn what_is_sent_is_forgotten(app: TestApp) {
    let (app, server) = with_server(app);
    send(&app, MINH).await;
    server.has_taken(1).await;
    let letter = becomes(&app, |letter| letter.sent_at.is_some()).await;
    assert_eq!((letter.body, letter.attempts, letter.last_error), (None, 1, None));
    assert_eq!(letter.failed_at, None);
    for _ in 0..3 {
        app.clock.advance_seconds(24 * 3600);
        app.state.post.wake();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.has_taken(1).await;
}

async fn a_request_rings_for_the_postman(app: TestApp) {
    let (app, server) = with_server(app);
    post(&app, letter(MINH, UserLanguage::Vi)).await;
    let began = Instant::now();
    // Whatever comes of it: a sign-in that fails may have had something to write.
    app.anonymous().request(Method::POST, "/v1/nothing").send().await.expect("an answer");
    server.has_taken(1).await;
    assert!(began.elapsed() < Duration::from_secs(4), "it took {:?}", began.elapsed());
}

async fn addresses_beyond_ascii_are_written_to(app: TestApp) {
    let (app, server) = with_server(app);
    // A domain has a form in ASCII, which every server knows.
    server.offer(&["8BITMIME"]);
    send(&app, "minh@hợptácxã.example.vn").await;
    let delivery = server.has_taken(1).await.remove(0);
    assert_eq!(delivery.to, ["minh@xn--hptcx-zqaq8452d.example.vn"]);
    assert_eq!(delivery.parameters, "");

    // What stands before the @ has none.
    server.offer(&["8BITMIME", "SMTPUTF8"]);
    send(&app, "nguyễn@example.vn").await;
    let delivery = server.has_taken(2).await.remove(1);
    assert_eq!(delivery.to, ["nguyễn@example.vn"]);
    assert_eq!(delivery.mail.to, "nguyễn@example.vn");
    assert_eq!(delivery.parameters, "SMTPUTF8 BODY=8BITMIME");

    server.offer(&["8BITMIME"]);
    send(&app, "trần@example.vn").await;
    app.outbox_is_empty().await;
    server.has_taken(2).await;
    let failed: Vec<_> = kept(&app).await.into_iter().filter(|letter| letter.failed_at.is_some()).collect();
    let [failed] = failed.as_slice() else { panic!("{failed:?}") };
    assert!(failed.last_error.as_deref().is_some_and(|error| error.contains("SMTPUTF8")), "{failed:?}");
}

async fn nothing_is_said_in_the_clear_unless_allowed(app: TestApp) {
    let server = SmtpServer::start();
    server.offer(&["8BITMIME", "AUTH PLAIN"]);
    let url = format!("smtp://shop:secret@{}", server.address());
    let required = TestApp::start(app.engine, &["--mail-url", &url]);
    send(&required, MINH).await;
    let letter = becomes(&required, |letter| letter.last_error.is_some()).await;
    assert!(letter.last_error.as_deref().is_some_and(|error| error.contains("STARTTLS")), "{letter:?}");
    assert_eq!((letter.attempts, letter.failed_at), (1, None));
    let said = server.heard();
    assert!(said.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{said:?}");
    drop(required);

    let if_offered = TestApp::start(app.engine, &["--mail-url", &format!("{url}?tls=opportunistic")]);
    send(&if_offered, MINH).await;
    server.has_taken(1).await;
}

async fn a_server_that_wants_to_know_us_is_told(app: TestApp) {
    let server = SmtpServer::start();
    server.offer(&["8BITMIME", "AUTH PLAIN LOGIN"]);
    let url = format!("smtp://shop%40example.vn:m%E1%BA%ADt%20kh%E1%BA%A9u@{}?tls=none", server.address());
    let app = TestApp::start(app.engine, &["--mail-url", &url]);
    send(&app, MINH).await;
    server.has_taken(1).await;
    let heard = server.heard();
    let auth = heard.iter().find(|line| line.starts_with("AUTH")).expect("AUTH");
    assert_eq!(plain_credentials(auth), ("shop@example.vn".to_owned(), "mật khẩu".to_owned()));
}

async fn the_sender_is_whom_the_operator_names(app: TestApp) {
    let server = SmtpServer::start();
    let arguments = [
        "--mail-url",
        &server.url(),
        "--mail-from=Chợ OCOP, miền Bắc <cho@ocop.example.vn>",
        "--issuer=https://market.example.vn:8443",
    ];
    let app = TestApp::start(app.engine, &arguments);
    send(&app, MINH).await;
    let delivery = server.has_taken(1).await.remove(0);
    assert_eq!(
        (delivery.from.as_str(), delivery.mail.from.as_str()),
        ("cho@ocop.example.vn", "cho@ocop.example.vn")
    );
    assert_eq!(delivery.mail.from_name.as_deref(), Some("Chợ OCOP, miền Bắc"));
    assert!(delivery.mail.message_id.ends_with("@market.example.vn"), "{}", delivery.mail.message_id);
    assert!(delivery.mail.footer.contains("https://market.example.vn:8443"), "{}", delivery.mail.footer);
    assert_eq!(server.heard().first().map(String::as_str), Some("EHLO market.example.vn"));
}

async fn a_farewell_that_is_not_answered_does_no_harm(app: TestApp) {
    let (app, server) = with_server(app);
    server.answer("QUIT", Answer::Late(Duration::from_secs(20)));
    send(&app, MINH).await;
    becomes(&app, |letter| letter.sent_at.is_some()).await;
    server.has_taken(1).await;
}

async fn closing_finishes_the_letter_in_hand(app: TestApp) {
    let (app, server) = with_server(app);
    server.answer(".", Answer::Late(Duration::from_millis(500)));
    send(&app, MINH).await;
    server.has_heard("DATA", 1).await;
    app.state.post.close().await;
    let letters = kept(&app).await;
    assert!(letters.iter().all(|letter| letter.sent_at.is_some()), "{letters:?}");
    server.has_taken(1).await;
    // And none is taken up any more.
    send(&app, MINH).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.has_taken(1).await;
}

async fn wrong_settings_stop_the_start(app: TestApp) {
    for (argument, name) in [
        ("--mail-url=smtp://shop:geheim@", "--mail-url"),
        ("--mail-url=smtp://shop:geheim@mail.example.vn?tls=nein", "--mail-url"),
        ("--mail-url=imap://shop:geheim@mail.example.vn", "--mail-url"),
        ("--mail-from=nobody", "--mail-from"),
        ("--mail-from=A <a@example.vn>\r\nBcc: b@example.vn", "--mail-from"),
    ] {
        let mut config = app.state.config.clone();
        let other = ocop_market::config::Config::from_arguments([argument]).expect("an option we have");
        (config.mail_url, config.mail_from) = (other.mail_url, other.mail_from);
        let Err(error) = ocop_market::app::App::open(config, app.state.world.clone()) else {
            panic!("{argument} is taken")
        };
        let line = error.to_string();
        assert!(line.starts_with(name) && !line.contains('\n') && !line.contains("geheim"), "{line}");
    }
}
