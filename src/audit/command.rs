//! `ocop-market audit verify` and `audit head`: for whoever has the database and wants proof.

use super::verify::{Anchor, Break, verify};
use super::{chain::Link, store};
use crate::db::Conn;
use clap::{Args, Subcommand};
use diesel::QueryResult;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Prove that no entry was changed, removed or inserted; ends with 1 and names the first break otherwise
    Verify(Verify),
    /// Print number and hash of the last entry, to be kept elsewhere as an anchor
    Head,
}

/// What the chain is checked against besides itself.
#[derive(Debug, Args)]
pub struct Verify {
    /// An entry that was noted earlier, as `audit head` prints it: it must be in the chain. May be given several times
    #[arg(long, value_name = "SEQ:HASH", value_parser = Anchor::parse)]
    anchor: Vec<Anchor>,
}

/// Does what was asked; one line to be printed, as an error if the chain is broken.
pub fn run(conn: &mut Conn, audit: &Audit) -> QueryResult<Result<String, Break>> {
    match audit {
        Audit::Head => Ok(Ok(Anchor(store::head(conn)?.unwrap_or_default()).to_string())),
        Audit::Verify(Verify { anchor: anchors }) => {
            let bar = progress_bar();
            let found = verify(conn, anchors, |done, total| {
                if let Some(bar) = &bar {
                    bar.set_length(u64::try_from(total).unwrap_or_default());
                    bar.set_position(u64::try_from(done).unwrap_or_default());
                }
            });
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
            Ok(found?.map(|head| whole(head, anchors.len())))
        }
    }
}

fn whole(head: Link, anchors: usize) -> String {
    let entries = head.seq;
    format!("Whole: {entries} entries, {anchors} anchors; head {}", Anchor(head))
}

fn progress_bar() -> Option<ProgressBar> {
    if !io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} ({eta})") {
        bar.set_style(style);
    }
    Some(bar)
}
