//! `GET` and `PATCH /v1/me/notifications`

use crate::accounts::Session;
use crate::app::App;
use crate::db::{Conn, Failure};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Problem, reply};
use crate::input::{Change, Faults};
use crate::leads::NotificationKind;
use crate::leads::letters::notifications::{self, SwitchedOff};
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! switches {
    ($($(#[$meta:meta])* $field:ident = $kind:ident),+ $(,)?) => {
        /// Which letters about leads the caller wants; all unless they were switched off.
        #[derive(Debug, Serialize, ToSchema)]
        struct MyNotifications {
            $($(#[$meta])* #[schema(example = true)] $field: bool),+
        }

        /// Which letters to switch on or off; what is left out stays.
        #[derive(Debug, ToSchema, Deserr)]
        #[deserr(error = Faults, deny_unknown_fields)]
        struct MyNotificationsChange {
            $(
                $(#[$meta])*
                #[deserr(default)]
                #[schema(value_type = bool, required = false, example = false)]
                $field: Change<bool>
            ),+
        }

        impl MyNotifications {
            fn of(caller: &Session, off: &SwitchedOff) -> Self {
                Self { $($field: off.wants(caller.user, NotificationKind::$kind)),+ }
            }
        }

        impl MyNotificationsChange {
            fn checked(self) -> Result<Vec<(NotificationKind, bool)>, Faults> {
                let (mut changes, mut faults) = (Vec::new(), Faults::default());
                $(match self.$field {
                    Change::Keep => {}
                    Change::Set(on) => changes.push((NotificationKind::$kind, on)),
                    Change::Clear => faults.push([stringify!($field)], not_null()),
                })+
                faults.into_result().map(|()| changes)
            }
        }

        #[cfg(test)]
        const FIELDS: &[(&str, NotificationKind)] = &[$((stringify!($field), NotificationKind::$kind)),+];
    };
}

switches! {
    /// To owners and editors of a producer: enquiries have come.
    new_leads = NewLeads,
    /// To the same: answers are due.
    reminders = Reminders,
    /// To the same: a buyer wrote, made a counter-offer, agreed, ordered, or ended it.
    buyer_news = BuyerNews,
    /// To a buyer: a producer wrote, quoted, sent a sample, declined, or asked for the contact.
    producer_news = ProducerNews,
    /// To officers: producers of the province have not answered in time.
    escalations = Escalations,
    /// To owners of a producer: a paper of a product runs out, or has run out.
    paper_reminders = PaperReminders,
    /// To the same: a retailer has answered about a product.
    retailer_answers = RetailerAnswers,
}

fn not_null() -> Invalid {
    Invalid::new("wrong_type", Say::new("Trường này không được là null.", "This field must not be null."))
}

/// Which letters about leads you get.
///
/// Each kind can be switched. Letters about the account itself always come.
#[utoipa::path(tag = "leads", security(("bearer" = [])), responses((status = 200, description = "The switches", body = MyNotifications)))]
#[get("/v1/me/notifications")]
pub async fn get_notifications(
    req: HttpRequest,
    app: Data<App>,
    caller: Session,
) -> Result<HttpResponse, Problem> {
    let user = caller.user;
    let read = move |conn: &mut Conn| SwitchedOff::of(conn, &[user]).map_err(Failure::from);
    let off = app.db.read(read).await?;
    reply::private(&req, &MyNotifications::of(&caller, &off))
}

/// Switch letters about leads on or off.
///
/// JSON merge patch (RFC 7396): what is left out stays. `If-Match` must carry the ETag of what was read.
#[utoipa::path(tag = "leads", security(("bearer" = [])),
    params(("If-Match" = String, Header, description = "ETag of `GET /v1/me/notifications`")),
    responses(
        (status = 200, description = "As it is now", body = MyNotifications),
        (status = 412, description = "It has changed since it was read.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing.", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[patch("/v1/me/notifications")]
pub async fn update_notifications(
    req: HttpRequest,
    app: Data<App>,
    caller: Session,
    body: Json<MyNotificationsChange>,
) -> Result<HttpResponse, Problem> {
    let changes = body.value.checked().map_err(Problem::invalid_body)?;
    let if_match = IfMatch::of(&req).required()?;
    let world = app.world.clone();
    let switched = move |conn: &mut Conn| {
        let seen = SwitchedOff::of(conn, &[caller.user])?;
        if_match.check(&MyNotifications::of(&caller, &seen))?;
        let off = notifications::switch(conn, &world, caller.user, &changes)?;
        Ok::<_, Problem>(MyNotifications::of(&caller, &off))
    };
    reply::private(&req, &app.db.write(switched).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_switch() {
        assert_eq!(FIELDS.len(), NotificationKind::ALL.len());
        assert!(FIELDS.iter().all(|(field, kind)| *field == kind.as_str()));
    }
}
