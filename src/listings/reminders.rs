//! Letters before a paper runs out: to the owners of its producer, in their language, 60, 30 and 7 days before the last day of a
//! checked paper and on the day after, each once.
//!
//! The hourly job asks which papers end; the paper remembers the last step of which was told, so that of several instances, and
//! of several rounds, one tells. A round that comes late tells the latest step only. Letters are written from seven in the
//! morning on. While a listing is withdrawn nobody is told.

use super::store::papers::{self, Ending};
use super::{REMINDERS, reminder_due};
use crate::accounts::{self, Addressee, UserLanguage};
use crate::app::App;
use crate::db::{Conn, Day, Failure};
use crate::leads::letters::notifications::{NotificationKind, SwitchedOff};
use crate::mail::{self, Letter, MailKind};
use crate::organisations::OrganisationId;
use crate::world::World;
use diesel::QueryResult;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Letters wait until the morning.
const MORNING_SECONDS: i64 = 7 * 3600;

/// Tells whoever is to be told; returns of how many papers.
pub async fn round(app: &App) -> Result<usize, Failure> {
    let world = app.world.clone();
    let today = world.now().plus_seconds(-MORNING_SECONDS).local_day();
    let told = app.db.write(move |conn| tell(conn, &world, today).map_err(Failure::from)).await?;
    if told > 0 {
        app.post.wake();
    }
    Ok(told)
}

fn tell(conn: &mut Conn, world: &World, today: Day) -> QueryResult<usize> {
    let [first, .., last] = REMINDERS;
    // A week back: what ran out while the service was down is told late, and what ran out long ago is not told at all.
    let ending = papers::ending(conn, (today.plus_days(-7), today.plus_days(first)), last)?;
    let due = ending.into_iter().filter_map(|paper| {
        let left = today.days_until(paper.valid_until?);
        Some((reminder_due(left, paper.reminded)?, left, paper))
    });
    let due: Vec<(i64, i64, Ending)> = due.collect();
    let mut owners: HashMap<OrganisationId, Vec<Addressee>> = HashMap::new();
    let mut told = 0;
    for (step, left, paper) in &due {
        if !papers::take_step(conn, paper.id, *step)? {
            continue;
        }
        told += 1;
        let readers = match owners.entry(paper.producer) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(readers(conn, paper.producer)?),
        };
        for owner in readers.iter() {
            mail::send(conn, world, &letter(owner, paper, *left))?;
        }
    }
    Ok(told)
}

/// The owners of a producer that want these letters.
fn readers(conn: &mut Conn, producer: OrganisationId) -> QueryResult<Vec<Addressee>> {
    let mut owners = accounts::owners_of(conn, producer)?;
    let users: Vec<_> = owners.iter().map(|owner| owner.user).collect();
    let off = SwitchedOff::of(conn, &users)?;
    owners.retain(|owner| off.wants(owner.user, NotificationKind::PaperReminders));
    Ok(owners)
}

fn letter(to: &Addressee, paper: &Ending, left: i64) -> Letter {
    let (vi, en) = paper.kind.name();
    let name = match to.language {
        UserLanguage::Vi => vi,
        UserLanguage::En => en,
    };
    let mut values = vec![
        ("product", paper.product_name.clone()),
        ("paper", name.to_owned()),
        ("number", paper.number.as_str().to_owned()),
        ("until", paper.valid_until.map(|day| written(day, to.language)).unwrap_or_default()),
        ("listing", paper.product.to_string()),
    ];
    let kind = if left < 0 {
        MailKind::PaperExpired
    } else {
        values.push(("days", left.to_string()));
        MailKind::PaperExpiring
    };
    Letter { kind, to: to.email.clone(), user: Some(to.user), language: to.language, values }
}

/// A day as its readers write it.
fn written(day: Day, language: UserLanguage) -> String {
    match language {
        UserLanguage::Vi => day.date().strftime("%d/%m/%Y").to_string(),
        UserLanguage::En => day.to_string(),
    }
}
