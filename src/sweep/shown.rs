//! Rows as they are shown in every output but shards.

use super::header::Header;
use super::line::Row;
use crate::table::{Field, FieldKind, Scalar};
use std::io::Write;

/// Where bytes go.
pub(super) type Out<'a> = &'a mut (dyn Write + Send);

/// Rows as they are shown: where points were given up, a last field says at how many stops each was in work.
pub(super) struct Shown {
    pub fields: Vec<(String, FieldKind)>,
    pub rows: Vec<Vec<Field>>,
}

/// The field of points that were given up.
const GIVEN_UP: &str = "given_up";

impl Shown {
    pub fn of(header: &Header, rows: &[Row]) -> Self {
        let mut shown =
            Self { fields: header.fields.clone(), rows: rows.iter().map(|row| row.row.clone()).collect() };
        if rows.iter().any(|row| row.given_up.is_some()) {
            shown.fields.push((GIVEN_UP.to_owned(), FieldKind::one(Scalar::Whole)));
            shown.rows.iter_mut().zip(rows).for_each(|(fields, row)| fields.push(row.given_up()));
        }
        shown
    }
}
