//! Which product, which producer, and where.

use super::{Column, Reader, Remark};
use crate::certification::model::Subject;
use crate::db::Day;
use crate::organisations::{EntityType, OrganisationName, compatible, filled};
use crate::products::{Gtin, ProductName};
use crate::reference::{MERGER, Place, PlaceNames, PlaceQuestion};
use crate::say::{Invalid, Say};

impl Reader<'_> {
    pub(super) fn subject(&mut self, decided_on: Option<Day>, province: Option<&str>) -> Option<Subject> {
        if self.row.get(Column::ProductName).is_none() {
            let say = Say::new("Thiếu tên sản phẩm.", "The product's name is missing.");
            self.fault(Column::ProductName, Invalid::new("missing", say));
        }
        let product_name = self.parse(Column::ProductName, ProductName::parse);
        let producer_name = self.parse(Column::ProducerName, OrganisationName::parse);
        let told = self.parse(Column::EntityType, EntityType::named);
        let by_name = producer_name.as_ref().and_then(|name| EntityType::of_name(name.as_str()));
        let entity_type = match by_name {
            // Whatever the column says: this is a natural person's name.
            Some(EntityType::Household) => by_name,
            _ => told.or(by_name),
        };
        let gtin = self.parse(Column::Gtin, |text| Gtin::parse(&text.replace([' ', '-'], "")));
        let place = self.place(decided_on)?;
        if province.is_some_and(|own| place.province.as_deref() != Some(own)) {
            let by_name = self.row.get(Column::Province).is_some();
            let say = Say::new(
                "Nơi này không thuộc tỉnh của bạn hiện nay.",
                "This place is not in your province of today.",
            );
            self.fault(
                if by_name { Column::Province } else { Column::CommuneCode },
                Invalid::new("outside_your_province", say),
            );
        }
        Some(Subject { product_name: product_name?, gtin, producer_name, entity_type, place })
    }

    /// The place of the row; always with a province of today, for that is where the same producer is looked for.
    fn place(&mut self, decided_on: Option<Day>) -> Option<Place> {
        let text = |column| self.row.get(column).map(str::to_owned);
        let names = PlaceNames {
            commune: text(Column::Commune),
            district: text(Column::District),
            province: text(Column::Province),
        };
        let by_names = self.reference.resolve(&names, decided_on);
        let Some(code) = text(Column::CommuneCode) else {
            return by_names.map_err(|question| self.ask(question)).ok();
        };
        let by_code = self.place_of_code(&code, decided_on)?;
        if !self.may_be_called(&by_code, names, decided_on) {
            self.fault(
                Column::CommuneCode,
                Invalid::new(
                    "code_contradicts_names",
                    Say::new(
                        "Mã xã không phải của nơi ghi ở các cột commune, district, province.",
                        "The code is not of the place in the columns commune, district, province.",
                    ),
                ),
            );
            return None;
        }
        // The code is the answer to what the names leave open.
        Some(by_names.map_or_else(|_| by_code.clone(), |names| filled(&by_code, &names)))
    }

    /// Do the names, as far as they say a place, agree with it?
    fn may_be_called(&self, place: &Place, names: PlaceNames, on: Option<Day>) -> bool {
        let district = PlaceNames { commune: None, ..names.clone() };
        let province = PlaceNames { district: None, ..district.clone() };
        let mut certain = [names, district, province].into_iter();
        certain
            .find_map(|names| self.reference.resolve(&names, on).ok())
            .is_none_or(|named| compatible(place, &named))
    }

    fn ask(&mut self, question: PlaceQuestion) {
        let column = Column::parse(question.column).ok();
        let value = column.and_then(|column| self.row.get(column));
        self.questions.push(Remark::about(column, value, Invalid::new(question.code, question.say)));
    }

    /// The commune of a code on the day of the decision, else today, else before the merger. (Spreadsheets take the
    /// zeros in front.)
    fn place_of_code(&mut self, code: &str, decided_on: Option<Day>) -> Option<Place> {
        let code = format!("{code:0>5}");
        let days = [decided_on, Some(self.today), Some(MERGER.plus_days(-1))];
        let place = days.into_iter().flatten().find_map(|day| {
            let place = self.reference.place_of(&code, day)?;
            (place.commune.is_some() || place.former_commune.is_some()).then_some(place)
        });
        if place.is_none() {
            let say = Say::new(
                "Không có xã, phường, thị trấn nào mang mã này, hiện nay hay trước ngày 1/7/2025.",
                "No commune has this code, today or before 1 July 2025.",
            );
            self.fault(Column::CommuneCode, Invalid::new("unknown_commune_code", say));
        }
        place
    }
}
