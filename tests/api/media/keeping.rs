//! What is forgotten, and what stays: uploads, images, files in the store; and what an account has of it.

use super::showing::{set, shown};
use super::uploading::{begun, patch};
use super::{Scene, all_urls, bytes, lying, pictures, send};
use crate::cases;
use crate::harness::people::PASSWORD;
use crate::harness::{Case, TestApp};
use crate::leads::count;
use ocop_market::accounts::MemberRole;
use ocop_market::media;
use reqwest::StatusCode;
use serde_json::json;

pub fn cases() -> Vec<Case> {
    cases![
        uploads_nobody_goes_on_with_are_forgotten,
        images_no_listing_names_are_forgotten,
        what_nothing_names_is_swept_up,
        an_account_gets_and_leaves_its_pictures,
    ]
}

const HOUR: i64 = 3600;

/// Makes all files in the store as old as the service's clock says, whatever the machine's says.
fn date(app: &TestApp) {
    let now = u64::try_from(app.state.world.now().unix_seconds()).expect("after 1970");
    for path in lying(app, "") {
        let file = std::fs::File::options().write(true).open(path).expect("a file");
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(now)).expect("dated");
    }
}

/// The work of a day: every part of the store has its turn.
async fn a_day(app: &TestApp) {
    for _ in 0..24 {
        app.clock.advance_seconds(HOUR);
        media::keep(&app.state).await;
    }
}

async fn uploads_nobody_goes_on_with_are_forgotten(app: TestApp) {
    let scene = Scene::set(&app).await;
    let photo = pictures::plain(1);
    let path = begun(&scene.editor, photo.len()).await;
    patch(&scene.editor, &path, 0, &photo[..100]).await.expect(StatusCode::NO_CONTENT);
    date(&app);
    app.clock.advance_seconds(24 * HOUR - 60);
    media::keep(&app.state).await;
    assert_eq!(count(&app, "uploads").await, 1);
    app.clock.advance_seconds(61);
    // Nobody goes on with it, swept or not.
    let editor = app.again("bien-tap@banh.example").await;
    editor.get(&path).await.expect_problem(404, "not_found");
    patch(&editor, &path, 100, &photo[100..]).await.expect_problem(404, "not_found");
    media::keep(&app.state).await;
    assert_eq!((count(&app, "uploads").await, count(&app, "upload_parts").await), (0, 0));
    assert_eq!(lying(&app, "uploads").len(), 1);
    app.clock.advance_seconds(24 * HOUR);
    media::keep(&app.state).await;
    assert!(lying(&app, "uploads").is_empty());
}

async fn images_no_listing_names_are_forgotten(app: TestApp) {
    let scene = Scene::set(&app).await;
    let weaver = app.member("det@lua.example", scene.other.id, MemberRole::Owner).await;
    let mut ids = Vec::new();
    for number in 1..=4 {
        let image = send(&scene.editor, pictures::plain(number)).await.expect(StatusCode::CREATED);
        ids.push(image["id"].clone());
    }
    let [shown_one, drafted, shared, unused] = &ids[..] else { panic!("four") };
    let theirs = send(&weaver, pictures::plain(3)).await.expect(StatusCode::CREATED);
    set(&weaver, &scene.silk, "", &shown(&[&theirs["id"]])).await.expect(StatusCode::OK);
    set(&scene.editor, &scene.cake, "", &shown(&[shown_one])).await.expect(StatusCode::OK);
    // Taken out again, it is still in an earlier content.
    set(&scene.editor, &scene.cake, "", &json!({ "images": null })).await.expect(StatusCode::OK);
    set(&scene.editor, &scene.cake, "", &shown(&[drafted])).await.expect(StatusCode::OK);
    date(&app);
    app.clock.advance_seconds(29 * 24 * HOUR);
    media::keep(&app.state).await;
    assert_eq!(count(&app, "images").await, 5);
    app.clock.advance_seconds(2 * 24 * HOUR);
    a_day(&app).await;
    let editor = app.again("bien-tap@banh.example").await;
    for (id, status) in [(shown_one, 200), (drafted, 200), (shared, 404), (unused, 404)] {
        let path = format!("/v1/images/{}", id.as_str().expect("an id"));
        assert_eq!(editor.get(&path).await.status.as_u16(), status, "{id}");
    }
    // Two files of each picture that is still somebody's: the shared ones are, too.
    assert_eq!((count(&app, "image_renditions").await, lying(&app, "renditions").len()), (18, 6));
    for url in all_urls(&theirs) {
        bytes(&app, &url).await;
    }
    // Sent again, it is made again.
    send(&editor, pictures::plain(4)).await.expect(StatusCode::CREATED);
    assert_eq!(lying(&app, "renditions").len(), 8);
}

async fn what_nothing_names_is_swept_up(app: TestApp) {
    let scene = Scene::set(&app).await;
    let image = send(&scene.editor, pictures::plain(1)).await.expect(StatusCode::CREATED);
    set(&scene.editor, &scene.cake, "", &shown(&[&image["id"]])).await.expect(StatusCode::OK);
    // As a crash between bytes and rows leaves it; and what is not of ours at all.
    let folder = app.data_dir().join("media/renditions/00");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{}.webp", "0".repeat(64))), "left").expect("written");
    std::fs::write(folder.join("ghi-chu.txt"), "a note").expect("written");
    date(&app);
    // What is young may be somebody's who is just storing it.
    media::keep(&app.state).await;
    a_day(&app).await;
    assert_eq!(lying(&app, "renditions").len(), 4);
    a_day(&app).await;
    a_day(&app).await;
    let mut left: Vec<_> = lying(&app, "renditions")
        .iter()
        .filter_map(|path| path.extension()?.to_str().map(str::to_owned))
        .collect();
    left.sort();
    assert_eq!(left, ["jpg", "txt", "webp"]);
    for url in all_urls(&image) {
        bytes(&app, &url).await;
    }
}

async fn an_account_gets_and_leaves_its_pictures(app: TestApp) {
    let scene = Scene::set(&app).await;
    let owner = app.member("chu@banh.example", scene.maker.id, MemberRole::Owner).await;
    let image = send(&scene.editor, pictures::plain(1)).await.expect(StatusCode::CREATED);
    let path = begun(&scene.editor, 1000).await;
    patch(&scene.editor, &path, 0, &pictures::plain(2)[..100]).await.expect(StatusCode::NO_CONTENT);
    let held = scene.editor.get("/v1/me/export").await.expect(StatusCode::OK);
    assert_eq!(held["images"][0]["id"], image["id"]);
    assert_eq!(held["images"][0]["organisation_id"], json!(scene.maker.id));
    assert_eq!((&held["uploads"][0]["size"], &held["uploads"][0]["received"]), (&json!(1000), &json!(100)));
    let others = owner.get("/v1/me/export").await.expect(StatusCode::OK);
    assert_eq!((&others["images"], &others["uploads"]), (&json!([]), &json!([])));
    let erasure = scene.editor.post("/v1/me/erasure", &json!({ "password": PASSWORD })).await;
    erasure.expect(StatusCode::NO_CONTENT);
    assert_eq!((count(&app, "uploads").await, count(&app, "upload_parts").await), (0, 0));
    // The image is the organisation's.
    let id = image["id"].as_str().expect("an id");
    owner.get(&format!("/v1/images/{id}")).await.expect(StatusCode::OK);
    bytes(&app, &all_urls(&image)[0]).await;
}
