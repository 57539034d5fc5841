//! Pages that are asked for, and the pages that answer.

use super::model::{Filter, MakerFilter, ProductSort};
use crate::db::Day;
use crate::http::page::{Cursor, Limit};

/// A page of products that is asked for.
#[derive(Debug, Clone)]
pub struct ListQuery {
    pub filter: Filter,
    pub sort: ProductSort,
    pub limit: Limit,
    pub cursor: Option<Cursor>,
}

impl ListQuery {
    /// What a cursor of this list is bound to.
    pub fn fingerprint(&self) -> String {
        format!("products {} {:?}", self.sort.as_str(), self.filter)
    }
}

/// A page of producers that is asked for.
#[derive(Debug, Clone)]
pub struct MakersQuery {
    pub filter: MakerFilter,
    pub limit: Limit,
    pub cursor: Option<Cursor>,
}

impl MakersQuery {
    pub fn fingerprint(&self) -> String {
        format!("producers {:?}", self.filter)
    }
}

/// One page and the way to the next.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
    /// The day the page is true for.
    pub as_of: Day,
}
