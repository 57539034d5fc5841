//! Fills an empty database with made-up products, as many as wanted, for measuring:
//!
//! ```text
//! cargo run --release --example generate -- --products 20000 --database-url target/load/20000.db
//! ```
//!
//! The same seed and day give the same rows. Nothing is announced to the catalogue's followers: the service does that
//! itself when it first opens the database.

#![expect(
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a tool for measuring: it tells its progress, and a wrong word list may end it"
)]

mod chance;
mod market;
mod sql;
mod words;

use clap::Parser;
use market::Market;
use ocop_market::app;
use ocop_market::config::Config;
use ocop_market::db::{Day, refresh_statistics};
use ocop_market::reference::Reference;
use ocop_market::world::World;
use sql::{Load, Rows};
use std::error::Error;
use std::time::Instant;

/// Fills an empty database with made-up products for measuring.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many products
    #[arg(long, default_value_t = 20_000)]
    products: usize,
    /// postgres://… or the path of a SQLite file
    #[arg(long)]
    database_url: String,
    /// Another seed makes other products
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day on which most certificates are in force [default: today]
    #[arg(long, value_parser = |text: &str| Day::parse(text).map_err(|_| "expected YYYY-MM-DD"))]
    today: Option<Day>,
}

/// Products whose rows are written by one statement for each table.
const BATCH: usize = 500;
/// Batches of one transaction.
const TRANSACTION: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let today = arguments.today.unwrap_or_else(|| World::real().today());
    let world = chance::world(arguments.seed, today, arguments.products);

    let config = Config::from_arguments([format!("--database-url={}", arguments.database_url).as_str()])?;
    let mut conn = app::prepare(&config, &world)?;
    if !sql::is_empty(&mut conn)? {
        return Err("the database holds products already; name an empty one".into());
    }
    let reference = Reference::load(&mut conn)?;
    let communes = sql::communes(&mut conn)?;
    let mut market = Market::new(&reference, &world, communes, today, arguments.seed);

    let mut load = Load::start(&mut conn)?;
    let mut rows = Rows::default();
    let mut batches = 0;
    for done in 1..=arguments.products {
        market.add_product(&mut rows);
        if done % BATCH != 0 && done != arguments.products {
            continue;
        }
        load.write(&mut rows)?;
        batches += 1;
        if batches % TRANSACTION == 0 {
            load.commit()?;
            eprintln!("{done} products, {:.1} s", began.elapsed().as_secs_f64());
        }
    }
    load.end()?;
    refresh_statistics(&mut conn)?;
    eprintln!("{} in {:.1} s", market.summary(), began.elapsed().as_secs_f64());
    Ok(())
}
