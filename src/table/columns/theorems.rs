//! Columns of theorems and certificates.

use crate::table::{Cell, Subject};
use crate::theorems::TheoremCounts;

columns! {
    theorems "theorems" "theorems" Case Whole "theorems and own claims that apply"
        => |s| theorems(s, |c| c.applicable);
    theorems_proved "proved" "proved" Case Whole "of these, proved here"
        => |s| theorems(s, |c| c.proved);
    theorems_agree "agree" "agree" Case Whole "of these, in agreement to every digit tried"
        => |s| theorems(s, |c| c.agrees);
    theorems_refuted "refuted" "refuted" Case Whole "of these, refuted here"
        => |s| theorems(s, |c| c.refuted.len());
    theorems_undecided "undecided" "undecided" Case Whole "of these, undecided"
        => |s| theorems(s, |c| c.undecided);
    certificate "certificate" "certificate" Case Words "what the independent checker says of the certificate"
        => |s| Cell::words(s.audit().map(|answer| answer.brief()));
    certificate_bytes "bytes" "bytes" Case Whole "size of the certificate"
        => |s| s.certificate().map_or(Cell::Nothing, |text| Cell::Whole(text.len() as u64));
}

fn theorems(s: &Subject, pick: fn(&TheoremCounts) -> usize) -> Cell {
    s.tally().map_or(Cell::Nothing, |c| Cell::Whole(pick(c) as u64))
}
