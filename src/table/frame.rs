//! Rows for data frames: columns with types of their own, lists as lists, and beside every proven number the float
//! nearest to what is printed.

use super::field::{Field, FieldKind, Scalar, Values};
use crate::exact::read_rational;
use num_traits::ToPrimitive;

/// The ending of the column of floats beside a column of proven numbers.
pub(super) const FLOATS: &str = "_f64";

/// What a value of a data frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// UTF-8.
    Text,
    /// 64 bits with a sign.
    Whole,
    /// Double precision.
    Float,
}

/// A column of a data frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameColumn {
    /// Its name: letters, digits and underscores, no reserved word of SQL.
    pub name: String,
    /// What a value is.
    pub of: Type,
    /// Whether a row holds a list of them.
    pub is_list: bool,
    /// The field that it shows.
    field: usize,
}

/// The columns of a data frame of some fields.
pub fn frame(fields: &[(String, FieldKind)]) -> Vec<FrameColumn> {
    let columns = |(field, (name, kind)): (usize, &(String, FieldKind))| {
        let column = |name: String, of| FrameColumn { name, of, is_list: kind.is_list, field };
        match kind.of {
            Scalar::Text => vec![column(name.clone(), Type::Text)],
            Scalar::Whole => vec![column(name.clone(), Type::Whole)],
            Scalar::Float => vec![column(name.clone(), Type::Float)],
            Scalar::Proven => {
                vec![column(name.clone(), Type::Text), column(format!("{name}{FLOATS}"), Type::Float)]
            }
        }
    };
    fields.iter().enumerate().flat_map(columns).collect()
}

impl FrameColumn {
    /// Its value in a row.
    pub fn value<'a>(&self, row: &'a [Field]) -> Option<&'a Values> {
        row.get(self.field).and_then(Option::as_ref)
    }
}

/// The float nearest to a number as it is printed.
pub fn float(text: &str) -> Option<f64> {
    match text.contains('/') {
        true => read_rational(text).ok()?.to_f64(),
        false => text.parse().ok(),
    }
}

/// Rows as JSON, an object a line; a measured number that is not finite is null.
pub fn json_lines(fields: &[(String, FieldKind)], row: &[Field]) -> String {
    let columns = frame(fields).into_iter().map(|column| {
        let json = |text: &str| match column.of {
            Type::Text => quoted(text),
            Type::Whole => text.to_owned(),
            Type::Float => {
                let x = float(text).filter(|x| x.is_finite());
                x.map_or("null".to_owned(), |x| serde_json::Value::from(x).to_string())
            }
        };
        let value = match column.value(row) {
            None => "null".to_owned(),
            Some(values) if column.is_list => {
                let entry = |text: Option<&str>| text.map_or("null".to_owned(), json);
                format!("[{}]", values.each().into_iter().map(entry).collect::<Vec<_>>().join(","))
            }
            Some(values) => json(&values.text()),
        };
        format!("{}:{value}", quoted(&column.name))
    });
    format!("{{{}}}\n", columns.collect::<Vec<_>>().join(","))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_lists_and_its_floats() {
        let kind = |words: &str| FieldKind::of(words).unwrap();
        let fields =
            [("counts", "list of whole"), ("q", "proven"), ("u", "list of proven"), ("word", "text")];
        let fields = fields.map(|(name, words)| (name.to_owned(), kind(words)));
        for (_, kind) in &fields {
            assert_eq!(FieldKind::of(&kind.words()), Some(*kind));
        }
        let many = |all: &[(&str, u64)]| {
            Some(Values::Many(all.iter().map(|(text, n)| (Some((*text).to_owned()), *n)).collect()))
        };
        let row = [many(&[("5", 2), ("3", 1)]), Values::one("1/3"), many(&[("0.5", 2)]), None];
        assert_eq!(
            json_lines(&fields, &row),
            "{\"counts\":[5,5,3],\"q\":\"1/3\",\"q_f64\":0.3333333333333333,\"u\":[\"0.5\",\"0.5\"],\
             \"u_f64\":[0.5,0.5],\"word\":null}\n"
        );
    }
}
