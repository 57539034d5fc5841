//! `ocop-market keys …`: what an operator can do with the signing keys. Running instances notice within half a minute.

use super::{KeyError, files, store};
use crate::audit::{self, Action, Agent, Event, SubjectKind};
use crate::config::Config;
use crate::db::Conn;
use crate::world::World;
use clap::Subcommand;
use diesel::connection::Connection;

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// All keys of all instances, newest first
    List,
    /// Make a new key in this data directory; it signs ten minutes later, and the old one verifies for another hour
    Rotate,
    /// A key may have been stolen: every instance refuses what it signed, its owner makes itself another one
    Revoke {
        /// Its id, as `list` shows it and as the header of a token names it
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

/// Does it; returns what to tell the operator.
pub fn run(
    command: &KeysCommand,
    conn: &mut Conn,
    world: &World,
    config: &Config,
) -> Result<String, KeyError> {
    match command {
        KeysCommand::List => list(conn, world, config),
        KeysCommand::Rotate => rotate(conn, world, config),
        KeysCommand::Revoke { kid } => revoke(conn, world, kid),
    }
}

fn list(conn: &mut Conn, world: &World, config: &Config) -> Result<String, KeyError> {
    // Of an instance elsewhere the files are not here, and that is no error.
    let own = files::read_all(&config.data_dir.join("keys")).unwrap_or_default();
    let now = world.now();
    let lines = store::all(conn)?.into_iter().map(|key| {
        let state = match key.retired_at {
            Some(at) => format!("retired {at}"),
            None if key.is_good(now) => format!("in use, last seen {}", key.seen_at),
            None => format!("forgotten, last seen {}", key.seen_at),
        };
        let here = own.iter().find(|own| own.kid() == key.kid);
        let here = here.map(|own| format!(", in {}", own.path.display())).unwrap_or_default();
        format!("{}  published {}, {state}{here}", key.kid, key.published_at)
    });
    let lines: Vec<String> = lines.collect();
    Ok(if lines.is_empty() { "No instance has published a key yet.".to_owned() } else { lines.join("\n") })
}

fn rotate(conn: &mut Conn, world: &World, config: &Config) -> Result<String, KeyError> {
    let directory = config.data_dir.join("keys");
    files::create_directory(&directory)?;
    let before: Vec<String> = files::read_all(&directory)?.iter().map(|key| key.kid().to_owned()).collect();
    files::generate(&directory)?;
    let own = files::read_all(&directory)?;
    let new =
        own.iter().find(|key| !before.iter().any(|kid| kid == key.kid())).ok_or(KeyError::Generation)?;
    conn.transaction(|conn| {
        // A running instance may have been faster.
        if store::publish(conn, new.kid(), &new.public.jwk.x, world.now())? {
            let made = Event::new(Action::KeyMade, SubjectKind::SigningKey, new.kid());
            audit::record(conn, world, &Agent::operator(), made)?;
        }
        Ok::<_, KeyError>(())
    })?;
    let (kid, path) = (new.kid(), new.path.display());
    Ok(match before.is_empty() {
        true => format!("Made {kid} in {path}: the first key here, it signs at once."),
        false => format!(
            "Made {kid} in {path}. It signs in ten minutes; the old key goes an hour later. Nothing needs to be restarted."
        ),
    })
}

fn revoke(conn: &mut Conn, world: &World, kid: &str) -> Result<String, KeyError> {
    conn.transaction(|conn| {
        if !store::retire(conn, kid, world.now())? {
            return Err(KeyError::Unknown(kid.to_owned()));
        }
        let retired = Event::new(Action::KeyRetired, SubjectKind::SigningKey, kid).with("reason", "revoked");
        audit::record(conn, world, &Agent::operator(), retired)?;
        Ok(())
    })?;
    Ok(format!(
        "Revoked {kid}. Within half a minute every instance refuses what it signed, and the one that has it makes itself \
         another key. People sign in again by their refresh tokens, machine clients by their secrets."
    ))
}
