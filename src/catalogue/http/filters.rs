//! The filters of products, which lists and exports share.

use crate::app::App;
use crate::catalogue::model::{Filter, InUnit, unknown_group, unknown_province};
use crate::catalogue::{Certificates, Months, PriceBand, ProductSort, Search, StarsWanted};
use crate::http::Problem;
use crate::http::extract::{Flag, Many};
use crate::input::Faults;
use crate::listings::{Amount, DocumentKind};
use crate::organisations::OrganisationId;
use crate::reference::{SetNumber, Taxonomy};
use crate::say;
use crate::say::{Invalid, Say};
use std::cell::LazyCell;

/// The filters by place and group, checked against the reference data.
pub struct Checked {
    pub units: Vec<InUnit>,
    pub provinces: Vec<String>,
    pub groups: Vec<String>,
}

/// Checks them all, so that every fault is told at once.
pub fn check(
    app: &App,
    unit: Many<String>,
    province: Many<String>,
    group: Many<String>,
    faults: &mut Faults,
) -> Checked {
    let today = LazyCell::new(|| app.world.today());
    let mut units = Vec::new();
    for text in &unit.0 {
        match app.reference.unit_filter(text, *today) {
            Ok(unit) => units.push(unit),
            Err(invalid) => faults.push(["unit"], invalid),
        }
    }
    for code in province.0.iter().filter(|code| !app.reference.province_of_today(code)) {
        faults.push(["province"], unknown_province(code));
    }
    let known = |code: &String| {
        let mut taxonomies = Taxonomy::ALL.iter();
        taxonomies.any(|taxonomy| app.reference.group_name(*taxonomy, code).is_some())
    };
    for code in group.0.iter().filter(|code| !known(code)) {
        faults.push(["group"], unknown_group(code));
    }
    Checked { units, provinces: province.0, groups: group.0 }
}

/// A month, 1 to 12.
#[derive(Debug, Clone, Copy)]
pub struct Month(Months);

impl Month {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| digits).and_then(Months::month).map(Self).ok_or_else(|| {
            Invalid::new(
                "out_of_range",
                Say::new("Tháng là số từ 1 đến 12.", "A month is a number from 1 to 12."),
            )
        })
    }
}

crate::parsed_input!(Month);

/// A price of a filter.
#[derive(Debug, Clone, Copy)]
pub struct PriceLimit(i64);

impl PriceLimit {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let most = Amount::MOST;
        text.parse().ok().filter(|price| digits && *price <= most).map(Self).ok_or_else(|| {
            Invalid::new(
                "out_of_range",
                say!(
                    "Giá là số nguyên đồng từ 0 đến {most}, viết liền.",
                    "A price is a whole number of đồng from 0 to {most}, digits only."
                ),
            )
        })
    }
}

crate::parsed_input!(PriceLimit);

/// What a query asked for, before it is checked.
pub struct Raw {
    pub stars: Many<StarsWanted>,
    pub group: Many<String>,
    pub set: Many<SetNumber>,
    pub unit: Many<String>,
    pub province: Many<String>,
    pub producer: Option<OrganisationId>,
    pub price: Many<PriceBand>,
    pub price_min: Option<PriceLimit>,
    pub price_max: Option<PriceLimit>,
    pub certificates: Many<DocumentKind>,
    pub season: Many<Month>,
    pub has_gtin: Option<Flag>,
    pub q: Option<Search>,
    pub sort: Option<ProductSort>,
}

impl Raw {
    pub fn check(self, app: &App) -> Result<Filter, Problem> {
        let mut faults = Faults::default();
        let checked = check(app, self.unit, self.province, self.group, &mut faults);
        let (least, most) = (self.price_min.map(|price| price.0), self.price_max.map(|price| price.0));
        if least.zip(most).is_some_and(|(least, most)| least > most) {
            let say = Say::new(
                "price_max không được nhỏ hơn price_min.",
                "price_max must not be less than price_min.",
            );
            faults.push(["price_max"], Invalid::new("out_of_range", say));
        }
        faults.into_result().map_err(Problem::invalid_query)?;
        let search = self.q.filter(|search| !search.is_blank());
        let default = match search {
            Some(_) => ProductSort::Relevance,
            None => ProductSort::Newest,
        };
        Ok(Filter {
            sort: self.sort.unwrap_or(default),
            stars: self.stars.0,
            groups: checked.groups,
            sets: self.set.0,
            units: checked.units,
            provinces: checked.provinces,
            producer: self.producer,
            prices: self.price.0,
            price_min: least,
            price_max: most,
            certificates: self.certificates.0.into_iter().collect::<Certificates>(),
            season: self.season.0.into_iter().fold(Months::default(), |all, month| all.with(month.0)),
            has_gtin: self.has_gtin.map(|flag| flag.0),
            search,
        })
    }
}

/// A query with the filters of products and more fields of its own; deserr cannot flatten one struct into another.
macro_rules! product_query {
    ($(#[$meta:meta])* pub struct $name:ident { $($more:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, deserr::Deserr, utoipa::IntoParams)]
        #[deserr(error = crate::input::Faults, deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            /// Stars, 3 to 5. As with all lists here, several values are alternatives: `stars=4,5` or `stars=4&stars=5`.
            #[deserr(default)]
            #[param(value_type = Option<Vec<i64>>, style = Form, explode = false, example = json!([4, 5]))]
            stars: crate::http::extract::Many<crate::catalogue::StarsWanted>,
            /// Product groups by code, of any taxonomy (`/v1/product-groups`).
            #[deserr(default)]
            #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["food"]))]
            group: crate::http::extract::Many<String>,
            /// Criteria sets, 1 to 26; the number is the one of the certification's own taxonomy.
            #[deserr(default)]
            #[param(value_type = Option<Vec<i64>>, style = Form, explode = false, example = json!([6]))]
            set: crate::http::extract::Many<crate::reference::SetNumber>,
            /// Admin units as `CODE` or `CODE@YYYY-MM-DD`: province, commune, or district of before 1 July 2025. Codes are
            /// re-used; without a date the unit that has the code today is meant, else the last that had it.
            #[deserr(default)]
            #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["33"]))]
            unit: crate::http::extract::Many<String>,
            /// Provinces of today by code: short for `unit` where no old code is meant.
            #[deserr(default)]
            #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["33"]))]
            province: crate::http::extract::Many<String>,
            /// A producer's id.
            #[deserr(default)]
            #[param(value_type = Option<crate::organisations::OrganisationId>)]
            producer: Option<crate::organisations::OrganisationId>,
            /// Bands of the lowest wholesale price, whatever unit it is for; the upper end belongs to the next band.
            #[deserr(default)]
            #[param(inline, value_type = Option<Vec<crate::catalogue::PriceBand>>, style = Form, explode = false, example = json!(["under_50k", "50k_100k"]))]
            price: crate::http::extract::Many<crate::catalogue::PriceBand>,
            /// Lowest wholesale price in đồng at least; products without a price are left out.
            #[deserr(default)]
            #[param(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000_000_i64, example = 50_000)]
            price_min: Option<crate::catalogue::http::filters::PriceLimit>,
            /// Lowest wholesale price in đồng at most; products without a price are left out.
            #[deserr(default)]
            #[param(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000_000_i64, example = 200_000)]
            price_max: Option<crate::catalogue::http::filters::PriceLimit>,
            /// Quality certificates, of which the product holds one that is valid today.
            #[deserr(default)]
            #[param(inline, value_type = Option<Vec<crate::listings::DocumentKind>>, style = Form, explode = false, example = json!(["vietgap", "organic"]))]
            certificates: crate::http::extract::Many<crate::listings::DocumentKind>,
            /// Months, 1 to 12, in one of which it is to be had.
            #[deserr(default)]
            #[param(value_type = Option<Vec<i64>>, style = Form, explode = false, example = json!([12]))]
            season: crate::http::extract::Many<crate::catalogue::http::filters::Month>,
            /// `true`: with a GTIN; `false`: without.
            #[deserr(default)]
            #[param(value_type = Option<bool>)]
            has_gtin: Option<crate::http::extract::Flag>,
            /// Words to look for in names of products, producers and places, in groups and codes; with or without marks:
            /// `banh cay` finds Bánh cáy. All of them must be there. At most 10 syllables, 200 characters.
            #[deserr(default)]
            #[param(value_type = Option<String>, example = "banh cay", max_length = 200)]
            q: Option<crate::catalogue::Search>,
            /// Order; `relevance` by default with `q`, else `newest`.
            #[deserr(default)]
            #[param(inline, value_type = Option<crate::catalogue::ProductSort>)]
            sort: Option<crate::catalogue::ProductSort>,
            /// Wait until the answer holds this change (`Catalogue-Seq` of a write): up to five seconds, then 409.
            #[deserr(default)]
            #[param(value_type = Option<crate::catalogue::Seq>)]
            at_least: Option<crate::catalogue::Seq>,
            $($more)*
        }

        impl $name {
            fn filter(&mut self, app: &crate::app::App) -> Result<crate::catalogue::Filter, crate::http::Problem> {
                use std::mem::take;
                let raw = crate::catalogue::http::filters::Raw {
                    stars: take(&mut self.stars),
                    group: take(&mut self.group),
                    set: take(&mut self.set),
                    unit: take(&mut self.unit),
                    province: take(&mut self.province),
                    producer: self.producer,
                    price: take(&mut self.price),
                    price_min: self.price_min,
                    price_max: self.price_max,
                    certificates: take(&mut self.certificates),
                    season: take(&mut self.season),
                    has_gtin: self.has_gtin,
                    q: take(&mut self.q),
                    sort: self.sort,
                };
                raw.check(app)
            }
        }
    };
}

pub(super) use product_query;
