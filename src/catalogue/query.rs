//! Pages that are asked for, and the pages that answer.

use super::CatalogueError;
use crate::http::page::{self, Cursor, Limit};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::{Debug, Write};

/// A page that is asked for.
#[derive(Debug, Clone)]
pub struct PageQuery<F> {
    pub filter: F,
    pub limit: Limit,
    pub cursor: Option<Cursor>,
}

impl<F: Debug> PageQuery<F> {
    /// What a cursor is bound to: the kind of list, its filters and its order.
    fn fingerprint(&self) -> String {
        let mut text = String::with_capacity(1_024);
        // Writing into a `String` does not fail.
        let _ = write!(text, "{:?}", self.filter);
        text
    }

    /// Where the page before ended. Cursors are not signed: reading one checks what is in it.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, CatalogueError> {
        let cursor = self.cursor.as_ref();
        cursor.map(|cursor| cursor.open(&self.fingerprint())).transpose().map_err(CatalogueError::Cursor)
    }

    /// Cuts rows, of which there may be one too many, to the page; `place` is where a row stands in the list.
    pub fn cut<T, K: Serialize>(&self, rows: Vec<T>, place: impl Fn(&T) -> K) -> (Vec<T>, Option<String>) {
        page::cut(rows, self.limit, &self.fingerprint(), place)
    }
}

/// One page and the way to the next.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}
