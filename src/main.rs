//! The command line of `ocop-market`. It only parses, calls the library and says what came of it.
#![expect(clippy::print_stderr, reason = "a command line speaks to its user")]

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use ocop_market::accounts::{self, SecondFactorRule};
use ocop_market::app::{self, App, StartError};
use ocop_market::auth::keys::command::KeysCommand;
use ocop_market::catalogue::command::Reindex;
use ocop_market::config::{Config, LogFormat, file};
use ocop_market::http::ask::ask;
use ocop_market::reference::Reference;
use ocop_market::world::World;
use ocop_market::{api, audit, auth, catalogue, certification, db, demo, hello};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Trade-promotion marketplace service for Vietnam's OCOP programme.
///
/// Without a command it serves. Settings come from the command line, else the environment, else the file of --config,
/// else the defaults below.
#[derive(Debug, Parser)]
#[command(name = "ocop-market", version)]
struct CommandLine {
    /// Settings file (TOML); its keys are the option names below, with _ for -
    #[arg(long, env = "OCOP_CONFIG", global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    settings: Config,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (the default)
    Serve {
        /// Fill an empty database with demonstration data first, and print logins and example calls
        #[arg(long)]
        demo: bool,
        /// Measuring equipment: a bare server beside the real one, see `hello.rs`
        #[arg(long, value_name = "ADDRESS", hide = true)]
        hello_listen: Option<SocketAddr>,
    },
    /// Bring the database's schema and reference data up to date, then end
    Migrate,
    /// Read data in
    #[command(subcommand)]
    Import(Import),
    /// Print the OpenAPI document
    Openapi,
    /// Compare the catalogue in memory with SQL, or have it loaded anew
    Reindex(Reindex),
    /// Manage users
    #[command(subcommand)]
    User(User),
    /// Prove that the audit log is whole
    #[command(subcommand)]
    Audit(audit::command::Audit),
    /// Manage the signing keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Ask a running service on --listen whether it is ready; ends with 0 if so
    Health,
}

#[derive(Debug, Subcommand)]
enum Import {
    /// A list of certifications, CSV or XLSX, with a report row by row
    Certifications {
        file: PathBuf,
        /// Check and report everything, write nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
enum User {
    /// Create a user; the password comes from OCOP_PASSWORD, or is made up and printed once
    Create(accounts::command::CreateUser),
    /// Give an account another password and end its sessions; the password as with create
    ResetPassword(accounts::command::ResetPassword),
    /// Take the second factor from an account whose owner has lost it, and end its sessions
    ResetSecondFactor(accounts::command::ResetSecondFactor),
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ocop-market: {error}");
            ExitCode::from(2)
        }
    }
}

/// Prints a line. Whoever has closed the pipe has read enough.
fn tell(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

type Failed = Box<dyn std::error::Error>;

fn run() -> Result<ExitCode, Failed> {
    let CommandLine { settings, command, .. } = command_line()?;
    start_log(&settings)?;
    let world = World::real();
    match command.unwrap_or(Command::Serve { demo: false, hello_listen: None }) {
        Command::Serve { demo, hello_listen } => {
            serve(settings, world, demo, hello_listen).map(|()| ExitCode::SUCCESS)
        }
        Command::Migrate => {
            drop(app::prepare(&settings, &world)?);
            tell("The database is up to date.");
            Ok(ExitCode::SUCCESS)
        }
        Command::Import(Import::Certifications { file, dry_run }) => {
            let mut conn = app::prepare(&settings, &world)?;
            let reference = Reference::load(&mut conn).map_err(StartError::from)?;
            let limit = settings.max_import;
            let code = certification::import::command(&mut conn, &world, &reference, &file, limit, dry_run);
            Ok(ExitCode::from(code))
        }
        Command::Openapi => {
            tell(api::document_text().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::User(User::Create(create)) => {
            let mut conn = app::prepare(&settings, &world)?;
            let reference = Reference::load(&mut conn).map_err(StartError::from)?;
            tell(&accounts::command::create(&create, &mut conn, &world, &reference)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::User(User::ResetPassword(reset)) => {
            let mut conn = app::prepare(&settings, &world)?;
            tell(&accounts::command::reset(&reset, &mut conn, &world)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::User(User::ResetSecondFactor(reset)) => {
            let mut conn = app::prepare(&settings, &world)?;
            tell(&accounts::command::reset_second_factor(&reset, &mut conn, &world)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Reindex(order) => reindex(&settings, &world, &order),
        Command::Audit(order) => audit(&settings, &order),
        Command::Keys(keys) => {
            let mut conn = app::prepare(&settings, &world)?;
            tell(&auth::keys::command::run(&keys, &mut conn, &world, &settings)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Health => Ok(health(&settings)),
    }
}

/// Reads the command line; what the settings file says stands as default of each option.
fn command_line() -> Result<CommandLine, Failed> {
    let mut command = CommandLine::command();
    if let Some(path) = file::path(std::env::args_os()) {
        for (name, value) in file::read(&path)? {
            let known = command.get_arguments().any(|argument| argument.get_id() == name.as_str());
            if !known || name == "config" {
                return Err(format!("{}: there is no setting `{name}`", path.display()).into());
            }
            command = command.mut_arg(&name, |argument| argument.default_value(value));
        }
    }
    let matches = command.get_matches();
    Ok(CommandLine::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()))
}

fn start_log(settings: &Config) -> Result<(), Failed> {
    // A request line that cannot be read is the client's error, and answered; the server's library calls it its own.
    let filter = format!("actix_http::h1=off,{}", settings.log);
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .map_err(|error| format!("OCOP_LOG: `{}` is not a log filter: {error}", settings.log))?;
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match settings.log_format {
        LogFormat::Text => log.compact().init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    Ok(())
}

fn bind(address: SocketAddr) -> Result<TcpListener, Failed> {
    TcpListener::bind(address).map_err(|error| format!("cannot listen on {address}: {error}").into())
}

fn serve(
    mut settings: Config,
    world: World,
    with_demo: bool,
    hello_listen: Option<SocketAddr>,
) -> Result<(), Failed> {
    let (address, workers) = (settings.listen, settings.workers);
    let listener = bind(address)?;
    let beside = hello_listen.map(bind).transpose()?;
    let filled = match with_demo {
        true => {
            settings.second_factor.get_or_insert(SecondFactorRule::Optional);
            let mut conn = app::prepare(&settings, &world)?;
            let reference = Reference::load(&mut conn).map_err(StartError::from)?;
            Some(demo::fill(&mut conn, &world, &reference)?)
        }
        false => None,
    };
    let app = App::open(settings, world)?;
    tell(&format!("ocop-market listens on http://{address}  (documentation: http://{address}/docs)"));
    if let Some(demo) = filled {
        tell(&format!("\n{}", demo.welcome(&format!("http://{address}"))));
    }
    actix_web::rt::System::new().block_on(async {
        if let Some(listener) = beside {
            actix_web::rt::spawn(hello::serve(listener, workers)?);
        }
        app::run(app, listener).await
    })?;
    Ok(())
}

/// Loads anew, or compares; see [`catalogue::command`].
fn reindex(settings: &Config, world: &World, reindex: &Reindex) -> Result<ExitCode, Failed> {
    if reindex.check {
        return compare(settings);
    }
    let mut conn = app::prepare(settings, world)?;
    let seq = catalogue::command::begin_anew(&mut conn, world)?;
    tell(&format!("Every instance and every follower loads everything anew, from change {seq} on."));
    Ok(ExitCode::SUCCESS)
}

/// A connection to a database that is there, as it is: nothing is written, not even a schema.
fn connect(settings: &Config) -> Result<db::Conn, Failed> {
    let options = settings.database();
    if let Some(file) = options.sqlite_file().filter(|file| !file.is_file()) {
        return Err(format!("there is no database {}", file.display()).into());
    }
    Ok(db::connect(&options)?)
}

/// Proves the audit log, or prints its end; see [`audit::command`].
fn audit(settings: &Config, order: &audit::command::Audit) -> Result<ExitCode, Failed> {
    match audit::command::run(&mut connect(settings)?, order)? {
        Ok(line) => {
            tell(&line);
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            eprintln!("ocop-market: the audit log is {broken}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn compare(settings: &Config) -> Result<ExitCode, Failed> {
    let mut conn = connect(settings)?;
    let reference = Reference::load(&mut conn).map_err(StartError::from)?;
    let found = catalogue::command::check(&mut conn, &reference, settings.listen)?;
    let (products, seq) = (found.products, found.seq);
    if found.different.is_empty() {
        tell(&format!("Equal: {products} products at change {seq}, byte for byte."));
        return Ok(ExitCode::SUCCESS);
    }
    for id in &found.different {
        tell(&format!("differs: {id}"));
    }
    tell(&format!("{} of {products} products differ at change {seq}.", found.different.len()));
    Ok(ExitCode::FAILURE)
}

/// One request to `/readyz`, for container health checks.
fn health(settings: &Config) -> ExitCode {
    match ask(settings.listen, "/readyz", Duration::from_secs(3)) {
        Ok(answer) if answer.status == 200 => ExitCode::SUCCESS,
        Ok(answer) => {
            eprintln!("not ready: {}", answer.status);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("no answer from {}: {error}", settings.listen);
            ExitCode::FAILURE
        }
    }
}
