//! People with accounts: `let officer = app.officer("33").await;`

use super::{Actor, TestApp};
use ocop_market::accounts::{self, DisplayName, Email, MemberRole, Membership, NewUser, Role, UserId};
use ocop_market::auth::Password;
use ocop_market::db::Instant;
use ocop_market::organisations::OrganisationId;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// What an authenticator app with this secret shows at a time.
pub fn code_at(secret: &str, at: Instant) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base32");
    let totp = totp_rs::Builder::new().with_secret(secret).build().expect("a secret long enough");
    totp.generate(u64::try_from(at.unix_seconds()).expect("after 1970")).to_string()
}

/// Everybody's password in the tests.
pub const PASSWORD: &str = "mật khẩu để thử";

impl TestApp {
    /// Creates a user as the command line does.
    pub async fn create_user(
        &self,
        email: &str,
        role: Role,
        memberships: &[(OrganisationId, MemberRole)],
    ) -> Result<UserId, String> {
        let new = NewUser {
            email: Email::parse(email).expect("an address"),
            password: Password::parse(PASSWORD).expect("a password"),
            display_name: Some(DisplayName::parse("Người dùng thử").expect("a name")),
            role,
            memberships: memberships
                .iter()
                .map(|(organisation, role)| Membership::own(*organisation, *role))
                .collect(),
        };
        let world = self.state.world.clone();
        let created = self.state.db.write(move |conn| accounts::create_user(conn, &world, new));
        created.await.map_err(|error| error.to_string())
    }

    /// The tokens of a new session, as the service answers.
    pub async fn sign_in(&self, email: &str) -> Value {
        let body = json!({ "email": email, "password": PASSWORD });
        let reply = self.anonymous().post("/v1/sessions", &body).await;
        reply.expect(StatusCode::CREATED)
    }

    /// Somebody who signs in again, after the clock has gone on for longer than a token is good.
    pub async fn again(&self, email: &str) -> Actor {
        let tokens = self.sign_in(email).await;
        self.anonymous().with_token(tokens["access_token"].as_str().expect("a token"))
    }

    /// Sets up a second factor for somebody who is signed in; gives the recovery codes and the app's secret.
    pub async fn enrolled(&self, by: &Actor) -> (Vec<String>, String) {
        let set_up = by.post("/v1/me/second-factor", &json!({ "password": PASSWORD })).await;
        let secret = set_up.expect(StatusCode::CREATED)["secret"].as_str().expect("a secret").to_owned();
        let body = json!({ "code": code_at(&secret, self.state.world.now()) });
        let confirmed = by.post("/v1/me/second-factor/confirmations", &body).await;
        let codes = confirmed.expect(StatusCode::CREATED)["recovery_codes"].clone();
        (serde_json::from_value(codes).expect("a list of texts"), secret)
    }

    /// Somebody with a new account, signed in.
    pub async fn user(&self, email: &str, role: Role, memberships: &[(OrganisationId, MemberRole)]) -> Actor {
        self.create_user(email, role, memberships).await.expect("a new user");
        let tokens = self.sign_in(email).await;
        self.anonymous().with_token(tokens["access_token"].as_str().expect("a token"))
    }

    /// A member of one organisation, signed in.
    pub async fn member(&self, email: &str, organisation: OrganisationId, role: MemberRole) -> Actor {
        self.user(email, Role::Member, &[(organisation, role)]).await
    }

    /// An officer of a province of today, signed in.
    pub async fn officer(&self, province: &str) -> Actor {
        let role = Role::Officer { province: province.to_owned() };
        let email = format!("officer-{province}@office.example");
        self.user(&email, role, &[]).await
    }
}
