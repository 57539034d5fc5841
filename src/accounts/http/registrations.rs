//! Registration, and its confirmation.

use super::passwords::strong_hash;
use super::{LetterSent, at_the_same_time, sent};
use crate::accounts::proof::prove_registration;
use crate::accounts::throttle::Guess;
use crate::accounts::{
    self, AccountError, DisplayName, Email, REGISTRATION_SECONDS, Registered, Registration, TermsVersion,
    UserId, UserLanguage,
};
use crate::app::App;
use crate::audit::Origin;
use crate::auth::Secret;
use crate::auth::origin_of;
use crate::auth::password::{Password, PasswordAttempt};
use crate::http::extract::language_of;
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, reply};
use crate::input::Faults;
use crate::organisations::{self, NewOrganisation, OrganisationId};
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

/// Somebody who wants an account, and either an organisation of one's own or an invitation.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewRegistration {
    email: Email,
    /// 10 to 200 characters that are hard to guess; which ones does not matter.
    password: Password,
    /// 1 to 100 characters.
    #[deserr(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "Phòng kinh doanh")]
    display_name: Option<DisplayName>,
    /// The language of our letters; without it that of `Accept-Language`.
    #[deserr(default)]
    language: Option<UserLanguage>,
    /// The version of the terms that the person has read and agrees to.
    terms_version: TermsVersion,
    /// Which the account will own.
    #[deserr(default)]
    organisation: Option<NewOrganisation>,
    /// The token of an invitation to this address, instead of an organisation.
    #[deserr(default)]
    invitation: Option<Secret>,
}

/// What the account is for.
enum Reason {
    Organisation(NewOrganisation),
    Invitation(Secret),
}

impl NewRegistration {
    fn split(self, req: &HttpRequest) -> Result<(Registration, Password, Reason), Faults> {
        let reason = match (self.organisation, self.invitation) {
            (Some(organisation), None) => Reason::Organisation(organisation),
            (None, Some(invitation)) => Reason::Invitation(invitation),
            (None, None) => return Err(Faults::one(["organisation"], either("missing"))),
            (Some(_), Some(_)) => return Err(Faults::one(["invitation"], either("not_both"))),
        };
        let registration = Registration {
            email: self.email,
            display_name: self.display_name,
            language: self.language.unwrap_or_else(|| language_of(req).into()),
            terms: self.terms_version,
        };
        Ok((registration, self.password, reason))
    }
}

fn either(code: &'static str) -> Invalid {
    Invalid::new(
        code,
        Say::new(
            "Cần có tổ chức hoặc lời mời, một trong hai.",
            "Say an organisation or an invitation: one of them.",
        ),
    )
}

/// A token as a letter brought it.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub(super) struct MailedToken {
    /// What stands behind `#` in the letter's link.
    pub token: Secret,
}

/// A token as a letter brought it, and the password chosen with the registration.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct RegistrationConfirmation {
    /// What stands behind `#` in the letter's link.
    token: Secret,
    /// As it was chosen with the registration that the letter belongs to.
    password: PasswordAttempt,
}

/// The account and the organisation that came of a registration.
#[derive(Debug, Serialize, ToSchema)]
struct NewAccount {
    user_id: UserId,
    /// The one that was registered, of which the user is the owner, or the one it was invited to. It is left out of an
    /// invitation to an office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    organisation_id: Option<OrganisationId>,
    #[schema(example = "banhang@example.vn")]
    email: String,
}

impl From<Registered> for NewAccount {
    fn from(registered: Registered) -> Self {
        Self { user_id: registered.user, organisation_id: registered.organisation, email: registered.email }
    }
}

/// Register.
///
/// With an organisation: sends a letter with a token to the address; nothing is made before the token is brought back. The
/// answer is the same whether or not the address has an account: if it has, the letter says so. Each registration
/// has a letter of its own, which stays good beside later ones; after three letters within an hour no further one is sent.
///
/// With an invitation: its token has proved the address, so the account is there at once, with what the invitation was to.
/// Neither signs in, and neither takes an `Idempotency-Key`.
#[utoipa::path(tag = "accounts", request_body = NewRegistration, responses(
    (status = 201, description = "By invitation: the account is there", body = NewAccount),
    (status = 202, description = "A letter is on its way", body = LetterSent),
    (status = 409, description = "By invitation: the address has an account, which can accept it.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 410, description = "The invitation is unknown, used, withdrawn, or has run out.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many letters were asked for from this address; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/registrations")]
pub(super) async fn create_registration(
    app: Data<App>,
    req: HttpRequest,
    body: Json<NewRegistration>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.letters_by_address.check(&client_address(&req))?;
    let (wanted, password, reason) = body.value.split(&req).map_err(Problem::invalid_body)?;
    match reason {
        Reason::Invitation(token) => {
            let made = register_invited(&app, wanted, password, token, origin_of(&req)).await?;
            reply::created("/v1/me", &NewAccount::from(made))
        }
        Reason::Organisation(organisation) => {
            let answer = LetterSent::to(&wanted.email, REGISTRATION_SECONDS);
            at_the_same_time(register(&app, wanted, password, organisation)).await?;
            sent(&answer, allowance)
        }
    }
}

async fn register_invited(
    app: &Data<App>,
    wanted: Registration,
    password: Password,
    token: Secret,
    origin: Origin,
) -> Result<Registered, Problem> {
    let (world, email, asked) = (app.world.clone(), wanted.email.clone(), token.clone());
    app.db.read(move |conn| accounts::check_invitation(conn, &world, &email, &asked)).await?;
    let hash = strong_hash(app, password, wanted.known(None), "password", Faults::default()).await?;
    let world = app.world.clone();
    let join = move |conn: &mut _| accounts::register_invited(conn, &world, &wanted, &token, &hash, &origin);
    let made = app.db.write(join).await?;
    app.post.wake();
    Ok(made)
}

async fn register(
    app: &Data<App>,
    wanted: Registration,
    password: Password,
    organisation: NewOrganisation,
) -> Result<(), Problem> {
    let mut faults = Faults::default();
    if let Err(found) = organisations::check(&app.reference, app.world.today(), &organisation, false) {
        faults.0.extend(found.within(&["organisation"]).0);
    }
    let hash = strong_hash(app, password, wanted.known(Some(&organisation)), "password", faults).await?;
    let (world, issuer) = (app.world.clone(), app.config.issuer.clone());
    let keep = move |conn: &mut _| accounts::register(conn, &world, &issuer, &wanted, &organisation, &hash);
    app.db.write(keep).await?;
    app.post.wake();
    Ok(())
}

/// Confirm a registration.
///
/// Makes the account and the organisation, of which it is the owner. The token shows who reads the mail of the address, the
/// password who has registered: anybody may have, with this address and another password. Wrong passwords are counted, and
/// slowed. It does not sign in. A token is good once and for 48 hours, and a confirmation ends all other registrations of the
/// address: the answer to their tokens is 410. Takes no `Idempotency-Key`.
#[utoipa::path(tag = "accounts", responses(
    (status = 201, description = "The account is there", body = NewAccount),
    (status = 409, description = "The address has got an account otherwise, or the organisation's data are out of date.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 410, description = "The token is unknown, used, or has run out.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many wrong passwords; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/registrations/confirmations")]
pub(super) async fn create_registration_confirmation(
    app: Data<App>,
    req: HttpRequest,
    body: Json<RegistrationConfirmation>,
) -> Result<HttpResponse, Problem> {
    let RegistrationConfirmation { token, password } = body.value;
    let (world, asked) = (app.world.clone(), token.clone());
    let seen = app.db.read(move |conn| accounts::registration_password(conn, &world, &asked)).await?;
    let guess = Guess::at_registration(&token.hash(), &client_address(&req));
    prove_registration(&app, guess, password, seen.clone()).await.map_err(|error| match error {
        AccountError::WrongPassword => not_of_this_registration(),
        error => error.into(),
    })?;
    let (world, reference, origin) = (app.world.clone(), app.reference.clone(), origin_of(&req));
    let confirm =
        move |conn: &mut _| accounts::confirm_registration(conn, &world, &reference, &token, &seen, &origin);
    let registered = app.db.write(confirm).await?;
    reply::created("/v1/me", &NewAccount::from(registered))
}

fn not_of_this_registration() -> Problem {
    let say = Say::new(
        "Đây không phải mật khẩu đã chọn trong lần đăng ký mà thư này xác nhận. Nếu bạn đã đăng ký nhiều lần, hãy dùng thư của lần chọn mật khẩu này.",
        "This is not the password of the registration that this letter confirms. If you have registered more than once, use the letter of the time you chose this password.",
    );
    Problem::invalid_body(Faults::one(["password"], Invalid::new("wrong_password", say)))
}
