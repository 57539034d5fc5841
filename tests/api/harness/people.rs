//! People with accounts: `let officer = app.officer("33").await;`

use super::{Actor, TestApp};
use ocop_market::accounts::{self, DisplayName, Email, MemberRole, Membership, NewUser, Role, UserId};
use ocop_market::auth::Password;
use ocop_market::organisations::OrganisationId;
use reqwest::StatusCode;
use serde_json::{Value, json};

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
