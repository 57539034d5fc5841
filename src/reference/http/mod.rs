//! HTTP of the reference data: public, read-only, from memory.

mod admin_units;
mod product_groups;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(admin_units::list_admin_units)
        .service(admin_units::get_admin_unit)
        .service(product_groups::list_product_groups)
        .service(product_groups::get_criteria_set);
}
