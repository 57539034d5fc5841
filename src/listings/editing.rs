//! Changes of what a listing says: who makes them decides whether buyers see them at once ([`Hand`]).

use super::{
    Cause, Checked, Content, ContentPatch, Field, Hand, Known, Listing, ListingError, Reach, Version, check,
    checks, store,
};
use crate::audit::{Action, Event};
use crate::auth::Caller;
use crate::catalogue::Seq;
use crate::db::Conn;
use crate::media;
use crate::organisations;
use crate::products::ProductId;
use crate::reference::Reference;
use crate::world::World;
use diesel::QueryResult;

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edited {
    /// The fields that buyers see otherwise from now on.
    pub live: Vec<Field>,
    /// Those that are in the draft, and wait for an officer's agreement once they are handed in.
    pub drafted: Vec<Field>,
    /// From which change of the catalogue buyers see it; nothing if they see what they saw before.
    pub seq: Option<Seq>,
}

impl Known {
    /// As whom the caller changes this listing. An officer who has a part in its producer is not the office in it: nobody
    /// agrees to one's own.
    pub fn hand(&self, conn: &mut Conn, caller: &Caller) -> QueryResult<Hand> {
        if self.is_office(caller) {
            return Ok(Hand::Office);
        }
        organisations::standing(conn, self.product.producer).map(Hand::of_producer)
    }

    pub(super) fn is_office(&self, caller: &Caller) -> bool {
        caller.is_officer_for(self.product.place.province.as_deref())
            && caller.role_in(self.product.producer).is_none()
    }

    /// What a change by this caller is a change of: a producer's is of the draft, the office's of what buyers see.
    pub fn content_for(&self, caller: &Caller) -> Content {
        let live = self.content();
        if self.is_office(caller) { live } else { live.changed_by(&self.draft) }
    }
}

/// A change in its two parts.
struct Parted {
    content: Content,
    draft: ContentPatch,
    live: Vec<Field>,
    drafted: Vec<Field>,
}

impl Parted {
    fn of(known: &Known, patch: ContentPatch, hand: Hand) -> Self {
        let before = known.content();
        let (now, later) = patch.split(|field| field.stake().goes_live(hand));
        let content = before.changed_by(&now);
        // Of what a producer shows at once no older draft is left. The office does not throw away what is not its own.
        let shown = if hand == Hand::Office { Vec::new() } else { now.fields() };
        let kept = known.draft.clone().split(|field| !shown.contains(&field)).0;
        let spoken_of = later.fields();
        let draft = kept.then(later).unlike(&content);
        let live = content.fields_unlike(&before);
        let drafted = draft.fields().into_iter().filter(|field| spoken_of.contains(field)).collect();
        Self { content, draft, live, drafted }
    }
}

/// Makes a change as the rule has it: what the caller may show at once is shown, the rest goes into the draft. `patch` was
/// read over [`Known::content_for`] the caller.
pub fn edit(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &mut Known,
    (patch, cause): (ContentPatch, Cause),
) -> Result<Edited, ListingError> {
    let hand = known.hand(conn, by)?;
    let today = world.today();
    let wanted = (&known.content_for(by), patch);
    let patch = checks::check_change(conn, reference, today, &known.product, wanted)?;
    let Parted { content, draft, live, drafted } = Parted::of(known, patch, hand);
    let content = check(conn, reference, today, &known.product, (&known.content(), content))?;
    let mut events = Vec::new();
    if hand != Hand::Office && draft != known.draft {
        events.push(known.event(Action::ListingDrafted).with("fields", draft.fields()));
    }
    let seq = put(conn, world, by, known, (content, cause), (draft, events))?;
    Ok(Edited { live, drafted, seq })
}

/// What [`edit`] would make of the listing. Nothing is written.
pub fn preview(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: Known,
    patch: ContentPatch,
) -> Result<Known, ListingError> {
    let hand = known.hand(conn, by)?;
    let wanted = (&known.content_for(by), patch);
    let patch = checks::check_change(conn, reference, world.today(), &known.product, wanted)?;
    let Parted { content, draft, live, .. } = Parted::of(&known, patch, hand);
    if live.is_empty() {
        return Ok(Known { draft, ..known });
    }
    let before = known.or_new(world.now());
    let listing = Listing { content, version: before.version + 1, updated_at: world.now(), ..before };
    Ok(Known { listing: Some(listing), draft, ..known })
}

/// Shows buyers another content from now on, and keeps it as a version; nothing is written, and nothing announced, if it is so
/// already. What the draft says alike is no draft any more.
pub fn publish(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &mut Known,
    (content, cause): (Content, Cause),
) -> Result<Option<Seq>, ListingError> {
    let content = check(conn, reference, world.today(), &known.product, (&known.content(), content))?;
    let draft = known.draft.clone();
    put(conn, world, by, known, (content, cause), (draft, Vec::new()))
}

/// Makes a change to what buyers see, whoever makes it; see [`publish`].
pub fn change(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &mut Known,
    patch: ContentPatch,
) -> Result<Option<Seq>, ListingError> {
    let live = known.content();
    let patch = checks::check_change(conn, reference, world.today(), &known.product, (&live, patch))?;
    publish(conn, world, reference, by, known, (live.changed_by(&patch), Cause::Edited))
}

/// Writes what buyers see and what is being worked on, with what else was done.
pub(super) fn put(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
    (checked, cause): (Checked, Cause),
    (draft, mut events): (ContentPatch, Vec<Event>),
) -> Result<Option<Seq>, ListingError> {
    let content = checked.into_content();
    let draft = draft.unlike(&content);
    // What is shown, or is to be, is not forgotten.
    let wanted = content.changed_by(&draft);
    let pictures = content.pictures().iter().chain(wanted.pictures()).map(|picture| picture.image_id);
    media::mark_used(conn, world.now(), &pictures.collect::<Vec<_>>())?;
    if draft != known.draft {
        store::drafts::put(conn, known.product.id, &draft, world.now())?;
        known.draft = draft;
    }
    let before = known.or_new(world.now());
    let fields = content.fields_unlike(&before.content);
    if fields.is_empty() {
        known.record(conn, world, by, events)?;
        return Ok(None);
    }
    let number = before.version + 1;
    let changed = known
        .event(Action::ListingChanged)
        .with("version", number)
        .with("cause", cause.kind())
        .with("fields", &fields)
        .with("price_from", content.price().map(|price| price.amount))
        .with("price_unit", content.price().map(|price| price.unit));
    events.push(changed);
    let by_whom = by.agent().actor;
    let version =
        Version { number, content: content.clone(), fields, cause, made_at: world.now(), by: by_whom };
    store::versions::insert(conn, known.product.id, &version)?;
    if version.fields.contains(&Field::TradeItems) {
        store::replace_gtins(conn, known.product.id, content.items())?;
    }
    known.save_with(conn, world, by, (Listing { content, version: number, ..before }, events)).map(Some)
}

/// Throws the draft of a listing away; what buyers see, and what waits for an officer, stays.
pub fn discard_draft(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &mut Known,
) -> Result<(), ListingError> {
    if known.draft.is_empty() {
        return Err(ListingError::NothingDrafted);
    }
    let event = known.event(Action::ListingDraftDiscarded).with("fields", known.draft.fields());
    known.draft = ContentPatch::default();
    store::drafts::put(conn, known.product.id, &known.draft, world.now())?;
    Ok(known.record(conn, world, by, vec![event])?)
}

/// A listing whose draft the caller may hand in or throw away, locked until the transaction ends. What is the producer's to
/// hand in, the office does not hand in for it.
pub fn open_as_producer(conn: &mut Conn, caller: &Caller, id: ProductId) -> Result<Known, ListingError> {
    let known = super::lock(conn, caller, id, Reach::Edits)?;
    match caller.may_edit(known.product.producer) {
        true => Ok(known),
        false => Err(ListingError::ProducersOnly),
    }
}
