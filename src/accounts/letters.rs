//! Letters to the owner of an account about what happens to it.

use super::{AccountError, Addressee, UserId, store};
use crate::db::{Conn, Instant};
use crate::mail::{self, Letter, MailKind};
use crate::world::World;

/// Writes to a user. Nobody is written to where there is no such user any more.
pub(super) fn tell(
    conn: &mut Conn,
    world: &World,
    user: UserId,
    kind: MailKind,
    values: Vec<(&'static str, String)>,
) -> Result<(), AccountError> {
    let Some(Addressee { user, email, language }) = store::addressee(conn, user)? else { return Ok(()) };
    Ok(mail::send(conn, world, &Letter { kind, to: email, user: Some(user), language, values })?)
}

/// A moment as people in Vietnam read it.
pub(super) fn when(at: Instant) -> String {
    const SEVEN_HOURS: i64 = 7 * 3600;
    let text = at.plus_seconds(SEVEN_HOURS).to_string().replace('T', " ");
    format!("{} (UTC+7)", text.get(..16).unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_local_time() {
        let at = Instant::from_micros(1_795_402_800_123_456);
        assert_eq!(at.to_string(), "2026-11-23T03:00:00.123456Z");
        assert_eq!(when(at), "2026-11-23 10:00 (UTC+7)");
    }
}
