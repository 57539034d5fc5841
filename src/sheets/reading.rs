//! What the tables of a workbook make of listings: for each row a change, or all that is wrong with its cells.
//!
//! Cells become the JSON that a `PATCH` of the listing would carry, and are read by the very types that read such a body; what
//! those find wrong goes back to the cells by the path it stands at. So a sheet can say nothing that the API would refuse, and
//! whoever fills in cells is told what a program would be.
//!
//! An empty cell clears. A column, or a table, that the workbook does not have leaves what is there as it is.

mod json;

use super::book::{Row, Sheet, Tables};
use super::model::{CellFault, CellFaults, Column, Kind, Part, Table, ValueKind, attribute};
use super::tag_of;
use crate::auth::Caller;
use crate::input::{self, Fault, Faults};
use crate::listings::{AttributeValue, ContentPatch, Field, Known, Many, Picture, TradeItem};
use crate::products::{ProductCode, ProductId};
use crate::say::{Invalid, Say};
use json::{
    by_number, expected, in_order, key_of, put, unlike, unsaid_in_vietnamese, with_tiers, without_nothing,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What the workbook says of a listing.
pub struct Wanted<'a> {
    pub product: ProductId,
    /// What it changes.
    pub patch: ContentPatch,
    row: Spot<'a>,
    /// Its rows on the other sheets, packs and pictures in their order.
    parts: Vec<(&'a Sheet, Vec<&'a Row>)>,
}

impl Wanted<'_> {
    /// A fault that was found in the JSON of the change, at the cell it is of.
    pub fn fault(&self, fault: Fault) -> CellFault {
        let (field, path) = match fault.path.split_first() {
            Some((first, rest)) => (Field::parse(first).ok(), rest),
            None => (None, &[][..]),
        };
        let invalid = Invalid { code: fault.code, say: fault.say };
        let part = self.parts.iter().find(|(sheet, _)| field.is_some() && sheet.table.field() == field);
        let Some((sheet, rows)) = part else {
            return self.row.fault(self.row.column_of(field, path), invalid);
        };
        let (first, rest) = path.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        let row = match sheet.table {
            Table::Attributes => sheet.part(Part::Key).and_then(|key| {
                rows.iter().find(|row| row.get(key).is_some_and(|raw| key_of(&raw.shown()) == first))
            }),
            _ => first.parse().ok().and_then(|index: usize| rows.get(index)),
        };
        match row.or(rows.first()) {
            Some(row) => {
                let spot = Spot { sheet, row, product: Some(self.product) };
                spot.fault(spot.column_of(None, rest), invalid)
            }
            None => self.row.fault(ID, invalid),
        }
    }
}

/// By what a row names its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Id(ProductId),
    Code(ProductCode),
}

impl Name {
    pub fn id(&self) -> Option<ProductId> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Code(_) => None,
        }
    }

    pub fn code(&self) -> Option<ProductCode> {
        match self {
            Self::Id(_) => None,
            Self::Code(code) => Some(*code),
        }
    }

    fn parse(text: &str) -> Result<Self, Invalid> {
        if let Ok(id) = ProductId::parse(text) {
            return Ok(Self::Id(id));
        }
        ProductCode::parse(text).map(Self::Code).map_err(|_| {
            Invalid::new(
                "invalid_id",
                Say::new(
                    "Cần mã sản phẩm như trong sổ tính đã tải về, hoặc mã in trên bao bì.",
                    "Expected the product's id as in the downloaded workbook, or the code printed on its pack.",
                ),
            )
        })
    }
}

/// The products that the rows name, as far as they can be read.
pub fn names(tables: &Tables) -> Vec<Name> {
    let sheets = Table::ALL.iter().filter_map(|table| tables.get(*table));
    let rows = sheets.flat_map(|sheet| &sheet.rows);
    rows.filter_map(|row| Name::parse(&row.get(ID)?.shown()).ok()).collect()
}

/// The first column of every table.
const ID: usize = 0;

/// What is known of the products that are named.
pub struct Reach<'a> {
    pub ids_of_codes: HashMap<ProductCode, ProductId>,
    pub many: &'a Many,
    pub caller: &'a Caller,
}

/// What the workbook wants of each listing, in the order of its rows, and all that is wrong with its cells. Of a listing with
/// faults the rest is told.
pub fn read<'t>(tables: &'t Tables, reach: &Reach<'_>) -> (Vec<Wanted<'t>>, CellFaults) {
    let mut reading = Reading { reach, rows: HashSet::new(), faults: CellFaults::default() };
    let wanted = reading.listings(tables);
    (wanted, reading.faults)
}

struct Reading<'r> {
    reach: &'r Reach<'r>,
    /// The products that have a row on the sheet of listings.
    rows: HashSet<ProductId>,
    faults: CellFaults,
}

/// The rows of a table that belong to one product.
type Owned<'a> = HashMap<ProductId, Vec<&'a Row>>;

/// The cells of a row that stand where its faults are to be told.
struct Spot<'a> {
    sheet: &'a Sheet,
    row: &'a Row,
    product: Option<ProductId>,
}

impl Spot<'_> {
    fn fault(&self, column: usize, invalid: Invalid) -> CellFault {
        let known = self.sheet.table.columns().get(column);
        CellFault::new(self.sheet.place(self.row, column), known.map(|column| column.name.as_str()), invalid)
            .about(self.product)
            .reading(self.row.get(column).map(|raw| raw.shown()))
    }

    /// The column, among those that are here, in which what stands at a path of the JSON is.
    fn column_of(&self, field: Option<Field>, path: &[String]) -> usize {
        let columns = || {
            let all = self.sheet.table.columns().iter().enumerate();
            all.filter(|(place, column)| {
                column.part == Part::Content && column.field == field && self.sheet.has(*place)
            })
        };
        let fits = |column: &Column| column.path.iter().zip(path).all(|(one, other)| one == other);
        let exact = columns().find(|(_, column)| fits(column) && column.path.len() <= path.len());
        let found = exact.or_else(|| columns().find(|(_, column)| fits(column)));
        found.or_else(|| columns().next()).map_or(ID, |(place, _)| place)
    }
}

impl<'r> Reading<'r> {
    fn listings<'t>(&mut self, tables: &'t Tables) -> Vec<Wanted<'t>> {
        let Some(sheet) = tables.get(Table::Listings) else { return Vec::new() };
        let mut rows: Vec<(&Row, ProductId, &'r Known)> = Vec::new();
        for row in &sheet.rows {
            if let Some((product, known)) = self.opened(sheet, row) {
                rows.push((row, product, known));
            }
        }
        let owned = Table::ALL
            .iter()
            .filter_map(|table| tables.get(*table))
            .filter(|sheet| sheet.table != Table::Listings);
        let parts: Vec<(&Sheet, Owned<'_>)> = owned.map(|sheet| (sheet, self.owned(sheet))).collect();
        let mut wanted = Vec::new();
        for (row, product, known) in rows {
            let spot = Spot { sheet, row, product: Some(product) };
            let before = known.content_for(self.reach.caller);
            let (members, mut patch) = (before.members(), ContentPatch::default());
            for fields in together() {
                if let Some(change) = self.fields(&spot, &fields, &members) {
                    patch = patch.then(change);
                }
            }
            let mut own = Vec::new();
            for (part, owned) in &parts {
                let mut rows = owned.get(&product).cloned().unwrap_or_default();
                let Some(field) = part.table.field() else { continue };
                if let Some(change) = self.part(part, product, &rows, members.get(field.as_str())) {
                    patch = patch.then(change);
                }
                let order = part.part(Part::Order);
                let number = |row: &&Row| order.and_then(|order| row.get(order)?.shown().parse::<i64>().ok());
                rows.sort_by_key(number);
                own.push((*part, rows));
            }
            wanted.push(Wanted { product, patch: unlike(patch, &members), row: spot, parts: own });
        }
        wanted
    }

    /// The listing that a row is about, if it may be changed and is still what was downloaded.
    fn opened(&mut self, sheet: &Sheet, row: &Row) -> Option<(ProductId, &'r Known)> {
        let spot = Spot { sheet, row, product: None };
        let product = self.product(&spot)?;
        let reach = self.reach;
        let Some(known) = reach.many.open.get(&product) else {
            self.faults.push(
                spot.fault(ID, if reach.many.closed.contains(&product) { read_only() } else { unknown() }),
            );
            return None;
        };
        let spot = Spot { product: Some(product), ..spot };
        if !self.rows.insert(product) {
            let say = Say::new("Sản phẩm này đã có một dòng ở trên.", "This product has a row above.");
            self.faults.push(spot.fault(ID, Invalid::new("duplicate", say)));
            return None;
        }
        let version = sheet.part(Part::Version).unwrap_or(ID);
        let said = |part| {
            let place = sheet.part(part)?;
            Some(row.get(place)?.shown())
        };
        let present = known.listing.as_ref().map_or(0, |listing| listing.version);
        let same = match (said(Part::Version), said(Part::Tag)) {
            (None, None) => present == 0,
            (version, tag) => {
                version.is_none_or(|said| said == present.to_string())
                    && tag.is_none_or(|said| said == tag_of(known, reach.caller))
            }
        };
        if !same {
            let say = crate::say!(
                "Người khác đã sửa mục này sau khi bạn tải về (nay là phiên bản {present}); hãy tải lại.",
                "Somebody else has changed this listing since you downloaded it (it is version {present} now); download it again."
            );
            self.faults.push(spot.fault(version, Invalid::new("changed_meanwhile", say)));
        }
        Some((product, known))
    }

    /// The product a row names.
    fn product(&mut self, spot: &Spot<'_>) -> Option<ProductId> {
        let Some(raw) = spot.row.get(ID) else {
            self.faults.push(spot.fault(ID, missing()));
            return None;
        };
        match Name::parse(&raw.shown()) {
            Ok(Name::Id(id)) => Some(id),
            Ok(Name::Code(code)) => {
                let id = self.reach.ids_of_codes.get(&code).copied();
                if id.is_none() {
                    self.faults.push(spot.fault(ID, unknown()));
                }
                id
            }
            Err(invalid) => {
                self.faults.push(spot.fault(ID, invalid));
                None
            }
        }
    }

    /// The rows of a table by their products, each of which has a row on the sheet of listings.
    fn owned<'t>(&mut self, sheet: &'t Sheet) -> Owned<'t> {
        let mut owned = Owned::new();
        for row in &sheet.rows {
            let spot = Spot { sheet, row, product: None };
            let Some(product) = self.product(&spot) else { continue };
            if self.rows.contains(&product) {
                owned.entry(product).or_default().push(row);
            } else if self.reach.many.open.contains_key(&product) {
                let say = Say::new(
                    "Sản phẩm này không có dòng nào ở trang Sản phẩm.",
                    "This product has no row on the sheet of products.",
                );
                self.faults.push(spot.fault(ID, Invalid::new("no_listing_row", say)));
            } else {
                self.faults.push(spot.fault(ID, unknown()));
            }
        }
        owned
    }

    /// The change of fields that are read together; `None` if none of their columns is here, or something is wrong.
    fn fields(
        &mut self,
        spot: &Spot<'_>,
        fields: &[Field],
        before: &Map<String, Value>,
    ) -> Option<ContentPatch> {
        let (mut given, mut sound) = (Map::new(), true);
        for field in fields {
            let own = |column: &Column| column.field == Some(*field);
            match self.cells(spot, own, before.get(field.as_str())) {
                Ok(Some(value)) => {
                    given.insert(field.as_str().to_owned(), value);
                }
                // Its partner is here: they are read together.
                Ok(None) if fields.len() > 1 => {
                    let value = before.get(field.as_str()).cloned().unwrap_or_default();
                    given.insert(field.as_str().to_owned(), value);
                }
                Ok(None) => return None,
                Err(()) => sound = false,
            }
        }
        if !sound {
            return None;
        }
        self.found(spot, ContentPatch::of_members(given), |fault| {
            let (first, rest) =
                fault.path.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
            let field = Field::parse(first).ok();
            (field.or(fields.first().copied()), rest.to_vec())
        })
    }

    /// What was read, or nothing and its faults, each at the cell of the field and path that `place` says.
    fn found<T>(
        &mut self,
        spot: &Spot<'_>,
        read: Result<T, Faults>,
        place: impl Fn(&Fault) -> (Option<Field>, Vec<String>),
    ) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(faults) => {
                for fault in faults.0 {
                    let (field, path) = place(&fault);
                    let column = spot.column_of(field, &path);
                    self.faults.push(spot.fault(column, Invalid { code: fault.code, say: fault.say }));
                }
                None
            }
        }
    }

    /// The JSON that cells of a row make of what was there before: `Ok(None)` if none of the columns is here.
    fn cells(
        &mut self,
        spot: &Spot<'_>,
        own: impl Fn(&Column) -> bool,
        before: Option<&Value>,
    ) -> Result<Option<Value>, ()> {
        let mut value = before.cloned().unwrap_or_default();
        let (mut here, mut sound) = (false, true);
        let columns = spot.sheet.table.columns().iter().enumerate();
        for (place, column) in columns.filter(|(_, column)| column.part == Part::Content && own(column)) {
            if !spot.sheet.has(place) {
                continue;
            }
            here = true;
            match spot.row.get(place).map(|raw| column.kind.read(raw)).transpose() {
                Ok(read) => put(&mut value, &column.path, read),
                Err(invalid) => {
                    self.faults.push(spot.fault(place, invalid));
                    sound = false;
                }
            }
        }
        match (sound, here) {
            (false, _) => Err(()),
            (true, false) => Ok(None),
            (true, true) => {
                let mut value = without_nothing(value);
                unsaid_in_vietnamese(&mut value);
                Ok(Some(value))
            }
        }
    }

    /// The change of the field that the rows of a table make up.
    fn part(
        &mut self,
        sheet: &Sheet,
        product: ProductId,
        rows: &[&Row],
        before: Option<&Value>,
    ) -> Option<ContentPatch> {
        let field = sheet.table.field()?;
        let change =
            |value: Value| ContentPatch::of_members(Map::from_iter([(field.as_str().to_owned(), value)]));
        let Some(first) = rows.first() else { return change(Value::Null).ok() };
        let value = match sheet.table {
            Table::Attributes => self.attributes(sheet, product, rows, before),
            _ => self.list(sheet, product, rows, before),
        }?;
        let spot = Spot { sheet, row: first, product: Some(product) };
        self.found(&spot, change(value), |_| (None, Vec::new()))
    }

    /// Packs or pictures, in their order.
    fn list(
        &mut self,
        sheet: &Sheet,
        product: ProductId,
        rows: &[&Row],
        before: Option<&Value>,
    ) -> Option<Value> {
        let order = sheet.part(Part::Order)?;
        let (mut items, mut sound) = (BTreeMap::new(), true);
        for row in rows {
            let spot = Spot { sheet, row, product: Some(product) };
            let no = self.number(&spot, order);
            if no.is_some_and(|no| items.contains_key(&no)) {
                let say = Say::new("Thứ tự này đã có ở dòng trên.", "A row above has this number.");
                self.faults.push(spot.fault(order, Invalid::new("duplicate", say)));
                sound = false;
            }
            let there = no.and_then(|no| before?.as_array()?.get(usize::try_from(no - 1).ok()?));
            match (no, self.item(&spot, there)) {
                (Some(no), Some(item)) => {
                    items.insert(no, item);
                }
                _ => sound = false,
            }
        }
        sound.then(|| items.into_values().collect())
    }

    /// One pack or picture.
    fn item(&mut self, spot: &Spot<'_>, there: Option<&Value>) -> Option<Value> {
        let mut there = there.cloned();
        if let Some(prices) = there.as_mut().and_then(|item| item.get_mut("prices")) {
            by_number(prices);
        }
        let mut item = self.cells(spot, |_| true, there.as_ref()).ok()??;
        let tiers = item.get_mut("prices").map(in_order).unwrap_or_default();
        let read = match spot.sheet.table {
            Table::Pictures => input::read::<Picture>(item.clone()).map(drop),
            _ => input::read::<TradeItem>(item.clone()).map(drop).map_err(|faults| with_tiers(faults, &item)),
        };
        self.found(spot, read, |fault| {
            let mut path = fault.path.clone();
            if let [first, index, ..] = path.as_mut_slice()
                && first == "prices"
                && let Some(tier) = index.parse().ok().and_then(|index: usize| tiers.get(index))
            {
                tier.clone_into(index);
            }
            (None, path)
        })?;
        Some(item)
    }

    fn number(&mut self, spot: &Spot<'_>, order: usize) -> Option<i64> {
        let Some(raw) = spot.row.get(order) else {
            self.faults.push(spot.fault(order, missing()));
            return None;
        };
        let Some(Kind::Whole(least, most)) = spot.sheet.table.columns().get(order).map(|column| column.kind)
        else {
            return None;
        };
        let read = Kind::Whole(least, most).read(raw);
        let read = read.map(|value| value.as_i64().filter(|number| (least..=most).contains(number)));
        match read {
            Ok(Some(number)) => Some(number),
            Ok(None) => {
                let say = crate::say!(
                    "Thứ tự là số nguyên từ {least} đến {most}.",
                    "The number of a row is a whole number from {least} to {most}."
                );
                self.faults.push(spot.fault(order, Invalid::new("out_of_range", say)));
                None
            }
            Err(invalid) => {
                self.faults.push(spot.fault(order, invalid));
                None
            }
        }
    }

    /// The attributes of a product by their keys. One without a value is not there.
    fn attributes(
        &mut self,
        sheet: &Sheet,
        product: ProductId,
        rows: &[&Row],
        before: Option<&Value>,
    ) -> Option<Value> {
        let value = sheet.part(Part::Content)?;
        let (key, kind) = (sheet.part(Part::Key)?, sheet.part(Part::ValueKind));
        let (mut read, mut seen, mut sound) = (Map::new(), HashSet::new(), true);
        for row in rows {
            let spot = Spot { sheet, row, product: Some(product) };
            let mut refuse = |faults: &mut CellFaults, column: usize, invalid: Invalid| {
                faults.push(spot.fault(column, invalid));
                sound = false;
            };
            let Some(name) = row.get(key).map(|raw| key_of(&raw.shown())) else {
                refuse(&mut self.faults, key, missing());
                continue;
            };
            if !seen.insert(name.clone()) {
                let say = Say::new("Thuộc tính này đã có ở dòng trên.", "A row above has this attribute.");
                refuse(&mut self.faults, key, Invalid::new("duplicate", say));
                continue;
            }
            let told = kind.and_then(|kind| Some((kind, row.get(kind)?)));
            let told = told.map(|(place, raw)| {
                let options = Kind::Choice(super::model::Options::ValueKind);
                let code = options.read(raw).map(|value| value.as_str().unwrap_or_default().to_owned());
                code.and_then(|code| ValueKind::parse(&code)).map_err(|invalid| (place, invalid))
            });
            let told = match told.transpose() {
                Ok(told) => told,
                Err((place, invalid)) => {
                    refuse(&mut self.faults, place, invalid);
                    continue;
                }
            };
            let there = || before?.as_object()?.get(&name).map(ValueKind::of);
            let Some(raw) = row.get(value) else { continue };
            match attribute(raw, told.or_else(there).or_else(|| expected(&name))) {
                Ok(json) => {
                    if let Err(Faults(faults)) = input::read::<AttributeValue>(json.clone()) {
                        for fault in faults {
                            refuse(&mut self.faults, value, Invalid { code: fault.code, say: fault.say });
                        }
                    }
                    read.insert(name, json);
                }
                Err(invalid) => refuse(&mut self.faults, value, invalid),
            }
        }
        sound.then_some(Value::Object(read))
    }
}

/// The fields of the sheet of listings, those together that only make sense together.
fn together() -> Vec<Vec<Field>> {
    let alone = |field: &Field| {
        let elsewhere = Table::ALL.iter().any(|table| table.field() == Some(*field));
        !elsewhere && !matches!(field, Field::PriceFrom | Field::PriceUnit)
    };
    let mut groups: Vec<Vec<Field>> =
        Field::ALL.iter().copied().filter(alone).map(|field| vec![field]).collect();
    groups.push(vec![Field::PriceFrom, Field::PriceUnit]);
    groups
}

fn missing() -> Invalid {
    Invalid::new("missing", Say::new("Không được để trống.", "This must not be empty."))
}

/// Said of what is not there, and of what is somebody else's.
fn unknown() -> Invalid {
    Invalid::new(
        "unknown_product",
        Say::new(
            "Không có sản phẩm này trong số sản phẩm bạn được sửa.",
            "There is no such product among those you may change.",
        ),
    )
}

fn read_only() -> Invalid {
    Invalid::new(
        "read_only",
        Say::new("Tài khoản của bạn chỉ được xem sản phẩm này.", "Your account may only read this product."),
    )
}
