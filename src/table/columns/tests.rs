//! A column that only tests know: this entry is all there is to it, and every list, table and sweep has it.

use crate::case::Case;
use crate::sweep::{Spec, row};
use crate::table::{Cell, Format, Per, Request, Subject, Values, columns::column};

columns! {
    largest "largest" "$n_1$" Case Whole "samples of the largest class" ["Largest: of the case's counts."]
        => |s| s.problem().counts().iter().max().map_or(Cell::Nothing, |n| Cell::Whole(*n));
}

const GRID: &str = "[grid]\ncounts = [9, 4]\nwidths = [4]\nloss = \"mse\"\nlambda = 1e-3\n";

#[test]
fn one_entry_is_a_column_of_tables_and_sweeps() {
    let spec = Spec::parse("spec", format!("columns = [\"largest\"]\n{GRID}").as_bytes()).unwrap();
    assert_eq!(row(&spec, &[], 0), [Values::one("0"), Values::one("9")]);
    let case = Case::parse("point", spec.case_text(0).as_bytes()).unwrap();
    let request = Request {
        columns: vec![column("largest").unwrap()],
        per: Per::Case,
        group_by: None,
        sort: None,
        digits: 6,
        symbolic: false,
        caption: None,
        label: None,
        command: "tightframe table".to_owned(),
    };
    let table = request.table(request.rows(&Subject::of(&case, &[], 6, false)));
    let text = table.written(Format::Text);
    assert!(
        text.contains("largest") && text.contains(" 9") && text.contains("Largest: of the case's counts.")
    );
    assert!(table.written(Format::Latex).contains("$n_1$"));
}
