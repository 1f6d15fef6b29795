//! The JSON schemas under docs/schema are generated from the types that write the JSON. After a change of those
//! types, `SCHEMA=write cargo test --lib schema` writes them anew.

use crate::render::certificate::AuditJson;
use crate::render::check::CheckJson;
use crate::render::design::DesignJson;
use crate::render::falsification::FalsificationJson;
use crate::render::landscape::LandscapeJson;
use crate::render::measurement::MeasurementJson;
use crate::render::prediction::PredictionJson;
use crate::render::theorems::TheoremJson;
use crate::render::verification::VerificationJson;
use schemars::{Schema, schema_for};

fn holds(name: &str, schema: Schema) {
    let path = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = crate::render::json(&schema);
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
