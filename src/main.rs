//! Stand-in until the command line is merged.
use clap::Parser;
use ocop_market::app::{self, App};
use ocop_market::config::Config;
use ocop_market::world::World;
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Cmd,
    #[command(flatten)]
    config: Config,
}
#[derive(clap::Subcommand)]
enum Cmd {
    Serve,
}
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cli = Cli::parse();
    let Cmd::Serve = cli.command;
    let listener = std::net::TcpListener::bind(cli.config.listen)?;
    let app = App::open(cli.config, World::real())?;
    actix_web::rt::System::new().block_on(app::run(app, listener))?;
    Ok(())
}
