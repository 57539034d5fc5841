//! The two engines and a fresh database on either, copied from a template that was migrated and loaded once.
//!
//! PostgreSQL is `OCOP_TEST_POSTGRES` (the URL of a server where databases may be created), else a throw-away cluster
//! made from the machine's own binaries. Its guard is a shell that reads from us: when this process ends, however it
//! ends, the pipe closes, and the shell stops the server and removes its files.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use ocop_market::app;
use ocop_market::config::Config;
use ocop_market::world::World;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use tempfile::TempDir;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// A database of one test, and a data directory beside it; both go with it.
pub struct TestDatabase {
    pub url: String,
    pub dir: TempDir,
    postgres_name: Option<String>,
}

impl Engine {
    /// SQLite always is; PostgreSQL if there is a server or the binaries to start one.
    pub fn is_there(self) -> bool {
        self == Self::Sqlite || std::env::var_os("OCOP_TEST_POSTGRES").is_some() || binaries().is_some()
    }

    /// A fresh database: schema and reference data, nothing else.
    pub fn database(self) -> TestDatabase {
        let dir = TempDir::with_prefix("ocop-test-").expect("a temporary directory");
        match self {
            Self::Sqlite => {
                let file = dir.path().join("test.db");
                std::fs::copy(sqlite_template(), &file).expect("the template is copied");
                TestDatabase { url: file.to_string_lossy().into_owned(), dir, postgres_name: None }
            }
            Self::Postgres => {
                static NEXT: AtomicUsize = AtomicUsize::new(0);
                let server = server();
                let name =
                    format!("ocop_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
                server.run(&format!("CREATE DATABASE {name} TEMPLATE {}", template_name()));
                TestDatabase { url: server.url(&name), dir, postgres_name: Some(name) }
            }
        }
    }
}

impl TestDatabase {
    /// The same database, for another instance of the service beside the first.
    pub fn beside(&self) -> Self {
        let dir = TempDir::with_prefix("ocop-test-").expect("a temporary directory");
        Self { url: self.url.clone(), dir, postgres_name: None }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.postgres_name {
            server().run(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn prepare(url: &str, dir: &Path) {
    let data_dir = dir.to_string_lossy().into_owned();
    let config =
        Config::from_arguments(["--database-url", url, "--data-dir", &data_dir]).expect("valid settings");
    drop(app::prepare(&config, &World::real()).expect("schema and reference data"));
}

fn sqlite_template() -> PathBuf {
    let mut template = SQLITE_TEMPLATE.lock().expect("the template could be made");
    let dir = template.get_or_insert_with(|| {
        let dir = TempDir::with_prefix("ocop-template-").expect("a temporary directory");
        prepare(&dir.path().join("template.db").to_string_lossy(), dir.path());
        dir
    });
    dir.path().join("template.db")
}

static SQLITE_TEMPLATE: Mutex<Option<TempDir>> = Mutex::new(None);

/// Removes what the tests share; the PostgreSQL cluster's guard sees to itself.
pub fn clean_up() {
    SQLITE_TEMPLATE.lock().expect("no test runs any more").take();
}

fn template_name() -> String {
    format!("ocop_template_{}", std::process::id())
}

/// A PostgreSQL server for the tests of this process.
pub struct Server {
    /// URL with `{}` in the place of the database's name.
    pattern: String,
    guard: Option<Mutex<Guard>>,
}

/// The shell that holds a cluster, and its answers.
struct Guard {
    shell: Child,
    answers: BufReader<ChildStdout>,
}

impl Server {
    pub fn url(&self, database: &str) -> String {
        self.pattern.replace("{}", database)
    }

    /// A cluster of its own, that a test may stop.
    pub fn of_its_own() -> Self {
        start_cluster(&binaries().expect("PostgreSQL binaries"))
    }

    pub fn stop(&self) {
        self.order("stop");
    }

    pub fn start_again(&self) {
        self.order("start");
    }

    fn order(&self, order: &str) {
        let guard = self.guard.as_ref().expect("a cluster of our own");
        let mut guard = guard.lock().expect("no order failed");
        let stdin = guard.shell.stdin.as_mut().expect("piped");
        writeln!(stdin, "{order}").expect("the guard listens");
        let mut answer = String::new();
        guard.answers.read_line(&mut answer).expect("the guard answers");
        assert_eq!(answer.trim(), order);
    }

    /// A new database, of schema and reference data.
    pub fn database(&self, name: &str) -> TestDatabase {
        self.run(&format!("CREATE DATABASE {name}"));
        let dir = TempDir::with_prefix("ocop-test-").expect("a temporary directory");
        prepare(&self.url(name), dir.path());
        TestDatabase { url: self.url(name), dir, postgres_name: None }
    }

    pub fn run(&self, sql: &str) {
        let mut conn = PgConnection::establish(&self.url("postgres")).expect("the test server answers");
        conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = match std::env::var("OCOP_TEST_POSTGRES") {
            Ok(url) => Server { pattern: with_placeholder(&url), guard: None },
            Err(_) => start_cluster(&binaries().expect("PostgreSQL binaries")),
        };
        let template = template_name();
        server.run(&format!("DROP DATABASE IF EXISTS {template}"));
        server.run(&format!("CREATE DATABASE {template}"));
        prepare(&server.url(&template), Path::new("."));
        server
    })
}

/// `postgres://user@host/anything?x=y` → `postgres://user@host/{}?x=y`
fn with_placeholder(url: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, String::new()), |(a, q)| (a, format!("?{q}")));
    let after_scheme = address.find("://").map_or(0, |at| at + 3);
    let host_end = address[after_scheme..].find('/').map_or(address.len(), |at| after_scheme + at);
    format!("{}/{{}}{query}", &address[..host_end])
}

/// The directory with `initdb` and `postgres`.
fn binaries() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH");
    let on_path = on_path.iter().flat_map(std::env::split_paths);
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")))
        .collect();
    installed.sort();
    on_path
        .chain(installed.into_iter().rev())
        .find(|dir| dir.join("initdb").is_file() && dir.join("postgres").is_file())
}

/// The whole life of the cluster, as a shell script: it ends when its standard input does, and takes the orders `stop` and
/// `start` from there.
const LIFE: &str = r#"
set -eu
unset LD_LIBRARY_PATH
# A database of each test is hundreds of files that come and go: in memory, if there is room, they cost a tenth.
at=/tmp
room=$(df --output=avail /dev/shm 2>/dev/null | tail -1)
if [ "${room:-0}" -gt 4000000 ]; then at=/dev/shm; fi
dir=$(mktemp -d $at/ocop-pg-XXXXXX)
as=""
if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; as="setpriv --reuid=postgres --regid=postgres --init-groups"; fi
cd "$dir"
$as "$1/initdb" -D "$dir/data" -U ocop -A trust -E UTF8 --no-locale --no-sync >"$dir/initdb.log" 2>&1 </dev/null
serve() {
    $as "$1/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c max_connections=300 \
        -c shared_buffers=128MB >"$dir/server.log" 2>&1 </dev/null &
    pid=$!
    for i in $(seq 200); do grep -q "ready to accept connections" "$dir/server.log" && break; sleep 0.05; done
}
serve "$1"
echo "$dir"
while read -r order; do
    case $order in
        stop) kill -INT "$pid"; wait "$pid" 2>/dev/null || true ;;
        start)
            : >"$dir/server.log"
            serve "$1"
            ;;
    esac
    echo "$order"
done
kill -INT "$pid" 2>/dev/null || true
wait "$pid" 2>/dev/null || true
rm -rf "$dir"
"#;

fn start_cluster(binaries: &Path) -> Server {
    let mut guard = Command::new("sh")
        // A group of its own: Ctrl-C at the tests must not reach it before it has cleaned up.
        .process_group(0)
        .args(["-c", LIFE, "cluster"])
        .arg(binaries)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut dir = String::new();
    let mut answers = BufReader::new(guard.stdout.take().expect("piped"));
    answers.read_line(&mut dir).expect("the cluster's directory");
    if dir.trim().is_empty() {
        let mut why = String::new();
        let _ = guard.stderr.take().expect("piped").read_to_string(&mut why);
        panic!("PostgreSQL did not start: {why}");
    }
    let host = dir.trim().replace('/', "%2F");
    let guard = Mutex::new(Guard { shell: guard, answers });
    Server { pattern: format!("postgres://ocop@{host}/{{}}"), guard: Some(guard) }
}
