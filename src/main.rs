//! The `tightframe` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    tightframe::run()
}
