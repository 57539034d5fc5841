//! `POST /v1/image-imports`: pictures fetched from where they may be, and nothing from where they may not.

use super::pictures::{self, RED, halves};
use super::{Scene, assert_colour, lying, seen, send, urls};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::count;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

pub fn cases() -> Vec<Case> {
    cases![
        a_picture_is_fetched,
        redirects_are_followed_by_hand,
        addresses_that_are_not_public_are_refused_in_every_form,
        names_that_lead_inside_are_refused,
        redirects_inside_are_refused,
        nothing_of_the_caller_goes_along,
        what_does_not_answer_well_is_refused_alike,
    ]
}

/// What a server says to a path: status line and headers, then a body.
pub type Answers = fn(&str) -> (String, Vec<u8>);

/// A small server on this machine, somebody else's.
pub struct Server {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let noted = heard.clone();
        std::thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let mut reader = BufReader::new(line.try_clone().expect("a handle"));
                let (mut request, mut next) = (String::new(), String::new());
                while reader.read_line(&mut next).is_ok_and(|length| length > 2) {
                    request.push_str(&next);
                    next.clear();
                }
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                noted.lock().unwrap().push(request);
                let (head, body) = answers(&path);
                let mut line = line;
                let _ = line.write_all(head.as_bytes()).and_then(|()| line.write_all(&body));
            }
        });
        Self { address, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

pub fn ok(body: Vec<u8>) -> (String, Vec<u8>) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    (head, body)
}

fn to(location: &str) -> (String, Vec<u8>) {
    let head = format!(
        "HTTP/1.1 302 Found\r\nLocation: {location}\r\nSet-Cookie: theo=doi\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    (head, Vec::new())
}

fn gallery(path: &str) -> (String, Vec<u8>) {
    match path {
        "/banh.jpg" => ok(pictures::jpeg(&halves(120, 80))),
        "/trang.html" => ok(b"<html></html>".to_vec()),
        "/chuyen" => to("/chuyen-nua"),
        "/chuyen-nua" => to("http://khac.example.vn/banh.jpg"),
        "/vong" => to("/vong"),
        "/ba" => to("/chuyen-ba"),
        "/chuyen-ba" => to("/chuyen"),
        "/vao-may-nay" => to("http://127.0.0.1/"),
        "/vao-dam-may" => to("http://169.254.169.254/latest/meta-data/"),
        "/vao-so" => to("http://2852039166/"),
        "/vao-ten" => to("http://ben-trong.example.vn/banh.jpg"),
        "/vao-cong" => to("http://khac.example.vn:8080/banh.jpg"),
        "/vao-tep" => to("file:///etc/passwd"),
        "/vao-nguoi" => to("http://ai:do@khac.example.vn/banh.jpg"),
        "/khong-dau" => {
            ("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(), Vec::new())
        }
        "/hua-lon" => (
            "HTTP/1.1 200 OK\r\nContent-Length: 26214401\r\nConnection: close\r\n\r\n".to_owned(),
            b"x".to_vec(),
        ),
        // It does not say how much it is going to send.
        "/lon" => ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_owned(), vec![0xff; 26_214_401]),
        "/dut" => {
            ("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n".to_owned(), b"x".to_vec())
        }
        "/loi" => (
            "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
            Vec::new(),
        ),
        "/rac" => ("not HTTP at all\r\n\r\n".to_owned(), Vec::new()),
        _ => (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
            Vec::new(),
        ),
    }
}

/// A gallery that may be spoken to, under two names.
fn open(app: &TestApp) -> Server {
    let server = Server::start(gallery);
    app.network.except(server.address);
    for name in ["anh.example.vn", "khac.example.vn"] {
        app.network.lead(name, &[server.address]);
    }
    server
}

async fn fetch(by: &Actor, url: &str) -> Reply {
    by.post("/v1/image-imports", &json!({ "url": url })).await
}

/// The one answer to whatever cannot be fetched.
#[track_caller]
fn assert_refused(reply: &Reply, url: &str) {
    assert_eq!(reply.status.as_u16(), 422, "{url}: {}", reply.text);
    assert_eq!(reply.faults(), [("/url".to_owned(), "not_fetched".to_owned())], "{url}");
    let mut problem = reply.json();
    problem.as_object_mut().expect("members").remove("request_id");
    let expected = json!({
        "type": "urn:ocop-market:problem:invalid_body",
        "title": "Nội dung không hợp lệ",
        "status": 422,
        "code": "invalid_body",
        "errors": [{
            "pointer": "/url",
            "code": "not_fetched",
            "detail": "Không lấy được hình từ địa chỉ này; địa chỉ phải là http hoặc https công khai, không quá 25 MB.",
        }],
    });
    assert_eq!(problem, expected, "{url}");
}

async fn a_picture_is_fetched(app: TestApp) {
    let (scene, server) = (Scene::set(&app).await, open(&app));
    let reply = fetch(&scene.editor, "http://anh.example.vn/banh.jpg").await;
    let image = reply.expect(StatusCode::CREATED);
    assert_eq!(reply.header("location"), format!("/v1/images/{}", image["id"].as_str().expect("an id")));
    assert_eq!(image["organisation_id"], json!(scene.maker.id));
    assert_colour(&seen(&app, &urls(&image, "image/webp")[0]).await, (10, 10), RED);
    // The same as if it had been sent.
    let sent = send(&scene.editor, pictures::jpeg(&halves(120, 80))).await.expect(StatusCode::OK);
    assert_eq!(sent, image);
    fetch(&scene.editor, "http://anh.example.vn/banh.jpg").await.expect(StatusCode::OK);
    assert_eq!(server.heard().len(), 2);
    fetch(&scene.editor, "http://anh.example.vn/trang.html").await.expect_problem(422, "unreadable_file");
    let elsewhere = format!("/v1/image-imports?organisation={}", scene.other.id);
    let body = json!({ "url": "http://anh.example.vn/banh.jpg" });
    scene.editor.post(&elsewhere, &body).await.expect_problem(404, "not_found");
    app.anonymous().post("/v1/image-imports", &body).await.expect_problem(401, "unauthenticated");
    assert_eq!((server.heard().len(), count(&app, "images").await), (3, 1));
}

async fn redirects_are_followed_by_hand(app: TestApp) {
    let (scene, server) = (Scene::set(&app).await, open(&app));
    fetch(&scene.editor, "http://anh.example.vn/chuyen").await.expect(StatusCode::CREATED);
    // Each name is looked up once for each request that goes to it: what was looked at is what is spoken to.
    assert_eq!(app.network.asked(), ["anh.example.vn", "anh.example.vn", "khac.example.vn"]);
    assert_eq!(server.heard().len(), 3);
    // Three redirects are followed, the fourth is not.
    assert_refused(&fetch(&scene.editor, "http://anh.example.vn/ba").await, "/ba");
    assert_eq!(server.heard().len(), 3 + 4);
    assert_refused(&fetch(&scene.editor, "http://anh.example.vn/vong").await, "/vong");
    assert_eq!(server.heard().len(), 3 + 4 + 4);
}

async fn addresses_that_are_not_public_are_refused_in_every_form(app: TestApp) {
    let (scene, server) = (Scene::set(&app).await, open(&app));
    let port = server.address.port();
    for url in [
        format!("http://127.0.0.1:{port}/banh.jpg"),
        format!("http://localhost:{port}/banh.jpg"),
        format!("http://anh.example.vn:{port}/banh.jpg"),
    ] {
        assert_refused(&fetch(&scene.editor, &url).await, &url);
    }
    for url in [
        "http://127.0.0.1/banh.jpg",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://0/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/latest/meta-data/",
        "http://224.0.0.1/",
        "http://192.0.2.1/",
        "http://255.255.255.255/",
        "http://8.8.8.8/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[ff02::1]/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://metadata.google.internal/",
        "http://kho.local/",
        "http://kho/",
        "http://ai:do@anh.example.vn/banh.jpg",
        "http://ai@anh.example.vn/banh.jpg",
        "http://anh.example.vn@127.0.0.1/",
        "https://anh.example.vn:80/banh.jpg",
        "http://anh.example.vn:443/banh.jpg",
        "ftp://anh.example.vn/banh.jpg",
        "file:///etc/passwd",
        "gopher://anh.example.vn/",
        "data:image/png;base64,AAAA",
        "//anh.example.vn/banh.jpg",
        "anh.example.vn/banh.jpg",
        "",
        "http://",
        "http://a b.example/",
        "http://999.999.999.999/",
    ] {
        assert_refused(&fetch(&scene.editor, url).await, url);
    }
    let long = format!("http://anh.example.vn/banh.jpg?{}", "x".repeat(2000));
    assert_refused(&fetch(&scene.editor, &long).await, "a long one");
    assert!(app.network.asked().is_empty() && server.heard().is_empty(), "not even the name was asked for");
    assert_eq!((count(&app, "images").await, lying(&app, "").len()), (0, 0));
    let reply = scene.editor.post("/v1/image-imports", &json!({ "url": 5, "port": 80 })).await;
    reply.expect_problem(422, "invalid_body");
    assert_eq!(reply.faults().len(), 2);
}

async fn names_that_lead_inside_are_refused(app: TestApp) {
    let (scene, server) = (Scene::set(&app).await, open(&app));
    let inside = Server::start(gallery);
    let public: SocketAddr = "1.1.1.1:80".parse().expect("an address");
    let (by, url) = (&scene.editor, "http://ben-trong.example.vn/banh.jpg");
    app.network.lead("ben-trong.example.vn", &[inside.address]);
    assert_refused(&fetch(by, url).await, "this machine");
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "100.100.100.200",
        "127.0.0.53",
        "169.254.169.254",
        "172.31.0.2",
        "192.168.0.10",
        "198.18.0.1",
        "203.0.113.5",
        "224.0.0.251",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "2001:db8::5",
        "fc00::5",
        "fd00:ec2::254",
        "fe80::5",
        "ff05::2",
    ] {
        let address: IpAddr = address.parse().expect("an address");
        app.network.lead("ben-trong.example.vn", &[SocketAddr::new(address, 80)]);
        assert_refused(&fetch(by, url).await, &address.to_string());
    }
    // One of several is enough, whichever it is; and so is none.
    for addresses in [&[public, inside.address][..], &[inside.address, server.address], &[]] {
        app.network.lead("ben-trong.example.vn", addresses);
        assert_refused(&fetch(by, url).await, "among others");
    }
    assert_refused(&fetch(by, "http://khong-co.example.vn/banh.jpg").await, "no such name");
    assert!(inside.heard().is_empty() && server.heard().is_empty());
}

async fn redirects_inside_are_refused(app: TestApp) {
    let (scene, server) = (Scene::set(&app).await, open(&app));
    let inside = Server::start(gallery);
    app.network.lead("ben-trong.example.vn", &[inside.address]);
    let paths =
        ["/vao-may-nay", "/vao-dam-may", "/vao-so", "/vao-ten", "/vao-cong", "/vao-tep", "/vao-nguoi"];
    for path in paths {
        assert_refused(&fetch(&scene.editor, &format!("http://anh.example.vn{path}")).await, path);
    }
    assert_eq!((server.heard().len(), inside.heard().len()), (paths.len(), 0));
    assert_eq!(count(&app, "images").await, 0);
}

async fn nothing_of_the_caller_goes_along(app: TestApp) {
    let (scene, server) = (Scene::set(&app).await, open(&app));
    fetch(&scene.editor, "http://anh.example.vn/chuyen").await.expect(StatusCode::CREATED);
    for request in server.heard() {
        let request = request.to_lowercase();
        for header in ["cookie:", "authorization:", "referer:", "forwarded", "via:"] {
            assert!(!request.contains(header), "{request}");
        }
        assert!(request.contains("user-agent: ocop-market"), "{request}");
    }
}

async fn what_does_not_answer_well_is_refused_alike(app: TestApp) {
    let (scene, _server) = (Scene::set(&app).await, open(&app));
    for path in ["/khong-co", "/loi", "/rac", "/khong-dau", "/hua-lon", "/lon", "/dut"] {
        assert_refused(&fetch(&scene.editor, &format!("http://anh.example.vn{path}")).await, path);
    }
    // A port at which nobody listens.
    let gone = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    app.network.except(gone);
    app.network.lead("dong-cua.example.vn", &[gone]);
    assert_refused(&fetch(&scene.editor, "http://dong-cua.example.vn/").await, "nobody there");
    // What answers plainly does not speak TLS.
    assert_refused(&fetch(&scene.editor, "https://anh.example.vn/banh.jpg").await, "no TLS");
    assert_eq!(count(&app, "images").await, 0);
    let _: Value = scene.editor.get("/v1/me").await.expect(StatusCode::OK);
}
