//! `sweep --slurm`: a folder that a job array computes.

use super::super::{Exit, Screen};
use super::Error;
use crate::render::number::counted;
use crate::sweep::{Plan, Run, Spec, shell_word};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;

// How a sweep becomes a job array.
#[derive(Args)]
#[command(next_help_heading = "Job array")]
pub(super) struct Array {
    /// Prepare a folder with the scripts of a Slurm job array of so many shards
    #[arg(long, value_name = "SHARDS", conflicts_with_all = ["shard", "case", "times", "give_up_after"],
          value_parser = clap::value_parser!(u64).range(1..=super::MAX_SHARDS))]
    pub slurm: Option<u64>,
    /// Shards that a task computes one after the other, where there are many small ones
    #[arg(long, value_name = "SHARDS", default_value_t = 1, requires = "slurm",
          value_parser = clap::value_parser!(u64).range(1..))]
    shards_per_task: u64,
    /// How often a task goes on after its time limit
    #[arg(long, value_name = "TIMES", default_value_t = 20, requires = "slurm")]
    restarts: u64,
    /// Submit the array and what merges it
    #[arg(long, requires = "slurm")]
    submit: bool,
    /// Options of sbatch, after --
    #[arg(last = true, value_name = "SBATCH OPTIONS", requires = "slurm")]
    options: Vec<String>,
}

/// A point that was in work at the end of so many time limits is given up.
const GIVE_UP_AFTER: u64 = 3;

impl Array {
    pub fn prepared(
        &self,
        screen: &Screen,
        spec: &Spec,
        shards: u64,
        outputs: &[PathBuf],
    ) -> Result<Exit, Error> {
        let refused = |given: &str, wrong: &str, hint: &str| {
            Err(Error::Option { given: given.to_owned(), wrong: wrong.to_owned(), hint: hint.to_owned() })
        };
        let [folder] = outputs else {
            return refused("-o", "a job array has one folder", "name one: -o run/");
        };
        if folder.is_file() {
            return refused(&folder.display().to_string(), "this is a file", "name a folder: -o run/");
        }
        for option in &self.options {
            let name = option.split(['=', ' ']).next().unwrap_or("");
            if ["--array", "-a", "--output", "-o", "--open-mode", "--signal"].contains(&name) {
                let hint = "the scripts set it; --shards-per-task makes fewer tasks";
                return refused(option, "this option of sbatch is taken", hint);
            }
            if !option.starts_with('-') || option.contains('\n') {
                return refused(option, "not an option of sbatch", "write --partition=long, in one word");
            }
        }
        let program = std::env::current_exe().map_err(Error::Answer)?;
        let plan = Plan {
            shards,
            shards_per_task: self.shards_per_task,
            options: self.options.clone(),
            restarts: self.restarts,
            give_up_after: GIVE_UP_AFTER,
        };
        let run = Run::prepare(folder, spec, &plan, &program)?;
        let mut words = format!(
            "{} in {} and {} of a job array\n  {}\n",
            counted(spec.points(), "point"),
            counted(shards, "shard"),
            counted(run.tasks(), "task"),
            folder.display()
        );
        match self.submit {
            true => words += &submitted(&run)?,
            false => words += &format!("submit it:\n{}", commands(folder)),
        }
        words += &format!("how far it is: tightframe sweep status {}\n", folder.display());
        screen.show(&words.into())
    }
}

/// The two lines that submit an array and its merge.
fn commands(folder: &Path) -> String {
    let script = |name: &str| shell_word(&folder.join(name).display().to_string());
    format!(
        "  array=$(sbatch --parsable {})\n  sbatch --dependency=afterany:$array {}\n",
        script("array.sbatch"),
        script("merge.sbatch")
    )
}

fn submitted(run: &Run) -> Result<String, Error> {
    let array = sbatch(&["--parsable"], &run.script("array"))?;
    let merge = sbatch(&["--parsable", &format!("--dependency=afterany:{array}")], &run.script("merge"))?;
    Ok(format!("submitted: the array is job {array}, the merge after it job {merge}\n"))
}

/// Submits a script; the number of its job.
fn sbatch(options: &[&str], script: &Path) -> Result<String, Error> {
    let failed = |why: String| Error::Option {
        given: format!("sbatch {}", script.display()),
        wrong: format!("the array was not submitted: {why}"),
        hint: "without --submit the commands are printed, to be given where Slurm is".to_owned(),
    };
    let output = Command::new("sbatch").args(options).arg(script).output();
    let output = output.map_err(|error| failed(format!("sbatch cannot be run ({error})")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    match output.status.success() {
        // The number may be followed by the name of the cluster.
        true => Ok(said.trim().split(';').next().unwrap_or("").to_owned()),
        false => Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}
