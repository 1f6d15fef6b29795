//! The scripts of a job array: what Slurm runs for a task, and what it runs when all tasks have ended.

use super::plan::{Plan, Record};
use std::path::Path;

/// Seconds before its time limit at which a task is told to stop.
const NOTICE: u64 = 60;

/// A text as one word of a shell.
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,%@".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn path(path: &Path) -> String {
    word(&path.display().to_string())
}

/// A path in a line that Slurm reads, where `%` begins a pattern.
fn pattern(folder: &Path, name: &str) -> String {
    word(&format!("{}/{name}", folder.display().to_string().replace('%', "%%")))
}

fn head(folder: &Path, about: &str, name: &str, log: &str) -> String {
    format!(
        "#!/bin/bash\n# {about}, written by tightframe {}.\n#SBATCH --job-name={}\n#SBATCH --open-mode=append\n#SBATCH \
         --output={}\n",
        env!("CARGO_PKG_VERSION"),
        word(name),
        pattern(folder, log),
    )
}

/// The tasks: each computes its shards; a finished one is left alone.
pub(super) fn array(folder: &Path, record: &Record, plan: &Plan, program: &Path) -> String {
    let (shards, each) = (record.shards, record.shards_per_task);
    let options: String = plan.options.iter().map(|option| format!("#SBATCH {option}\n")).collect();
    let head = head(folder, "The shards of a sweep as a job array", "tightframe", "logs/%a.log");
    let (folder, program) = (path(folder), path(program));
    let (restarts, give_up) = (plan.restarts, plan.give_up_after);
    let cpus = "${SLURM_CPUS_PER_TASK:-1}";
    head + &format!(
        "#SBATCH --array=1-{tasks}\n#SBATCH --requeue\n#SBATCH --signal=B:USR1@{NOTICE}\n{options}\
             set -u\n\
             cd {folder} || exit 2\n\
             export RAYON_NUM_THREADS=\"{cpus}\"\n\
             work= limit=\n\
             # Near the time limit, and when the job is cancelled or preempted: stop in order.\n\
             trap 'limit=1; test -n \"$work\" && kill -TERM \"$work\"' USR1\n\
             trap 'test -n \"$work\" && kill -TERM \"$work\"' TERM\n\
             first=$(((SLURM_ARRAY_TASK_ID - 1) * {each} + 1))\n\
             last=$((first + {each} - 1))\n\
             status=0\n\
             for shard in $(seq \"$first\" \"$last\"); do\n\
             \x20   test \"$shard\" -le {shards} && test -z \"$limit\" || break\n\
             \x20   {program} sweep spec.toml --shard \"$shard/{shards}\" -o \"shards/$shard.shard\" \\\n\
             \x20       --times \"shards/$shard.times.csv\" --give-up-after {give_up} &\n\
             \x20   work=$!\n\
             \x20   wait \"$work\"; ended=$?\n\
             \x20   # A signal ends the wait, not the work.\n\
             \x20   while kill -0 \"$work\" 2>/dev/null; do wait \"$work\"; ended=$?; done\n\
             \x20   work=\n\
             \x20   test \"$ended\" -eq 0 || status=$ended\n\
             done\n\
             if test -n \"$limit\" && test \"$status\" -ne 0; then\n\
             \x20   task=\"${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID\"\n\
             \x20   if test \"${{SLURM_RESTART_COUNT:-0}}\" -lt {restarts}; then\n\
             \x20       echo \"task $task: the time limit is near; it goes on in the queue\"\n\
             \x20       scontrol requeue \"$task\"\n\
             \x20   else\n\
             \x20       echo \"task $task: restarted {restarts} times; sbatch --array=$SLURM_ARRAY_TASK_ID {folder}/array.sbatch goes on\"\n\
             \x20   fi\n\
             fi\n\
             exit \"$status\"\n",
        tasks = record.tasks(),
    )
}

/// What joins the shards, or says which are not there.
pub(super) fn merge(folder: &Path, plan: &Plan, program: &Path) -> String {
    let options: String = plan.merge_options().map(|option| format!("#SBATCH {option}\n")).collect();
    let head = head(folder, "The end of a sweep", "tightframe-merge", "logs/merge.log");
    let (folder, program) = (path(folder), path(program));
    head + &format!(
        "{options}exec {program} sweep merge {folder} -o {folder}/all.csv -o {folder}/all.parquet\n"
    )
}
