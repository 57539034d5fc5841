//! Legal parties: who makes, buys, organises.

crate::id_type!(
    /// An organisation's id.
    OrganisationId
);

crate::text_enum! {
    /// What a party is in the programme.
    pub enum OrganisationKind {
        Producer = "producer",
        Buyer = "buyer",
        Organiser = "organiser",
        Office = "office",
    }
}

crate::text_enum! {
    /// Legal form of a producer, as the lists name it.
    pub enum EntityType {
        /// Công ty, doanh nghiệp tư nhân
        Company = "company",
        /// Hợp tác xã (HTX)
        Cooperative = "cooperative",
        /// Tổ hợp tác (THT)
        CooperativeGroup = "cooperative_group",
        /// Cơ sở sản xuất, xưởng
        Facility = "facility",
        /// Hộ kinh doanh: its legal name is a natural person's
        Household = "household",
    }
}

/// The name of an organisation as everybody may read it.
///
/// A producer without a public name is described by its form and place: the legal name of a household business is a
/// natural person's (Law 91/2025/QH15), and many published lists leave the producer out.
pub fn display_name(
    public_name: Option<&str>,
    entity_type: Option<EntityType>,
    place: Option<&str>,
) -> String {
    if let Some(name) = public_name {
        return name.to_owned();
    }
    let form = match entity_type {
        Some(EntityType::Company) => "Công ty",
        Some(EntityType::Cooperative) => "Hợp tác xã",
        Some(EntityType::CooperativeGroup) => "Tổ hợp tác",
        Some(EntityType::Facility) => "Cơ sở sản xuất",
        Some(EntityType::Household) => "Hộ kinh doanh",
        None => "Chủ thể chưa rõ tên",
    };
    place.map_or_else(|| form.to_owned(), |place| format!("{form} tại {place}"))
}
