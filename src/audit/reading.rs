//! Who may read what of the audit log.
//!
//! | Reader | Reads | Names | Origins |
//! |---|---|---|---|
//! | administrator | everything | all | all |
//! | officer | what lies in the province, and what the officer did | all of it | none |
//! | owner of an organisation | what concerns the organisation | of its own members and clients, and of who acted for it | of what its own members and clients did |

use super::chain::{Entry, Link};
use super::model::{Action, Actor};
use super::store;
use crate::accounts::{Role, UserId};
use crate::auth::Caller;
use crate::db::columns::Key;
use crate::db::{self, Conn, Day};
use crate::organisations::OrganisationId;
use diesel::QueryResult;
use std::collections::{HashMap, HashSet};

crate::id_type!(
    /// The id of a user or of a machine client.
    AuditActorId
);

/// Why the log is not shown.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// To who holds no office only what concerns an organisation is shown.
    #[error("an organisation must be named")]
    OrganisationNeeded,
    /// A member who is no owner.
    #[error("only an owner may read it")]
    OwnersOnly,
    #[error("there is no such organisation, or it is not the caller's")]
    NotFound,
    /// An officer who has signed in without the second factor.
    #[error("the office waits for the second factor")]
    OfficeWaits,
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(AuditError);

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub organisation: Option<OrganisationId>,
    pub actor: Option<AuditActorId>,
    /// Any of these; all if there are none.
    pub actions: Vec<Action>,
    pub subject: Option<String>,
    /// First and last local day.
    pub from: Option<Day>,
    pub to: Option<Day>,
}

/// A part of the log that has an index of its own.
#[derive(Debug, Clone)]
pub enum Scope {
    All,
    Province(String),
    Actor(UserId),
}

/// How far a reader reaches.
#[derive(Debug, Clone)]
enum Reader {
    Administrator,
    Officer {
        province: String,
        user: Option<UserId>,
    },
    /// Of the organisation that is asked about. An officer may be one too.
    Owner {
        organisation: OrganisationId,
    },
}

impl Reader {
    fn of(caller: &Caller, filter: &Filter) -> Result<Self, AuditError> {
        let owned = filter.organisation.filter(|organisation| caller.owns(*organisation));
        match (&caller.role, owned, filter.organisation) {
            (Role::Admin, _, _) => Ok(Self::Administrator),
            (_, Some(organisation), _) => Ok(Self::Owner { organisation }),
            (Role::Officer { province }, None, _) => {
                Ok(Self::Officer { province: province.clone(), user: caller.user() })
            }
            (Role::Member, None, _) if caller.office_waits => Err(AuditError::OfficeWaits),
            (Role::Member, None, None) => Err(AuditError::OrganisationNeeded),
            (Role::Member, None, Some(organisation)) => match caller.role_in(organisation) {
                Some(_) => Err(AuditError::OwnersOnly),
                None => Err(AuditError::NotFound),
            },
        }
    }

    /// Each is a question of its own to the database, because each has its own index; an `OR` of two would have none.
    fn scopes(&self) -> Vec<Scope> {
        match self {
            // The filter names the organisation.
            Self::Administrator | Self::Owner { .. } => vec![Scope::All],
            Self::Officer { province, user } => {
                let own = user.map(Scope::Actor);
                [Some(Scope::Province(province.clone())), own].into_iter().flatten().collect()
            }
        }
    }
}

/// An entry as its reader may see it.
#[derive(Debug)]
pub struct Shown {
    pub entry: Entry,
    pub actor_name: Option<String>,
    pub behalf_name: Option<String>,
    /// May the reader see where it came from?
    pub with_origin: bool,
}

/// At most `rows` entries that the caller may see, newest first, and the end of the chain.
pub fn read(
    conn: &mut Conn,
    caller: &Caller,
    filter: &Filter,
    before: Option<i64>,
    rows: i64,
) -> Result<(Vec<Shown>, Link), AuditError> {
    let reader = Reader::of(caller, filter)?;
    let mut found = Vec::new();
    for scope in reader.scopes() {
        found.extend(store::page(conn, &scope, filter, before, rows)?);
    }
    found.sort_by_key(|entry| std::cmp::Reverse(entry.seq));
    found.dedup_by_key(|entry| entry.seq);
    found.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let names = Names::of(conn, &reader, &found)?;
    let shown = found.into_iter().map(|entry| names.show(&reader, entry)).collect();
    Ok((shown, store::head(conn)?.unwrap_or_default()))
}

/// What the actors of a page are called, and which of them are the reader's own.
struct Names {
    actors: HashMap<String, String>,
    organisations: HashMap<String, String>,
    own: HashSet<String>,
}

impl Names {
    fn of(conn: &mut Conn, reader: &Reader, entries: &[Entry]) -> QueryResult<Self> {
        let actors: HashSet<&str> = entries.iter().filter_map(|entry| entry.actor_id.as_deref()).collect();
        let organisations = entries.iter().filter_map(|entry| entry.behalf_id.as_deref()).collect();
        let mut names = store::user_names(conn, &actors)?;
        names.extend(store::client_names(conn, &actors)?);
        let own = match reader {
            Reader::Owner { organisation } => store::own_actors(conn, *organisation, &actors)?,
            Reader::Administrator | Reader::Officer { .. } => HashSet::new(),
        };
        Ok(Self { actors: names, organisations: store::organisation_names(conn, &organisations)?, own })
    }

    fn show(&self, reader: &Reader, entry: Entry) -> Shown {
        let actor = entry.actor_id.as_deref();
        let is_own = actor.is_some_and(|actor| self.own.contains(actor));
        let (may_name, with_origin) = match reader {
            Reader::Administrator => (true, true),
            Reader::Officer { .. } => (true, false),
            Reader::Owner { organisation } => {
                (is_own || entry.behalf_id.as_deref() == Some(organisation.as_str()), is_own)
            }
        };
        Shown {
            actor_name: actor.filter(|_| may_name).and_then(|actor| self.actors.get(actor).cloned()),
            behalf_name: entry.behalf_id.as_deref().and_then(|id| self.organisations.get(id).cloned()),
            with_origin,
            entry,
        }
    }
}

/// What those who did something are called, as far as they are called anything.
pub fn names(conn: &mut Conn, actors: &[Actor]) -> QueryResult<HashMap<Key, String>> {
    let keys: HashMap<String, Key> =
        actors.iter().filter_map(|actor| actor.id()).map(|key| (key.as_str().to_owned(), key)).collect();
    let ids: HashSet<&str> = keys.keys().map(String::as_str).collect();
    let mut names = store::user_names(conn, &ids)?;
    names.extend(store::client_names(conn, &ids)?);
    Ok(names.into_iter().filter_map(|(id, name)| Some((*keys.get(&id)?, name))).collect())
}

/// The same as far as the caller may know it in what concerns an organisation: officers of its province know everybody,
/// others those who belong to the organisation or have acted for it.
pub fn names_for(
    conn: &mut Conn,
    caller: &Caller,
    (organisation, province): (OrganisationId, Option<&str>),
    actors: &[Actor],
) -> QueryResult<HashMap<Key, String>> {
    let mut names = names(conn, actors)?;
    if !caller.is_officer_for(province) {
        let ids: HashSet<&str> = names.keys().map(Key::as_str).collect();
        let mut known = store::own_actors(conn, organisation, &ids)?;
        known.extend(store::delegates_of(conn, organisation, &ids)?);
        names.retain(|key, _| known.contains(key.as_str()));
    }
    Ok(names)
}
