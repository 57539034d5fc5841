//! Which product, which producer, and where.

use super::{Column, Reader, Remark};
use crate::certification::model::Subject;
use crate::db::Day;
use crate::organisations::{EntityType, OrganisationName, compatible, filled};
use crate::products::{Gtin, ProductName};
use crate::reference::{Place, PlaceNames};
use crate::say::{Invalid, Say};

impl Reader<'_> {
    pub(super) fn subject(&mut self, decided_on: Option<Day>, province: Option<&str>) -> Option<Subject> {
        if self.row.get(Column::ProductName).is_none() {
            self.fault(
                Column::ProductName,
                Invalid::new("missing", Say::new("Thiếu tên sản phẩm.", "The product's name is missing.")),
            );
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
        if let Some(allowed) = province
            && place.province.as_deref() != Some(allowed)
        {
            let column = match self.row.get(Column::Province) {
                Some(_) => Column::Province,
                None => Column::CommuneCode,
            };
            self.fault(
                column,
                Invalid::new(
                    "outside_your_province",
                    Say::new(
                        "Nơi này không thuộc tỉnh của bạn hiện nay.",
                        "This place is not in your province of today.",
                    ),
                ),
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
        let by_code = match text(Column::CommuneCode) {
            Some(code) => Some(self.place_of_code(&code, decided_on)?),
            None => None,
        };
        let by_names = self.reference.resolve(&names, decided_on);
        match (by_code, by_names) {
            (None, Ok(place)) => Some(place),
            (Some(code), Ok(names)) if compatible(&code, &names) => Some(filled(&code, &names)),
            (Some(_), Ok(_)) => {
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
                None
            }
            // The code is the answer to what the names leave open.
            (Some(code), Err(_)) => Some(code),
            (None, Err(question)) => {
                let column = Column::parse(question.column).ok();
                let value = column.and_then(|column| self.row.get(column));
                let asked = Invalid::new(question.code, question.say);
                self.questions.push(Remark::about(column, value, asked));
                None
            }
        }
    }

    /// The commune of a code on the day of the decision, else today. (Spreadsheets take the zeros in front.)
    fn place_of_code(&mut self, code: &str, decided_on: Option<Day>) -> Option<Place> {
        let code = format!("{code:0>5}");
        let on = |day| {
            self.reference
                .place_of(&code, day)
                .filter(|place| place.commune.is_some() || place.former_commune.is_some())
        };
        let place = decided_on.and_then(on).or_else(|| on(self.today));
        if place.is_none() {
            self.fault(
                Column::CommuneCode,
                Invalid::new(
                    "unknown_commune_code",
                    Say::new(
                        "Không có xã, phường, thị trấn nào mang mã này vào ngày quyết định hay hôm nay.",
                        "No commune had this code on the day of the decision, and none has it today.",
                    ),
                ),
            );
        }
        place
    }
}
