//! `POST /v1/images` and `GET /v1/images/{id}`: what is a picture, what is made of it, whose it is.

use super::pictures::{self, BLUE, RED, halves};
use super::{Scene, all_urls, assert_colour, bytes, lying, seen, send, send_as, urls};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::{count, fresh_key};
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::files::Sha256Hex;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        a_picture_is_published_in_three_sizes_and_two_kinds,
        a_telephones_fifty_megapixels_are_taken,
        nothing_a_camera_writes_survives_but_the_way_up,
        nothing_behind_a_picture_survives,
        what_is_no_picture_is_refused,
        what_was_cut_off_is_refused,
        what_promises_too_much_is_refused_by_its_header,
        pictures_of_all_kinds_are_taken,
        a_form_brings_a_picture,
        the_same_picture_is_the_same_image,
        a_repeated_request_has_one_effect,
        an_image_belongs_to_an_organisation,
        who_sends_and_who_sees,
        without_the_store_nothing_is_lost_and_nothing_written,
    ];
    let limited = cases![pictures_of_an_account_are_limited];
    cases.extend(limited.into_iter().map(|case| case.with(&["--images-per-minute=2"])));
    cases
}

async fn a_picture_is_published_in_three_sizes_and_two_kinds(app: TestApp) {
    let scene = Scene::set(&app).await;
    let reply = send_as(&scene.editor, "", "image/jpeg", pictures::jpeg(&halves(2400, 1200))).await;
    let image = reply.expect(StatusCode::CREATED);
    let id = image["id"].as_str().expect("an id");
    assert_eq!(reply.header("location"), format!("/v1/images/{id}"));
    assert_eq!(image["organisation_id"], json!(scene.maker.id));
    assert_eq!((&image["width"], &image["height"]), (&json!(2048), &json!(1024)));
    let told: Vec<Value> = image["renditions"]
        .as_array()
        .expect("renditions")
        .iter()
        .map(|r| json!([r["size"], r["media_type"], r["width"], r["height"]]))
        .collect();
    let mut expected = Vec::new();
    for (size, width, height) in [("full", 2048, 1024), ("card", 800, 400), ("thumb", 240, 120)] {
        for media_type in ["image/webp", "image/jpeg"] {
            expected.push(json!([size, media_type, width, height]));
        }
    }
    assert_eq!(told, expected);
    for rendition in image["renditions"].as_array().expect("renditions") {
        let url = rendition["url"].as_str().expect("a URL");
        let content = bytes(&app, url).await;
        let hash = Sha256Hex::of(&content);
        assert_eq!((&rendition["bytes"], &rendition["sha256"]), (&json!(content.len()), &json!(hash)));
        assert!(url.starts_with(&format!("/v1/media/{}.", hash.as_str())));
        let pixels = seen(&app, url).await;
        let (width, height) = pixels.dimensions();
        assert_eq!((&rendition["width"], &rendition["height"]), (&json!(width), &json!(height)));
        assert_colour(&pixels, (width / 4, height / 2), RED);
        assert_colour(&pixels, (width * 3 / 4, height / 2), BLUE);
    }
    let read = scene.editor.get(&format!("/v1/images/{id}")).await;
    assert_eq!(read.expect(StatusCode::OK), image);
    assert_eq!(read.header("cache-control"), "private, no-store");
    // A small one is not made larger.
    let small = send(&scene.editor, pictures::plain(9)).await.expect(StatusCode::CREATED);
    assert_eq!((&small["width"], &small["height"]), (&json!(64), &json!(48)));
    assert_eq!(urls(&small, "image/webp").len(), 3);
    assert_eq!(lying(&app, "renditions").len(), 6 + 2, "renditions that are equal lie there once");
}

async fn a_telephones_fifty_megapixels_are_taken(app: TestApp) {
    let scene = Scene::set(&app).await;
    let photo = pictures::fifty_megapixels();
    let image = send_as(&scene.editor, "", "image/jpeg", photo).await.expect(StatusCode::CREATED);
    // A quarter of 8160 by 6120.
    assert_eq!((&image["width"], &image["height"]), (&json!(2040), &json!(1530)));
    let pixels = seen(&app, &urls(&image, "image/webp")[0]).await;
    // The squares of 512 pixels are where they were.
    assert!(pixels.get_pixel(64, 64).0[1] < 90 && pixels.get_pixel(192, 64).0[1] > 150);
    assert!(pixels.get_pixel(64, 192).0[1] > 150);
}

async fn nothing_a_camera_writes_survives_but_the_way_up(app: TestApp) {
    let scene = Scene::set(&app).await;
    // To be turned clockwise: what was left is above.
    let photo = pictures::of_telephone(6);
    for secret in [&b"Exif"[..], b"KinDaoPhone", b"KinDaoOwner", b"KinDaoComment"] {
        assert!(photo.windows(secret.len()).any(|part| part == secret), "the photograph tells its secrets");
    }
    let image = send(&scene.editor, photo).await.expect(StatusCode::CREATED);
    assert_eq!((&image["width"], &image["height"]), (&json!(80), &json!(120)));
    for url in all_urls(&image) {
        let pixels = seen(&app, &url).await;
        assert_colour(&pixels, (40, 20), RED);
        assert_colour(&pixels, (40, 100), BLUE);
    }
    // To be turned round.
    let image = send(&scene.editor, pictures::of_telephone(3)).await.expect(StatusCode::CREATED);
    let pixels = seen(&app, &urls(&image, "image/jpeg")[0]).await;
    assert_colour(&pixels, (20, 40), BLUE);
    for file in lying(&app, "") {
        let content = std::fs::read(&file).expect("a file");
        for secret in pictures::SECRETS {
            assert!(!content.windows(secret.len()).any(|part| part == secret), "{file:?} tells {secret:?}");
        }
    }
}

async fn nothing_behind_a_picture_survives(app: TestApp) {
    let scene = Scene::set(&app).await;
    let payload =
        [b"PK\x03\x04<script>alert('KinDao')</script><?php system($_GET[0]) ?>", &pictures::zip()[..]]
            .concat();
    let pixels = halves(90, 60);
    for picture in [pictures::jpeg(&pixels), pictures::png(&pixels), pictures::webp(&pixels)] {
        let polyglot = [&picture[..], &payload].concat();
        let image = send(&scene.editor, polyglot).await.expect(StatusCode::CREATED);
        for url in all_urls(&image) {
            assert_colour(&seen(&app, &url).await, (10, 10), RED);
        }
    }
    assert!(!lying(&app, "").is_empty());
    for file in lying(&app, "") {
        let content = std::fs::read(&file).expect("a file");
        for part in [&b"script"[..], b"KinDao", b"PK\x03\x04", b"<?php"] {
            assert!(!content.windows(part.len()).any(|bytes| bytes == part), "{file:?} holds {part:?}");
        }
    }
}

async fn what_is_no_picture_is_refused(app: TestApp) {
    let scene = Scene::set(&app).await;
    let html = [b"<html><!--", &pictures::plain(3)[..], b"--></html>"].concat();
    for (media_type, content, status, code) in [
        ("image/jpeg", pictures::SVG.to_vec(), 422, "unreadable_file"),
        ("application/octet-stream", pictures::SVG.to_vec(), 422, "unreadable_file"),
        ("image/svg+xml", pictures::SVG.to_vec(), 415, "unsupported_media_type"),
        ("image/jpeg", pictures::zip(), 422, "unreadable_file"),
        ("image/png", pictures::GIF.to_vec(), 422, "unreadable_file"),
        ("image/gif", pictures::GIF.to_vec(), 415, "unsupported_media_type"),
        ("image/jpeg", html, 422, "unreadable_file"),
        ("image/jpeg", b"%PDF-1.7\n%%EOF".to_vec(), 422, "unreadable_file"),
        ("image/jpeg", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec(), 422, "unreadable_file"),
        ("image/jpeg", Vec::new(), 422, "unreadable_file"),
        ("image/webp", b"RIFF\x0c\0\0\0WEBPVP8 ".to_vec(), 422, "unreadable_file"),
        ("image/jpeg", b"\xff\xd8\xff\xe0".to_vec(), 422, "unreadable_file"),
        ("text/html", b"<html>".to_vec(), 415, "unsupported_media_type"),
    ] {
        let reply = send_as(&scene.editor, "", media_type, content).await;
        let problem = reply.expect_problem(status, code);
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{problem}");
    }
    let too_large = vec![0xff; 25 * 1024 * 1024 + 1];
    send(&scene.editor, too_large).await.expect_problem(413, "body_too_large");
    assert_eq!((count(&app, "images").await, lying(&app, "").len()), (0, 0));
}

async fn what_was_cut_off_is_refused(app: TestApp) {
    let scene = Scene::set(&app).await;
    let pixels = halves(300, 200);
    for picture in [
        pictures::jpeg(&pixels),
        pictures::progressive(&pixels),
        pictures::png(&pixels),
        pictures::webp(&pixels),
        pictures::of_telephone(1),
    ] {
        send(&scene.editor, picture.clone()).await.expect(StatusCode::CREATED);
        for left in [20, picture.len() / 2, picture.len() - 3] {
            let cut = picture[..left].to_vec();
            send(&scene.editor, cut).await.expect_problem(422, "unreadable_file");
        }
    }
}

async fn what_promises_too_much_is_refused_by_its_header(app: TestApp) {
    let scene = Scene::set(&app).await;
    for (picture, most) in [
        (pictures::promise(100_000, 100_000), "25 megapixel"),
        (pictures::promise(5_001, 5_000), "25 megapixel"),
        (pictures::promise(u32::MAX >> 1, u32::MAX >> 1), ""),
        (pictures::promising(pictures::plain(1), 65_535, 65_535), "200 megapixel"),
        (pictures::promising(pictures::progressive(&halves(64, 48)), 5_100, 5_000), "25 megapixel"),
    ] {
        let problem = send(&scene.editor, picture).await.expect_problem(422, "unreadable_file");
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(detail.contains(most), "{detail}");
    }
    assert_eq!(count(&app, "images").await, 0);
}

async fn pictures_of_all_kinds_are_taken(app: TestApp) {
    let scene = Scene::set(&app).await;
    let made = async |picture: Vec<u8>| send(&scene.editor, picture).await.expect(StatusCode::CREATED);
    let (webp, jpeg) = ("image/webp", "image/jpeg");
    let inks = made(pictures::cmyk()).await;
    let pixels = seen(&app, &urls(&inks, jpeg)[0]).await;
    assert_colour(&pixels, (10, 10), [0, 255, 255]);
    assert_colour(&pixels, (50, 10), [255, 255, 255]);
    let deep = made(pictures::deep()).await;
    assert_colour(&seen(&app, &urls(&deep, webp)[0]).await, (5, 5), [194, 78, 4]);
    let grey = made(pictures::grey()).await;
    assert_colour(&seen(&app, &urls(&grey, webp)[0]).await, (5, 5), [90, 90, 90]);
    let passes = made(pictures::progressive(&halves(90, 60))).await;
    assert_colour(&seen(&app, &urls(&passes, webp)[0]).await, (10, 10), RED);
    // What is transparent stays so where it can, and is white where it cannot.
    let part = made(pictures::transparent()).await;
    let pixels = seen(&app, &urls(&part, webp)[0]).await;
    assert_colour(&pixels, (10, 10), RED);
    assert_eq!((pixels.get_pixel(10, 10).0[3], pixels.get_pixel(50, 10).0[3]), (255, 0));
    let pixels = seen(&app, &urls(&part, jpeg)[0]).await;
    assert_colour(&pixels, (50, 10), [255, 255, 255]);
    // Thin ones do not vanish.
    let thin = made(pictures::png(&halves(3000, 2))).await;
    assert_eq!((&thin["width"], &thin["height"]), (&json!(2048), &json!(2)));
}

/// A form with these parts, as browsers send them.
async fn form(by: &Actor, parts: &[(&str, &[u8])]) -> Reply {
    let mut body = Vec::new();
    for (name, content) in parts {
        let head = format!(
            "--ranh-gioi\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\n\
             Content-Type: image/jpeg\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--ranh-gioi--\r\n");
    send_as(by, "", "multipart/form-data; boundary=ranh-gioi", body).await
}

async fn a_form_brings_a_picture(app: TestApp) {
    let scene = Scene::set(&app).await;
    let photo = pictures::plain(4);
    let image = form(&scene.editor, &[("file", &photo)]).await.expect(StatusCode::CREATED);
    // It is the same as if the picture had come alone.
    let alone = send(&scene.editor, photo.clone()).await.expect(StatusCode::OK);
    assert_eq!(image["id"], alone["id"]);
    form(&scene.editor, &[("file", &photo), ("more", &photo)]).await.expect_problem(400, "malformed_request");
    form(&scene.editor, &[]).await.expect_problem(400, "malformed_request");
    form(&scene.editor, &[("file", pictures::SVG)]).await.expect_problem(422, "unreadable_file");
    let large = vec![0; 25 * 1024 * 1024 + 1];
    form(&scene.editor, &[("file", &large)]).await.expect_problem(413, "body_too_large");
    for (media_type, body) in [
        ("multipart/form-data", "--x\r\n\r\nabc\r\n--x--"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc",
        ),
        ("multipart/form-data; boundary=x", "no form at all"),
    ] {
        let reply = send_as(&scene.editor, "", media_type, body).await;
        reply.expect_problem(400, "malformed_request");
    }
    assert_eq!(count(&app, "images").await, 1);
}

async fn the_same_picture_is_the_same_image(app: TestApp) {
    let scene = Scene::set(&app).await;
    let photo = pictures::jpeg(&halves(300, 200));
    let first = send(&scene.editor, photo.clone()).await.expect(StatusCode::CREATED);
    let again = send(&scene.editor, photo.clone()).await;
    assert_eq!(again.expect(StatusCode::OK), first);
    assert_eq!(again.header("location"), format!("/v1/images/{}", first["id"].as_str().expect("an id")));
    // Of another organisation it is another image of the same files.
    let other = app.member("det@lua.example", scene.other.id, MemberRole::Owner).await;
    let theirs = send(&other, photo.clone()).await.expect(StatusCode::CREATED);
    assert_ne!(theirs["id"], first["id"]);
    assert_eq!(theirs["renditions"], first["renditions"]);
    assert_eq!((count(&app, "images").await, lying(&app, "renditions").len()), (2, 4));
    // Ten at once make one.
    let photo = pictures::jpeg(&halves(301, 200));
    let all = std::iter::repeat_with(|| {
        let (by, photo) = (scene.editor.clone(), photo.clone());
        tokio::spawn(async move { send(&by, photo).await })
    });
    let all: Vec<_> = all.take(10).collect();
    let mut made = 0;
    for one in all {
        let reply = one.await.expect("an answer");
        assert!(reply.status.is_success(), "{}", reply.text);
        made += usize::from(reply.status == StatusCode::CREATED);
    }
    assert_eq!((made, count(&app, "images").await), (1, 3));
}

async fn a_repeated_request_has_one_effect(app: TestApp) {
    let (scene, key) = (Scene::set(&app).await, fresh_key());
    let send = async |photo: Vec<u8>| {
        let request = scene.editor.request(Method::POST, "/v1/images").header("Idempotency-Key", &key);
        Reply::of(request.header("Content-Type", "image/jpeg").body(photo)).await
    };
    let first = send(pictures::plain(1)).await;
    let again = send(pictures::plain(1)).await;
    assert_eq!(first.expect(StatusCode::CREATED), again.expect(StatusCode::CREATED));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    send(pictures::plain(2)).await.expect_problem(422, "idempotency_key_reused");
    assert_eq!(count(&app, "images").await, 1);
}

async fn an_image_belongs_to_an_organisation(app: TestApp) {
    let scene = Scene::set(&app).await;
    let both = [(scene.maker.id, MemberRole::Editor), (scene.other.id, MemberRole::Owner)];
    let broker = app.user("hai-nha@example.vn", Role::Member, &both).await;
    let photo = pictures::plain(1);
    let reply = send(&broker, photo.clone()).await;
    reply.expect_problem(400, "invalid_parameters");
    assert_eq!(reply.faults(), [("organisation".to_owned(), "missing".to_owned())]);
    let query = format!("?organisation={}", scene.other.id);
    let image = send_as(&broker, &query, "image/jpeg", photo.clone()).await.expect(StatusCode::CREATED);
    assert_eq!(image["organisation_id"], json!(scene.other.id));
    // A viewer of one edits for the other only.
    let mixed = [(scene.maker.id, MemberRole::Viewer), (scene.other.id, MemberRole::Editor)];
    let mixed = app.user("mot-nha@example.vn", Role::Member, &mixed).await;
    let same = send(&mixed, photo.clone()).await.expect(StatusCode::OK);
    assert_eq!(same["id"], image["id"]);
    let reply = send_as(&scene.editor, "?organisation=x", "image/jpeg", photo).await;
    reply.expect_problem(400, "invalid_parameters");
}

async fn who_sends_and_who_sees(app: TestApp) {
    let scene = Scene::set(&app).await;
    let viewer = app.member("xem@banh.example", scene.maker.id, MemberRole::Viewer).await;
    let stranger = app.member("det@lua.example", scene.other.id, MemberRole::Owner).await;
    let alone = app.user("mot-minh@example.vn", Role::Member, &[]).await;
    let (here, elsewhere) = (app.officer("33").await, app.officer("01").await);
    let query = format!("?organisation={}", scene.maker.id);
    let owner = app.member("chu@banh.example", scene.maker.id, MemberRole::Owner).await;
    let machine = app.machine(&owner, scene.maker.id, &["listings.read", "listings.write"]).await;
    let machine = app.as_machine(&machine).await;
    let send = async |by: &Actor, query: &str| send_as(by, query, "image/jpeg", pictures::plain(1)).await;
    send(&app.anonymous(), &query).await.expect_problem(401, "unauthenticated");
    send(&viewer, &query).await.expect_problem(403, "forbidden");
    send(&viewer, "").await.expect_problem(403, "forbidden");
    send(&alone, "").await.expect_problem(403, "forbidden");
    for by in [&stranger, &alone, &elsewhere] {
        send(by, &query).await.expect_problem(404, "not_found");
    }
    assert_eq!((count(&app, "images").await, lying(&app, "").len()), (0, 0));
    let image = send(&machine, "").await.expect(StatusCode::CREATED);
    for by in [&scene.editor, &owner, &here] {
        assert_eq!(send(by, &query).await.expect(StatusCode::OK)["id"], image["id"]);
    }
    let path = format!("/v1/images/{}", image["id"].as_str().expect("an id"));
    for by in [&scene.editor, &owner, &viewer, &machine, &here] {
        by.get(&path).await.expect(StatusCode::OK);
    }
    for by in [&stranger, &alone, &elsewhere] {
        by.get(&path).await.expect_problem(404, "not_found");
    }
    app.anonymous().get(&path).await.expect_problem(401, "unauthenticated");
    // What it is made of, everybody sees who has its address.
    bytes(&app, &urls(&image, "image/webp")[0]).await;
    let log = owner.get(&format!("/v1/audit?organisation={}&limit=100", scene.maker.id)).await;
    let log = log.expect(StatusCode::OK);
    let stored: Vec<&Value> = log["items"]
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["action"] == "image.stored")
        .collect();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0]["subject"]["id"], image["id"], "{}", stored[0]);
}

async fn without_the_store_nothing_is_lost_and_nothing_written(app: TestApp) {
    let scene = Scene::set(&app).await;
    let image = send(&scene.editor, pictures::plain(1)).await.expect(StatusCode::CREATED);
    let (store, aside) = (app.data_dir().join("media"), app.data_dir().join("aside"));
    std::fs::rename(&store, &aside).expect("moved");
    std::fs::write(&store, "no directory").expect("written");
    let reply = send(&scene.editor, pictures::plain(2)).await;
    reply.expect_problem(503, "unavailable");
    assert_eq!(reply.header("retry-after"), "5");
    let url = &urls(&image, "image/webp")[0];
    app.anonymous().get(url).await.expect_problem(503, "unavailable");
    assert_eq!(count(&app, "images").await, 1);
    std::fs::remove_file(&store).expect("removed");
    std::fs::rename(&aside, &store).expect("moved back");
    bytes(&app, url).await;
    send(&scene.editor, pictures::plain(2)).await.expect(StatusCode::CREATED);
}

async fn pictures_of_an_account_are_limited(app: TestApp) {
    let scene = Scene::set(&app).await;
    for number in [1, 2] {
        let reply = send(&scene.editor, pictures::plain(number)).await;
        reply.expect(StatusCode::CREATED);
        assert!(reply.header("ratelimit").contains("\"images\""), "{}", reply.header("ratelimit"));
    }
    send(&scene.editor, pictures::plain(3)).await.expect_problem(429, "too_many_requests");
    assert_eq!(count(&app, "images").await, 2);
}
