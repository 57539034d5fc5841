//! SQL of what retailers answer.

use super::papers::by;
use crate::auth::Principal;
use crate::db::{Conn, Day, Instant};
use crate::listings::{Answer, AnswerReason, AnswerState, AnswerWords, NewAnswer, ProfileCode};
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::schema::{listing_answers as answers, organisations};
use diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = answers)]
struct Row {
    organisation_id: OrganisationId,
    number: i64,
    state: AnswerState,
    reason: Option<AnswerReason>,
    words: Option<AnswerWords>,
    listed_since: Option<Day>,
    profile: Option<ProfileCode>,
    answered_at: Instant,
}

impl From<Row> for Answer {
    fn from(row: Row) -> Self {
        let said = NewAnswer {
            state: row.state,
            reason: row.reason,
            words: row.words,
            listed_since: row.listed_since,
            profile: row.profile,
        };
        Self { organisation: row.organisation_id, number: row.number, said, answered_at: row.answered_at }
    }
}

/// All answers about a product, of one organisation or of all: each organisation's together, the latest first.
pub fn of_product(
    conn: &mut Conn,
    product: ProductId,
    of: Option<&[OrganisationId]>,
) -> QueryResult<Vec<Answer>> {
    let query = answers::table.filter(answers::product_id.eq(product));
    let mut query = query.select(Row::as_select()).into_boxed::<crate::db::MultiBackend>();
    if let Some(of) = of {
        query = query.filter(answers::organisation_id.eq_any(of.to_vec()));
    }
    let rows: Vec<Row> = query.order((answers::organisation_id, answers::number.desc())).load(conn)?;
    Ok(rows.into_iter().map(Answer::from).collect())
}

pub fn insert(conn: &mut Conn, product: ProductId, answer: &Answer, principal: Principal) -> QueryResult<()> {
    let (user, client) = by(principal);
    let said = &answer.said;
    diesel::insert_into(answers::table)
        .values((
            answers::product_id.eq(product),
            answers::organisation_id.eq(answer.organisation),
            answers::number.eq(answer.number),
            answers::state.eq(said.state),
            answers::reason.eq(said.reason),
            answers::words.eq(&said.words),
            answers::listed_since.eq(said.listed_since),
            answers::profile.eq(said.profile),
            answers::answered_at.eq(answer.answered_at),
            answers::user_id.eq(user),
            answers::client_id.eq(client),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Names of organisations: those of buyers are companies' and public.
pub fn names(conn: &mut Conn, of: &[OrganisationId]) -> QueryResult<Vec<(OrganisationId, Option<String>)>> {
    organisations::table
        .filter(organisations::id.eq_any(of))
        .select((organisations::id, organisations::public_name))
        .load(conn)
}
