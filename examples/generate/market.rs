//! Producers, their products and what the ledger and the listings say of them, one product after the other.

use crate::chance::{Dice, Weighted};
use crate::sql::{Row, Rows, Table};
use crate::words::{self, KINDS, Kind};
use ocop_market::certification::model::{
    Authorities, CertificationId, DecisionId, DecisionNumber, Ground, Issuer, Ledger, Stars, extension_limit,
};
use ocop_market::db::Day;
use ocop_market::db::columns::Key;
use ocop_market::organisations::{EntityType, OrganisationId, Producer};
use ocop_market::products::{Gtin, Product, ProductCode, ProductId};
use ocop_market::reference::{MERGER, NamedUnit, Place, PlaceView, Reference, Taxonomy};
use ocop_market::vietnamese::{fold, name_key};
use ocop_market::world::World;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// A commune where things are made.
struct Spot {
    place: Place,
    view: PlaceView,
    /// Names of commune, former district and province without the kind of unit.
    bare: Vec<String>,
}

/// A producer that more products may come of.
struct Maker {
    producer: Producer,
    spot: usize,
    kind: usize,
    brand: String,
    last_product: Option<ProductId>,
}

/// The words of one [`Kind`], drawn with the skew that real lists have.
struct Lexicon {
    heads: (Vec<&'static str>, Weighted),
    more: (Vec<&'static str>, Weighted),
    packs: Vec<&'static str>,
}

/// Where a set of 2026 stood in each taxonomy: set number and group.
type Classified = HashMap<(Taxonomy, i64), (i64, String)>;

pub struct Market<'a> {
    reference: &'a Reference,
    world: &'a World,
    today: Day,
    dice: Dice,
    spots: Vec<Spot>,
    /// Spots of each province, and how often each is drawn.
    provinces: Vec<(Vec<usize>, Weighted)>,
    by_province: Weighted,
    kinds: Weighted,
    lexicons: Vec<Lexicon>,
    brands: [Vec<&'static str>; 2],
    papers: Weighted,
    classified: Classified,
    makers: Vec<Maker>,
    /// A maker once and again for some of its products: who makes much comes to make more.
    lots: Vec<usize>,
    taken: HashSet<u64>,
    decisions: HashMap<(String, Day), DecisionId>,
    syllables: HashSet<String>,
    products: usize,
    certifications: usize,
}

fn bare(unit: &NamedUnit) -> String {
    let kinds =
        ["Thành phố ", "Tỉnh ", "Thị xã ", "Thị trấn ", "Huyện ", "Quận ", "Phường ", "Xã ", "Đặc khu "];
    let name = kinds.iter().find_map(|kind| unit.name.strip_prefix(kind)).unwrap_or(&unit.name);
    name.to_owned()
}

fn skewed(mut words: Vec<&'static str>, exponent: f64, dice: &mut Dice) -> (Vec<&'static str>, Weighted) {
    dice.shuffle(&mut words);
    let weights = Weighted::zipf(words.len(), exponent);
    (words, weights)
}

fn lexicon(kind: &Kind, dice: &mut Dice) -> Lexicon {
    let more = kind.more.iter().flat_map(|words| words::list(words)).collect();
    Lexicon {
        heads: skewed(words::list(kind.heads), 0.7, dice),
        more: skewed(more, 0.6, dice),
        packs: words::list(kind.packs),
    }
}

/// The same set's number in the older taxonomies, by name, else one of the same group.
fn classify(reference: &Reference) -> Classified {
    let mut classified = HashMap::new();
    for (taxonomy, set) in Taxonomy::ALL.iter().flat_map(|t| (1..=26).map(move |set| (*t, set))) {
        let name = |taxonomy, set| reference.set_name(taxonomy, set).map(|(vi, _)| fold(vi));
        let group = |taxonomy, set| reference.set_group(taxonomy, set).unwrap_or_default().to_owned();
        let wanted = group(Taxonomy::Y2026, set);
        let groups: &[&str] = match (wanted.as_str(), taxonomy) {
            ("handicrafts", Taxonomy::Y2019) if set == 22 => &["textiles"],
            ("handicrafts" | "ornamentals", Taxonomy::Y2019) => &["decoration"],
            (same, _) => &[same],
        };
        let mut others = (1..=26).filter(|other| groups.contains(&group(taxonomy, *other).as_str()));
        let all: Vec<i64> = others.by_ref().collect();
        let same = all.iter().find(|other| name(taxonomy, **other) == name(Taxonomy::Y2026, set));
        let near = all.iter().min_by_key(|other| (**other - set).abs());
        if let Some(other) = same.or(near) {
            classified.insert((taxonomy, set), (*other, group(taxonomy, *other)));
        }
    }
    classified
}

impl<'a> Market<'a> {
    pub fn new(
        reference: &'a Reference,
        world: &'a World,
        [today_codes, former_codes]: [Vec<String>; 2],
        today: Day,
        seed: u64,
    ) -> Self {
        let mut dice = Dice::new(seed);
        let mut market = Self {
            reference,
            world,
            today,
            spots: Vec::new(),
            provinces: Vec::new(),
            by_province: Weighted::new([]),
            kinds: Weighted::new(KINDS.iter().map(|kind| f64::from(kind.share))),
            lexicons: KINDS.iter().map(|kind| lexicon(kind, &mut dice)).collect(),
            brands: [words::list(words::BRAND_FIRST), words::list(words::BRAND_SECOND)],
            papers: Weighted::new(words::PAPERS.iter().map(|(_, share, _)| f64::from(*share))),
            classified: classify(reference),
            makers: Vec::new(),
            lots: Vec::new(),
            taken: HashSet::new(),
            decisions: HashMap::new(),
            syllables: HashSet::new(),
            products: 0,
            certifications: 0,
            dice,
        };
        market.settle(&today_codes, today);
        market.settle(&former_codes, MERGER.plus_days(-1));
        market.group_by_province();
        market
    }

    fn settle(&mut self, codes: &[String], on: Day) {
        for place in codes.iter().filter_map(|code| self.reference.place_of(code, on)) {
            let view = self.reference.view(&place);
            let former = &view.former;
            let commune = view.commune.as_ref().or(former.commune.as_ref());
            let units = [commune, former.district.as_ref(), view.province.as_ref()];
            let bare: Vec<String> = units.into_iter().flatten().map(bare).collect();
            if view.province.is_some() {
                self.spots.push(Spot { place, view, bare });
            }
        }
    }

    fn group_by_province(&mut self) {
        let mut of: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, spot) in self.spots.iter().enumerate() {
            of.entry(spot.place.province.clone().unwrap_or_default()).or_default().push(at);
        }
        let mut provinces: Vec<_> = of.into_iter().collect();
        provinces.sort_unstable();
        self.dice.shuffle(&mut provinces);
        for (_, mut spots) in provinces {
            self.dice.shuffle(&mut spots);
            let weights = Weighted::zipf(spots.len(), 0.7);
            self.provinces.push((spots, weights));
        }
        self.by_province = Weighted::zipf(self.provinces.len(), 0.6);
    }

    /// One more product with all that belongs to it; now and then its producer, and a decision, are new.
    pub fn add_product(&mut self, rows: &mut Rows) {
        let maker = match self.lots.is_empty() || self.dice.percent(42.0) {
            true => self.add_maker(rows),
            false => *self.dice.pick(&self.lots),
        };
        if self.dice.percent(40.0) {
            self.lots.push(maker);
        }
        let same = self.dice.percent(75.0);
        let kind = if same { self.makers[maker].kind } else { self.kinds.draw(&mut self.dice) };
        let (name, key) = self.name(maker, kind);
        self.products += 1;
        self.remember(&key);
        let gtin = self.dice.percent(35.0).then(|| self.gtin());
        let code = ProductCode::random(self.world);
        let Maker { producer, .. } = &self.makers[maker];
        let product = Product {
            id: self.world.id(),
            producer: producer.id,
            code,
            gtin,
            place: producer.place.clone(),
            name,
            name_key: key,
        };
        let now = self.world.now().micros();
        place(
            rows.row(Table::Products)
                .text(product.id.as_str())
                .text(product.producer.as_str())
                .text(&product.name)
                .text(&product.name_key)
                .text(product.code.as_str())
                .maybe(product.gtin.as_ref().map(Gtin::as_str)),
            &product.place,
        )
        .number(now)
        .number(now);
        let stars = self.certify(rows, product.id, maker, kind);
        self.list(rows, product.id, kind, stars);
        if self.dice.percent(0.3)
            && let Some(other) = self.makers[maker].last_product
        {
            let why = if self.dice.percent(50.0) { "merged_into" } else { "superseded" };
            let row = rows.row(Table::ProductSuccessions).text(product.id.as_str());
            row.text(other.as_str()).text(why).number(now);
        } else {
            self.makers[maker].last_product = Some(product.id);
        }
    }

    fn add_maker(&mut self, rows: &mut Rows) -> usize {
        let dice = &mut self.dice;
        let (spots, weights) = &self.provinces[self.by_province.draw(dice)];
        let spot = spots[weights.draw(dice)];
        let brand = format!("{} {}", dice.pick(&self.brands[0]), dice.pick(&self.brands[1]));
        let (form, called) = match dice.below(100) {
            0..38 => (EntityType::Cooperative, words::COOPERATIVES),
            38..63 => (EntityType::Company, words::COMPANIES),
            63..88 => (EntityType::Household, words::HOUSEHOLDS),
            88..95 => (EntityType::Facility, words::FACILITIES),
            _ => (EntityType::CooperativeGroup, words::GROUPS),
        };
        let called = words::list(called);
        let legal_name = match dice.percent(30.0) {
            true => format!("{} {brand} {}", dice.pick(&called), self.spots[spot].bare[0]),
            false => format!("{} {brand}", dice.pick(&called)),
        };
        let producer = Producer {
            id: self.world.id::<OrganisationId>(),
            entity_type: Some(form),
            public_name: form.has_public_name().then(|| legal_name.clone()),
            place: self.spots[spot].place.clone(),
            legal_name: Some(legal_name),
        };
        let key = name_key(producer.legal_name.as_deref().unwrap_or_default());
        if form.has_public_name() {
            self.remember(&key);
        }
        let view = &self.spots[spot].view;
        let units = [&view.province, &view.commune, &view.former.district, &view.former.commune];
        let names: Vec<String> = units.into_iter().flatten().map(|unit| name_key(&unit.name)).collect();
        names.iter().for_each(|name| self.remember(name));
        let now = self.world.now().micros();
        place(
            rows.row(Table::Organisations)
                .text(producer.id.as_str())
                .text("producer")
                .text(form.as_str())
                .maybe(producer.legal_name.as_deref())
                .maybe(producer.public_name.as_deref())
                .text(&key),
            &producer.place,
        )
        .number(now)
        .number(now);
        let kind = self.kinds.draw(&mut self.dice);
        self.makers.push(Maker { producer, spot, kind, brand, last_product: None });
        let maker = self.makers.len() - 1;
        self.lots.push(maker);
        maker
    }

    /// A name that its producer has not used yet, with its key.
    fn name(&mut self, maker: usize, kind: usize) -> (String, String) {
        for attempt in 0.. {
            let name = self.made_up(maker, kind, attempt);
            let key = name_key(&name);
            let mut hasher = DefaultHasher::new();
            (maker, &key).hash(&mut hasher);
            if self.taken.insert(hasher.finish()) {
                return (name, key);
            }
        }
        unreachable!("the attempts are numbered")
    }

    fn made_up(&mut self, maker: usize, kind: usize, attempt: usize) -> String {
        let dice = &mut self.dice;
        let (maker, lexicon) = (&self.makers[maker], &self.lexicons[kind]);
        let (heads, weights) = &lexicon.heads;
        let mut name = heads[weights.draw(dice)].to_owned();
        let qualifiers = match dice.below(100) + 20 * attempt {
            0..45 => 0,
            45..88 => 1,
            _ => 2,
        };
        for _ in 0..qualifiers {
            let (more, weights) = &lexicon.more;
            let word = more[weights.draw(dice)];
            if !name.contains(word) {
                name = format!("{name} {word}");
            }
        }
        match dice.below(100) {
            0..38 => {
                let of = &self.spots[maker.spot].bare;
                let which = [0, 0, 0, 1, 1, 2][dice.below(6)].min(of.len() - 1);
                name = format!("{name} {}", of[which]);
            }
            38..74 => name = format!("{name} {}", maker.brand),
            _ => {}
        }
        if dice.percent(22.0) || attempt > 2 {
            let pack = dice.pick(&lexicon.packs);
            name = if dice.percent(60.0) { format!("{name} ({pack})") } else { format!("{name} {pack}") };
        }
        if attempt > 6 { format!("{name} số {attempt}") } else { name }
    }

    fn remember(&mut self, key: &str) {
        for syllable in key.split(' ') {
            if !self.syllables.contains(syllable) {
                self.syllables.insert(syllable.to_owned());
            }
        }
    }

    /// A number of the range 200 to 299, which GS1 leaves to shops: nobody's own.
    fn gtin(&mut self) -> Gtin {
        let body = 200_000_000_000 + self.products as u64;
        let digits = body.to_string();
        let sum: u32 = digits
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 3 } else { 1 })
            .sum();
        Gtin::parse(&format!("{digits}{}", (10 - sum % 10) % 10)).expect("the check digit is right")
    }

    /// Gives the product the certifications of one of the lives a product may have had by today.
    fn certify(&mut self, rows: &mut Rows, product: ProductId, maker: usize, kind: usize) -> i64 {
        let stars = match self.dice.below(1000) {
            0..690 => 3,
            690..970 => 4,
            _ => 5,
        };
        let (today, dice) = (self.today, &mut self.dice);
        let term_ago = today.plus_months(-36);
        match dice.below(1000) {
            0..765 => {
                let on = today.plus_days(-dice.between(0, 885));
                self.certification(rows, product, (maker, kind), stars, on, Fate::Usual);
            }
            765..855 => {
                let on = term_ago.plus_days(dice.between(29, 178));
                self.certification(rows, product, (maker, kind), stars, on, Fate::Usual);
            }
            855..875 => {
                let on = term_ago.plus_days(-dice.between(1, 150));
                self.certification(rows, product, (maker, kind), stars, on, Fate::Extended);
            }
            875..935 => {
                let on = term_ago.plus_days(-dice.between(1, 1200));
                self.certification(rows, product, (maker, kind), stars, on, Fate::Usual);
            }
            935..955 => {
                let on = today.plus_days(-dice.between(60, 900));
                self.certification(rows, product, (maker, kind), stars, on, Fate::Revoked);
            }
            _ => {
                let before = term_ago.plus_days(-dice.between(0, 300));
                let renewed = today.plus_days(-dice.between(0, 250));
                let lower = (stars - i64::from(dice.percent(30.0))).max(3);
                let renewed = self.certification(rows, product, (maker, kind), stars, renewed, Fate::Usual);
                let fate = Fate::SupersededOn(renewed);
                self.certification(rows, product, (maker, kind), lower, before, fate);
            }
        }
        stars
    }

    /// Returns the day of the decision: authorities decide on many products at once, hence not just any day.
    fn certification(
        &mut self,
        rows: &mut Rows,
        product: ProductId,
        (maker, kind): (usize, usize),
        stars: i64,
        about: Day,
        fate: Fate,
    ) -> Day {
        let (issuer, on) = self.issuer(self.makers[maker].spot, stars, about);
        let decision = self.decision(rows, &issuer, on);
        let mut ledger = Ledger::new(on);
        let id: CertificationId = self.world.id();
        match fate {
            Fate::Usual => {}
            Fate::SupersededOn(day) => ledger.superseded_on = Some(day),
            Fate::Extended => {
                let last = extension_limit(ledger.valid_until);
                let until = last.plus_days(-self.dice.between(0, self.today.days_until(last).max(0)));
                ledger.extended_until = Some(until);
                self.event(rows, id, "extended", ledger.valid_until, Some(until), None, None);
            }
            Fate::Revoked => {
                let from = on.plus_days(self.dice.between(20, on.days_until(self.today)));
                ledger.revoked_on = Some(from);
                let ground = *self.dice.pick(Ground::ALL);
                let revoking = self.decision(rows, &issuer, from);
                self.event(rows, id, "revoked", from, None, Some(ground), Some(revoking));
            }
        }
        self.certifications += 1;
        let taxonomy = Taxonomy::in_force_on(on);
        let class = self.classified.get(&(taxonomy, KINDS[kind].set));
        let (set, group) = match (class, self.dice.below(100)) {
            (None, _) | (_, 0..2) => (None, None),
            (Some((_, group)), 2..8) => (None, Some(group.as_str())),
            (Some((set, group)), _) => (Some(*set), Some(group.as_str())),
        };
        let score = self.dice.percent(85.0).then(|| {
            let (least, most) = [(5000, 6990), (7000, 8990), (9000, 9900)][(stars - 3) as usize];
            self.dice.between(least / 10, most / 10) * 10
        });
        let source =
            self.dice.percent(60.0).then(|| format!("https://ocop.example.vn/{}", decision.as_str()));
        let now = self.world.now().micros();
        rows.row(Table::Certifications)
            .text(id.as_str())
            .text(product.as_str())
            .text(decision.as_str())
            .text(on.as_str())
            .number(stars)
            .maybe_number(score)
            .text(taxonomy.as_str())
            .text(taxonomy.as_str())
            .maybe(group)
            .maybe_number(set)
            .text(ledger.valid_until.as_str())
            .maybe(ledger.shown_until().as_ref().map(Day::as_str))
            .maybe(source.as_deref())
            .number(now)
            .number(now);
        on
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of the table")]
    fn event(
        &mut self,
        rows: &mut Rows,
        of: CertificationId,
        kind: &str,
        from: Day,
        until: Option<Day>,
        ground: Option<Ground>,
        decision: Option<DecisionId>,
    ) {
        rows.row(Table::CertificationEvents)
            .text(self.world.id::<Key>().as_str())
            .text(of.as_str())
            .text(kind)
            .text(from.as_str())
            .maybe(until.as_ref().map(Day::as_str))
            .maybe(ground.map(|ground| ground.as_str()))
            .maybe(decision.as_ref().map(DecisionId::as_str))
            .number(self.world.now().micros());
    }

    /// Who decides, and its day of decision on or before the one wished for: one in four weeks.
    fn issuer(&mut self, spot: usize, stars: i64, about: Day) -> (Issuer, Day) {
        let view = &self.spots[spot].view;
        let name = |unit: &Option<NamedUnit>| unit.as_ref().map(|unit| unit.name.clone());
        let by = |on: Day| {
            let stars = Stars::new(stars).expect("three to five");
            let province = name(&view.former.province).filter(|_| on < MERGER).or(name(&view.province));
            let district = name(&view.former.district).filter(|_| on < MERGER);
            let number = DecisionNumber::parse("1/QĐ-UBND").expect("a number");
            let committee = Issuer::derive(&number, stars, on, &Authorities { province, district });
            committee.unwrap_or_else(|| Issuer::ministry_on(on))
        };
        let mut hasher = DefaultHasher::new();
        by(about).as_str().hash(&mut hasher);
        let off = (Day::constant(2019, 8, 21).days_until(about) as u64 + hasher.finish() % 28) % 28;
        let on = about.plus_days(-(off as i64));
        (by(on), on)
    }

    fn decision(&mut self, rows: &mut Rows, issuer: &Issuer, on: Day) -> DecisionId {
        let serial = 100 + self.decisions.len() as u64 % 9000;
        let key = (issuer.as_str().to_owned(), on);
        if let Some(known) = self.decisions.get(&key) {
            return *known;
        }
        let suffix = match issuer.as_str() {
            committee if committee.starts_with("UBND") => "UBND",
            ministry if ministry.ends_with("Môi trường") => "BNNMT-VPĐP",
            _ => "BNN-VPĐP",
        };
        let id: DecisionId = self.world.id();
        rows.row(Table::Decisions)
            .text(id.as_str())
            .text(issuer.as_str())
            .text(&issuer.key())
            .text(&format!("{serial}/QĐ-{suffix}"))
            .text(on.as_str())
            .number(self.world.now().micros());
        self.decisions.insert(key, id);
        id
    }

    /// What the producer says beside the certificate, and the papers an officer has seen.
    fn list(&mut self, rows: &mut Rows, product: ProductId, kind: usize, stars: i64) {
        let (dice, kind) = (&mut self.dice, &KINDS[kind]);
        let now = self.world.now().micros();
        if dice.percent(72.0) {
            // Half of all prices stand between 70 and 240 thousand đồng.
            let price = dice.percent(82.0).then(|| {
                let thousands = (4.87 + 0.9 * dice.normal()).exp().clamp(15.0, 5000.0);
                (thousands.round() as i64) * 1000
            });
            let season = match kind.seasonal {
                true if dice.percent(80.0) => {
                    let (first, length) = (dice.below(12), dice.below(5) + 1);
                    (0..length).map(|month| 1_i64 << ((first + month) % 12)).sum()
                }
                _ if dice.percent(10.0) => 4095,
                _ => 0,
            };
            rows.row(Table::Listings)
                .text(product.as_str())
                .text(if dice.percent(2.5) { "withdrawn" } else { "published" })
                .maybe_number(price)
                .maybe(price.map(|_| kind.price_unit))
                .number(season)
                .number(now)
                .number(now);
        }
        let likely = match kind.set {
            1..=20 => 40.0 + 10.0 * (stars - 3) as f64,
            _ => 6.0,
        };
        let mut seen: Vec<usize> = Vec::new();
        while dice.percent(likely) && seen.len() < 4 {
            let paper = self.papers.draw(dice);
            if seen.contains(&paper) {
                continue;
            }
            seen.push(paper);
            let (kind, _, issuer) = words::PAPERS[paper];
            let until = dice.percent(85.0).then(|| self.today.plus_days(dice.between(-200, 1090)));
            rows.row(Table::ListingDocuments)
                .text(self.world.id::<Key>().as_str())
                .text(product.as_str())
                .text(kind)
                .text(&format!("{:04}/{}", dice.below(10_000), 2023 + dice.below(4)))
                .text(issuer)
                .maybe(until.as_ref().map(Day::as_str))
                .number(now);
        }
    }

    pub fn summary(&self) -> String {
        format!(
            "{} products of {} producers, {} certifications by {} decisions, {} distinct syllables",
            self.products,
            self.makers.len(),
            self.certifications,
            self.decisions.len(),
            self.syllables.len()
        )
    }
}

/// What becomes of a certification.
enum Fate {
    Usual,
    Extended,
    Revoked,
    SupersededOn(Day),
}

/// The five codes of a place.
fn place<'r>(row: Row<'r>, place: &Place) -> Row<'r> {
    row.maybe(place.province.as_deref())
        .maybe(place.commune.as_deref())
        .maybe(place.former_province.as_deref())
        .maybe(place.former_district.as_deref())
        .maybe(place.former_commune.as_deref())
}
