//! The password once more, in an open session: for whatever a borrowed device must not do.
//!
//! The guess is counted ahead, under the user's own key, which wrong codes of the second factor count under too. Hence the
//! right password alone clears nothing: who knows it could otherwise try codes without end.

use super::throttle::{self, Guess, Reservation};
use super::{AccountError, Session, SessionId, UserId, store};
use crate::app::App;
use crate::audit::Agent;
use crate::auth::password::{self, PasswordAttempt, PasswordHash};

/// Who has shown the password in an open session: the hash it fitted, and the guess it was counted as.
#[derive(Debug, Clone)]
pub struct Proven {
    pub user: UserId,
    pub session: SessionId,
    pub agent: Agent,
    pub hash: PasswordHash,
    pub reservation: Reservation,
}

/// Checks the password of the caller. What it was counted as stays counted until somebody takes it back.
pub async fn prove(app: &App, caller: &Session, attempt: PasswordAttempt) -> Result<Proven, AccountError> {
    let user = caller.user;
    let stored = app.db.read(move |conn| store::password_of(conn, user).map_err(AccountError::from)).await?;
    let hash = stored.ok_or(AccountError::UnknownUser)?;
    let reservation = check(app, Guess::by_user(user), attempt, hash.clone()).await?;
    Ok(Proven { user, session: caller.session, agent: caller.agent(), hash, reservation })
}

/// Checks the password that a registration was made with. A right one clears the count: nothing else is guessed at under
/// its key.
pub async fn prove_registration(
    app: &App,
    guess: Guess,
    attempt: PasswordAttempt,
    hash: PasswordHash,
) -> Result<(), AccountError> {
    let reservation = check(app, guess, attempt, hash).await?;
    let now = app.world.now();
    app.db.write(move |conn| throttle::succeed(conn, now, &reservation)).await
}

async fn check(
    app: &App,
    guess: Guess,
    attempt: PasswordAttempt,
    hash: PasswordHash,
) -> Result<Reservation, AccountError> {
    let now = app.world.now();
    let reservation = app.db.write(move |conn| throttle::reserve(conn, now, &guess)).await?;
    match password::verify(attempt, Some(hash)).await {
        Ok(true) => Ok(reservation),
        Ok(false) => Err(AccountError::WrongPassword),
        Err(busy) => {
            no_guess(app, reservation).await?;
            Err(busy.into())
        }
    }
}

/// Takes a guess back that was none.
pub async fn no_guess(app: &App, reservation: Reservation) -> Result<(), AccountError> {
    let now = app.world.now();
    app.db.write(move |conn| throttle::take_back(conn, now, &reservation)).await
}
