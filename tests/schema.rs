//! The JSON schemas under docs/schema are generated from the types that write the JSON. After a change of those
//! types, `SCHEMA=write cargo test --test schema` writes them anew.

use schemars::{Schema, schema_for};
use tightframe::render::certificate::AuditJson;
use tightframe::render::check::CheckJson;
use tightframe::render::design::DesignJson;
use tightframe::render::falsification::FalsificationJson;
use tightframe::render::landscape::LandscapeJson;
use tightframe::render::measurement::MeasurementJson;
use tightframe::render::prediction::PredictionJson;
use tightframe::render::theorems::TheoremJson;
use tightframe::render::verification::VerificationJson;

fn holds(name: &str, schema: Schema) {
    let path = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = tightframe::render::json(&schema);
    if std::env::var_os("SCHEMA").is_some_and(|word| word == "write") {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{name} is stale");
}

#[test]
fn schemas_are_those_of_the_types() {
    holds("prediction", schema_for!(PredictionJson));
    holds("verification", schema_for!(VerificationJson));
    holds("check", schema_for!(CheckJson));
    holds("landscape", schema_for!(LandscapeJson));
    holds("theorem", schema_for!(TheoremJson));
    holds("design", schema_for!(DesignJson));
    holds("audit", schema_for!(AuditJson));
    holds("falsification", schema_for!(FalsificationJson));
    holds("measurement", schema_for!(MeasurementJson));
}
