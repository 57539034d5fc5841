//! The running service: its state, its start and its orderly end.

use crate::auth::Keys;
use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::db::{self, Database};
use crate::http::compress::CompressIfAsked;
use crate::http::frame::Frame;
use crate::http::idempotency::{self, Gatherer, Running};
use crate::http::limits::{Gate, Limits};
use crate::reference::Reference;
use crate::world::World;
use crate::{api, auth, catalogue, clients, files, leads, listings, mail, media, privacy, reference};
use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::middleware::Condition;
use actix_web::web::Data;
use actix_web::{App as Actix, HttpServer};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use utoipa_actix_web::AppExt;

/// What handlers can reach.
pub struct App {
    pub config: Config,
    pub db: Database,
    pub catalogue: Catalogue,
    pub world: World,
    pub reference: Arc<Reference>,
    pub keys: Arc<Keys>,
    pub limits: Limits,
    pub running: Running,
    /// Enquiries that are on their way into the database.
    pub enquiries: Gatherer<leads::Sending>,
    pub post: mail::Post,
    pub media: media::Media,
    pub api: api::Api,
    /// True once the service has been asked to end: who waits for something then goes without it.
    ending: watch::Sender<bool>,
}

/// Why the service does not start: one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the data directory {path} cannot be used: {source}")]
    DataDir { path: String, source: std::io::Error },
    #[error("the database cannot be opened: {0}")]
    Connection(#[from] diesel::ConnectionError),
    #[error("the database cannot be migrated: {0}")]
    Migration(String),
    #[error("the database failed: {0}")]
    Database(#[from] diesel::result::Error),
    #[error("{0}")]
    Reference(#[from] reference::DataError),
    #[error("the catalogue cannot be loaded: {0}")]
    Catalogue(#[from] crate::catalogue::CatalogueError),
    #[error("the signing key cannot be used: {0}")]
    Keys(#[from] crate::auth::KeyError),
    #[error("{0}")]
    Mail(#[from] mail::MailError),
    #[error("{0}")]
    Media(#[from] media::ShelfError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// A connection to the database, brought up to date: schema and reference data.
pub fn prepare(config: &Config, world: &World) -> Result<db::Conn, StartError> {
    let options = config.database();
    if let Some(file) = options.sqlite_file() {
        make_private(&config.data_dir, file)
            .map_err(|source| StartError::DataDir { path: config.data_dir.display().to_string(), source })?;
    }
    let mut conn = db::connect(&options)?;
    let migrated = db::migrate(&mut conn).map_err(|error| StartError::Migration(error.to_string()))?;
    for name in migrated {
        tracing::info!(migration = name, "schema migrated");
    }
    reference::install(&mut conn, world.now())?;
    Ok(conn)
}

/// Makes the data directory and the SQLite file, if they are not there, for the service's own user only: they hold
/// buyers' contacts. SQLite gives its log files the mode of the database.
fn make_private(data_dir: &Path, database: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir)?;
    let in_data_dir = database.parent() == Some(data_dir);
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(database) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        // A file elsewhere: opening it as a database tells better what is wrong.
        Err(_) if !in_data_dir => Ok(()),
        made => made.map(drop),
    }
}

impl App {
    /// Opens everything a running service needs.
    pub fn open(config: Config, world: World) -> Result<Self, StartError> {
        let post = mail::Post::open(&config)?;
        let mut conn = prepare(&config, &world)?;
        let media = media::Media::open(&config)?;
        let reference = Arc::new(Reference::load(&mut conn)?);
        let catalogue = Catalogue::open(&mut conn, config.database(), &world, reference.clone())?;
        let keys = Arc::new(Keys::open(&config)?);
        keys.settle(&mut conn, &world)?;
        drop(conn);
        let db = Database::open(&config.database())?;
        let limits = Limits::of(&config);
        let enquiries = Gatherer::new(db.clone(), world.clone(), (world.clone(), reference.clone()));
        Ok(Self {
            config,
            db,
            catalogue,
            ending: watch::Sender::new(false),
            world,
            reference,
            keys,
            limits,
            running: Running::default(),
            enquiries,
            post,
            media,
            api: api::Api::build(),
        })
    }
}

impl App {
    /// Resolves when the service has been asked to end.
    pub async fn ending(&self) {
        let _ = self.ending.subscribe().wait_for(|ending| *ending).await;
    }
}

/// Starts to serve on a bound listener, and to carry letters. The returned server ends at SIGINT or SIGTERM: it stops accepting, lets
/// running requests finish, and is done.
pub fn serve(app: Data<App>, listener: TcpListener) -> std::io::Result<Server> {
    let workers = app.config.workers.map(usize::from);
    let grace = app.config.shutdown_grace;
    let told = app.clone();
    let ended = async move {
        asked_to_end().await;
        told.ending.send_replace(true);
    };
    actix_web::rt::spawn(mail::postman(app.clone()));
    let build = move || {
        Actix::new()
            .into_utoipa_app()
            .map(|actix| actix.app_data(app.clone()))
            .configure(api::configure)
            .into_app()
            .configure(api::configure_rest)
            .wrap(api::shortcut(app.clone()))
            .wrap(Gate(app.clone()))
            .wrap(CompressIfAsked)
            .wrap(Condition::new(!app.config.cors_origins.is_empty(), cors(&app.config.cors_origins)))
            .wrap(Frame(app.clone()))
            .app_data(Data::clone(&app))
    };
    let mut server = HttpServer::new(build)
        // The last piece of an answer sent in pieces would wait for the client's delayed acknowledgement: 40 ms.
        .tcp_nodelay(true)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(grace)
        .shutdown_signal(ended);
    if let Some(workers) = workers {
        server = server.workers(workers);
    }
    Ok(server.listen(listener)?.run())
}

/// Resolves at SIGINT (Ctrl-C) or SIGTERM; both let running requests finish.
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Headers beyond the everyday ones that scripts of other origins may read. The frame's own are among them: it adds
/// them after CORS has looked at the answer.
const EXPOSED: [&str; 17] = [
    "Accept-Ranges",
    "Allow",
    "Catalogue-Seq",
    "Content-Range",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Tus-Resumable",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Offset",
    "WWW-Authenticate",
    "X-Request-Id",
];

/// CORS as configured. By default there is none, and no answer says that it depends on the asker's origin.
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allow_any_header()
        .expose_headers(EXPOSED)
        .block_on_origin_mismatch(false)
        .max_age(3600);
    match origins {
        [any] if any == "*" => cors.allow_any_origin().send_wildcard(),
        _ => origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)),
    }
}

/// Hourly housekeeping, until the server ends.
pub async fn housekeeping(app: Data<App>) {
    let mut hourly = tokio::time::interval(Duration::from_secs(3600));
    loop {
        hourly.tick().await;
        let (now, sqlite) = (app.world.now(), !app.config.database().is_postgres());
        app.limits.sweep(now);
        let purged = app.db.write(move |conn| {
            if sqlite {
                db::refresh_statistics(conn)?;
            }
            let keys = idempotency::purge(conn, now)?;
            clients::purge_tokens(conn, now)?;
            files::purge(conn, now)?;
            catalogue::forget_old(conn, now)?;
            leads::letters::links::purge(conn, now)?;
            let letters = mail::purge(conn, now)?;
            Ok::<_, db::Failure>((keys, letters))
        });
        match purged.await {
            Ok((keys, letters)) => {
                tracing::debug!(keys, letters, "old keys and letters purged");
            }
            Err(error) => tracing::warn!(%error, "old keys and letters not purged"),
        }
        app.post.purge_files(now).await;
        media::keep(&app).await;
        forget_old_data(&app).await;
        match listings::reminders::round(&app).await {
            Ok(papers) => tracing::debug!(papers, "told that papers run out"),
            Err(error) => tracing::warn!(%error, "not told that papers run out"),
        }
    }
}

/// Forgets what has been kept long enough, batch by batch, so that nobody waits long; the rest in an hour.
async fn forget_old_data(app: &Data<App>) {
    const MOST_BATCHES: usize = 40;
    for _ in 0..MOST_BATCHES {
        let world = app.world.clone();
        match app.db.write(move |conn| privacy::retain(conn, &world)).await {
            Ok(done) if done.is_full() => {}
            Ok(done) => {
                tracing::debug!(?done, "retention applied");
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "retention not applied");
                return;
            }
        }
    }
}

/// Runs the service until it is told to end, then closes the database.
pub async fn run(app: App, listener: TcpListener) -> std::io::Result<()> {
    let app = Data::new(app);
    let grace = Duration::from_secs(app.config.shutdown_grace);
    let server = serve(app.clone(), listener)?;
    let keepers = [
        actix_web::rt::spawn(housekeeping(app.clone())),
        actix_web::rt::spawn(auth::keys::keep(app.clone())),
        actix_web::rt::spawn(leads::letters::carry(app.clone())),
    ];
    server.await?;
    keepers.iter().for_each(|keeper| keeper.abort());
    app.post.close().await;
    tracing::info!("requests finished; closing the database");
    if tokio::time::timeout(grace, app.post.close()).await.is_err() {
        tracing::warn!("a letter is still under way; it will be sent again");
    }
    app.catalogue.close();
    app.db.clone().close();
    tracing::info!("closed");
    Ok(())
}
