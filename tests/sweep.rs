//! Sweeps: kill and resume, shards, threads, journals of others, full disks, Parquet, job arrays, points that never end.

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn tightframe(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    tightframe(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder of this test's own, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tightframe-sweep-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Some problems of both losses, with a bias and without, some lost, some with training.
const SMALL: &str = "\
columns = [\"loss\", \"bias\", \"depth\", \"optimum\", \"rank\", \"objective\", \"etf\", \"u\", \"gap\", \"nc1\"]
[grid]
loss = [\"mse\", \"ce\"]
counts = [[6, 6, 6], [12, 6, 3]]
depth = [1, 2]
width = 4
bias = [\"none\", \"last-layer\"]
lambda = [1e-3, 1e-2]
[training]
run = true
seeds = [1, 2]
evaluations = 3000
";

/// Enough points to be killed among them.
const LARGE: &str = "\
columns = [\"counts\", \"depth\", \"lambda\", \"optimum\", \"objective\", \"u\", \"feature_norm\"]
[grid]
classes = 10
largest = 500
ratio = { from = 1, to = 100, points = 10 }
shape = \"long-tail\"
depth = [1, 2, 3]
width = 64
loss = \"mse\"
bias = [\"none\", \"last-layer\"]
lambda = { from = 1e-6, to = 1e-2, points = 20, scale = \"log\" }
";

#[test]
fn the_documented_example_gives_the_documented_rows() {
    let folder = Folder::new("example");
    let (csv, parquet) = (folder.path("long-tails.csv"), folder.path("long-tails.parquet"));
    let output = run(&["sweep", "docs/sweep.toml", "-o", &csv, "-o", &parquet]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(folder.read("long-tails.csv")).unwrap();
    assert_eq!(text.lines().count(), 91);
    let page = std::fs::read_to_string(format!("{}/docs/sweep.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for line in text.lines().take(3) {
        assert!(page.contains(line), "{line}");
    }
    assert!(!Path::new(&folder.path("long-tails.csv.journal")).exists());
    // Another route to a row: the case that it stands for, 500 · 100^(−k/9) rounded.
    let case = folder.file(
        "case.toml",
        "[network]\ncounts = [500, 300, 180, 108, 65, 39, 23, 14, 8, 5]\nwidths = [64, 64]\nloss = \"mse\"\nbias = \
         \"none\"\n[regularization]\nweights = 1e-4\nfeatures = 1e-4\n",
    );
    let table =
        run(&["table", &case, "--columns", "counts,depth,objective,u", "--digits", "12", "--format", "csv"]);
    let table = String::from_utf8(table.stdout).unwrap();
    let row = text.lines().nth(73).unwrap();
    let (counts, rest) = table.lines().nth(1).unwrap().rsplit_once(",2,").unwrap();
    assert!(row.contains(counts) && row.ends_with(rest.split_once(',').unwrap().1), "{row}\n{table}");
}

#[test]
fn killed_again_and_again_it_ends_with_the_same_bytes() {
    let folder = Folder::new("kill");
    let spec = folder.file("large.toml", LARGE);
    let whole = run(&["sweep", &spec, "-o", &folder.path("whole.csv")]);
    assert!(whole.status.success(), "{}", stderr(&whole));
    let killed = folder.path("killed.csv");
    let journal = folder.path("killed.csv.journal");
    let size = || std::fs::metadata(&journal).map_or(0, |m| m.len());
    let (mut kills, mut chance) = (0, 88_172_645_463_325_252u64);
    loop {
        let before = size();
        let mut child = tightframe(&["sweep", &spec, "-o", &killed])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if kills == 6 {
            assert!(child.wait().unwrap().success());
            break;
        }
        // Some rows must be new, so that every kill hits a sweep at work; then at a random moment.
        while size() <= before && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        std::thread::sleep(Duration::from_micros(chance % 60_000));
        if child.try_wait().unwrap().is_some() {
            // It was done before it could be killed.
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        assert!(!Path::new(&killed).exists() || folder.read("killed.csv") == folder.read("whole.csv"));
    }
    assert!(kills > 0, "no run was slow enough to be killed");
    assert_eq!(folder.read("killed.csv"), folder.read("whole.csv"));
}

#[test]
fn threads_and_shards_change_no_byte() {
    let folder = Folder::new("shards");
    let spec = folder.file("small.toml", SMALL);
    for threads in ["1", "2"] {
        let (csv, parquet) =
            (folder.path(&format!("{threads}.csv")), folder.path(&format!("{threads}.parquet")));
        let mut command = tightframe(&["sweep", &spec, "-o", &csv, "-o", &parquet]);
        let output = command.env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert_eq!(folder.read("1.csv"), folder.read("2.csv"));
    assert_eq!(folder.read("1.parquet"), folder.read("2.parquet"));
    let shards: Vec<String> = (1..=3).map(|i| folder.path(&format!("{i}.shard"))).collect();
    for (i, shard) in shards.iter().enumerate() {
        let output = run(&["sweep", &spec, "--shard", &format!("{}/3", i + 1), "-o", shard]);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    finished_shards_are_left_alone(&folder, &spec, &shards[1]);
    let (csv, parquet) = (folder.path("merged.csv"), folder.path("merged.parquet"));
    let merge = run(&["sweep", "merge", &shards[2], &shards[0], &shards[1], "-o", &csv, "-o", &parquet]);
    assert!(merge.status.success(), "{}", stderr(&merge));
    assert_eq!(folder.read("merged.csv"), folder.read("1.csv"));
    assert_eq!(folder.read("merged.parquet"), folder.read("1.parquet"));
    parquet_says_what_csv_says(&folder);
    merges_are_refused(&folder, &shards);
}

/// A finished shard has nothing to do, a damaged one computes what is lost, another spec never overwrites.
fn finished_shards_are_left_alone(folder: &Folder, spec: &str, shard: &str) {
    let bytes = folder.read("2.shard");
    let again = run(&["sweep", spec, "--shard", "2/3", "-o", shard]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("nothing to do"), "{}", stderr(&again));
    let changed = folder.file("changed.toml", &SMALL.replace("1e-3", "3e-3"));
    let refused = run(&["sweep", &changed, "--shard", "2/3", "-o", shard, "--force"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("belongs to another spec"), "{}", stderr(&refused));
    let other = run(&["sweep", spec, "--shard", "1/3", "-o", shard]);
    assert!(stderr(&other).contains("belongs to shard 2/3"), "{}", stderr(&other));
    assert_eq!(folder.read("2.shard"), bytes);
    // The last two rows are lost.
    let text = String::from_utf8(bytes.clone()).unwrap();
    let cut: Vec<&str> = text.lines().collect();
    folder.file("2.shard", &(cut[..cut.len() - 2].join("\n") + "\n"));
    let healed = run(&["sweep", spec, "--shard", "2/3", "-o", shard]);
    assert!(healed.status.success(), "{}", stderr(&healed));
    assert_eq!(folder.read("2.shard"), bytes);
}

/// Both outputs, read by other code than wrote them, hold the same values.
fn parquet_says_what_csv_says(folder: &Folder) {
    let text = String::from_utf8(folder.read("1.csv")).unwrap();
    let mut lines = text.lines();
    let names = fields(lines.next().unwrap());
    let file = std::fs::File::open(folder.path("1.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let said = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let said = |key: &str| said.iter().find(|kv| kv.key == key).unwrap().value.clone().unwrap();
    assert_eq!(said("tightframe.spec"), SMALL);
    assert_eq!(said("tightframe.version"), env!("CARGO_PKG_VERSION"));
    assert!(said("tightframe.normalisation").contains("1/(2N)"));
    let mut rows = 0;
    for (row, line) in reader.get_row_iter(None).unwrap().zip(lines.by_ref()) {
        let row = row.unwrap();
        let expected = fields(line);
        let expected = |name: &str| &expected[names.iter().position(|n| n == name).unwrap()];
        for (name, value) in row.get_column_iter() {
            match (name.strip_suffix("_f64"), value) {
                (Some(name), Field::Double(x)) => assert_eq!(*x, expected(name).parse::<f64>().unwrap()),
                (Some(name), Field::ListInternal(all)) => {
                    let floats: Vec<f64> = all
                        .elements()
                        .iter()
                        .map(|x| if let Field::Double(x) = x { *x } else { panic!() })
                        .collect();
                    assert_eq!(
                        floats,
                        entries(expected(name)).iter().map(|t| t.parse().unwrap()).collect::<Vec<f64>>()
                    );
                }
                (Some(name), Field::Null) => assert_eq!(expected(name), ""),
                (_, Field::Null) => assert_eq!(expected(name), ""),
                (_, Field::Str(text)) => assert_eq!(text, expected(name)),
                (_, Field::Long(n)) => assert_eq!(n.to_string(), *expected(name)),
                (_, Field::Double(x)) => assert_eq!(*x, expected(name).parse::<f64>().unwrap()),
                (_, Field::ListInternal(all)) => {
                    let texts: Vec<String> = all
                        .elements()
                        .iter()
                        .map(|x| if let Field::Str(x) = x { x.clone() } else { panic!() })
                        .collect();
                    assert_eq!(texts, entries(expected(name)));
                }
                other => panic!("{other:?}"),
            }
        }
        rows += 1;
    }
    assert_eq!((rows, lines.next()), (32, None));
    // Both losses fill what makes sense for them.
    let column = |name: &str| names.iter().position(|n| n == name).unwrap();
    let cell = |row: usize, name: &str| fields(text.lines().nth(row + 1).unwrap())[column(name)].clone();
    assert!(!cell(0, "u").is_empty() && cell(0, "etf").is_empty() && !cell(0, "gap_median").is_empty());
    assert!(cell(20, "u").is_empty() && !cell(20, "etf").is_empty());
}

/// The entries of a list: `a, b*3`.
fn entries(text: &str) -> Vec<String> {
    let entry = |part: &str| match part.split_once('*') {
        Some((text, n)) => vec![text.to_owned(); n.parse().unwrap()],
        None => vec![part.to_owned()],
    };
    text.split(", ").flat_map(entry).collect()
}

/// The fields of a CSV line.
fn fields(line: &str) -> Vec<String> {
    let (mut all, mut inside) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => inside = !inside,
            ',' if !inside => all.push(String::new()),
            c => all.last_mut().unwrap().push(c),
        }
    }
    all
}

fn merges_are_refused(folder: &Folder, shards: &[String]) {
    let out = folder.path("refused.csv");
    let refused = |inputs: &[&str], word: &str| {
        let mut arguments = vec!["sweep", "merge"];
        arguments.extend(inputs);
        arguments.extend(["-o", &out]);
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(word), "{word}: {}", stderr(&output));
        assert!(stderr(&output).contains("hint: ") && !Path::new(&out).exists());
    };
    let [one, two, three] = [&*shards[0], &*shards[1], &*shards[2]];
    refused(&[one, three], "shard 2/3 is missing");
    refused(&[one, two, two, three], "shard 2/3 is given twice");
    let other = folder.file("other.toml", &SMALL.replace("1e-3", "2e-3"));
    let shard = folder.path("other.shard");
    assert!(run(&["sweep", &other, "--shard", "2/3", "-o", &shard]).status.success());
    refused(&[one, &shard, three], "different specs");
    let half = folder.path("half.shard");
    let small = folder.path("small.toml");
    assert!(run(&["sweep", &small, "--shard", "2/2", "-o", &half]).status.success());
    refused(&[one, two, &half], "part the grid differently");
    let text = String::from_utf8(folder.read("2.shard")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let gap = folder.file("gap.shard", &(lines[..4].join("\n") + "\n"));
    refused(&[one, &gap, three], "lacks ");
    let damaged = folder.file("damaged.shard", &text.replacen("unique", "uniquE", 1));
    refused(&[one, &damaged, three], "damaged");
    let neither = folder.file("neither.shard", "counts\n");
    refused(&[&neither], "not a journal");
}

#[test]
fn journals_of_others_and_odd_places_are_refused() {
    let folder = Folder::new("others");
    let spec = folder.file("spec.toml", SMALL);
    let out = folder.path("out.csv");
    let refused = |arguments: &[&str], word: &str| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{word}");
        assert!(stderr(&output).contains(word), "{word}: {}", stderr(&output));
    };
    // A journal as a killed process leaves it.
    let header = "{\"format\":\"tightframe.sweep/1\",\"spec\":\"another\",\"points\":32,\"shard\":[1,1],\
                  \"columns\":[[\"point\",\"whole\"]]}\n";
    folder.file("out.csv.journal", header);
    refused(&["sweep", &spec, "-o", &out], "another spec");
    assert_eq!(folder.read("out.csv.journal"), header.as_bytes());
    folder.file("out.csv.journal", "my notes\n");
    refused(&["sweep", &spec, "-o", &out], "not a journal");
    assert_eq!(folder.read("out.csv.journal"), b"my notes\n");
    refused(&["sweep", &spec, "-o", &folder.path("out.txt")], "an output's name says what it is");
    refused(&["sweep", &spec, "-o", &folder.path("out.shard")], "an output's name says what it is");
    refused(&["sweep", &spec, "--shard", "1/2", "-o", &out], "an output's name says what it is");
    refused(&["sweep", &spec, "-o", &folder.path("no/such/out.csv")], "there is no folder");
    refused(&["sweep", &spec, "-o", &out, "-o", &out], "given twice");
    refused(&["sweep", &spec, "--shard", "3/2", "-o", &out], "1 ≤ i ≤ n");
    refused(&["sweep", &spec, "--case", "32"], "the last point is 31");
    refused(&["sweep", "no-such.toml", "-o", &out], "no such file");
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_stops_a_sweep_and_loses_nothing() {
    let folder = Folder::new("full");
    let spec = folder.file("large.toml", LARGE);
    assert!(run(&["sweep", &spec, "-o", &folder.path("whole.csv")]).status.success());
    let script = "trap '' XFSZ; ulimit -f 32; exec \"$0\" sweep \"$1\" -o \"$2\"";
    let out = folder.path("out.csv");
    let full = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_tightframe"), &spec, &out])
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(2));
    let said = stderr(&full);
    assert!(
        said.contains("the journal cannot be written") && said.contains("nothing that was done is lost"),
        "{said}"
    );
    assert!(!Path::new(&out).exists());
    assert!(folder.read("out.csv.journal").len() > 8_000);
    let resumed = run(&["sweep", &spec, "-o", &out]);
    let said = String::from_utf8(resumed.stdout).unwrap();
    assert!(said.contains("of them from the journal"), "{said}");
    assert_eq!(folder.read("out.csv"), folder.read("whole.csv"));
}

/// Merges of the shards of two sweeps to one name, at once, again and again: always one of the two whole outputs.
#[test]
fn merges_at_once_leave_one_whole_output() {
    let folder = Folder::new("at-once");
    let mut whole = Vec::new();
    for (name, counts) in [("a", "[9, 4]"), ("b", "[9, 4, 4, 4]")] {
        let grid =
            format!("counts = {counts}\nwidths = [4]\nlambda = {{ from = 1e-4, to = 1e-2, points = 200 }}\n");
        let text = format!("columns = [\"objective\"]\ndigits = 40\n[grid]\nloss = \"mse\"\n{grid}");
        let spec = folder.file(&format!("{name}.toml"), &text);
        let (shard, csv) = (folder.path(&format!("{name}.shard")), folder.path(&format!("{name}.csv")));
        assert!(run(&["sweep", &spec, "--shard", "1/1", "-o", &shard]).status.success());
        assert!(run(&["sweep", "merge", &shard, "-o", &csv]).status.success());
        whole.push(folder.read(&format!("{name}.csv")));
    }
    assert_ne!(whole[0], whole[1]);
    for _ in 0..400 {
        let merges = ["a", "b"].map(|name| {
            let arguments =
                ["sweep", "merge", &folder.path(&format!("{name}.shard")), "-o", &folder.path("one.csv")];
            tightframe(&arguments).stdout(std::process::Stdio::null()).spawn().unwrap()
        });
        for mut merge in merges {
            assert!(merge.wait().unwrap().success());
        }
        assert!(whole.contains(&folder.read("one.csv")));
    }
    let mut left: Vec<String> = std::fs::read_dir(&folder.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["a.csv", "a.shard", "a.toml", "b.csv", "b.shard", "b.toml", "one.csv"]);
}

/// The scripts of a job array, run as Slurm runs them, give the bytes of an undivided run; a task that is missing is
/// named, with the line that submits it again.
#[cfg(unix)]
#[test]
fn a_job_array_gives_the_bytes_of_one_run() {
    let folder = Folder::new("array");
    let spec = folder.file("spec.toml", SMALL);
    let (csv, parquet) = (folder.path("one.csv"), folder.path("one.parquet"));
    assert!(run(&["sweep", &spec, "-o", &csv, "-o", &parquet]).status.success());
    let place = folder.path("a run");
    let options =
        ["--slurm", "5", "--shards-per-task", "2", "-o", &place, "--", "--partition=long", "--time=10"];
    let prepare = |spec: &str| run(&[&["sweep", spec][..], &options].concat());
    let prepared = prepare(&spec);
    assert!(prepared.status.success(), "{}", stderr(&prepared));
    let script = String::from_utf8(folder.read("a run/array.sbatch")).unwrap();
    for line in ["#SBATCH --array=1-3\n", "#SBATCH --partition=long\n", "#SBATCH --requeue\n"] {
        assert!(script.contains(line), "{script}");
    }
    let merge = String::from_utf8(folder.read("a run/merge.sbatch")).unwrap();
    assert!(merge.contains("--partition=long") && !merge.contains("--time"), "{merge}");
    let bash = |name: &str, task: &str| {
        let script = format!("{place}/{name}.sbatch");
        Command::new("bash").arg(script).env("SLURM_ARRAY_TASK_ID", task).output().unwrap()
    };
    for task in ["1", "3"] {
        assert!(bash("array", task).status.success());
    }
    let early = bash("merge", "");
    assert_eq!(early.status.code(), Some(2));
    let said = stderr(&early);
    assert!(said.contains("shard 3: not begun") && said.contains("sbatch --array=2 "), "{said}");
    let status = run(&["sweep", "status", &place, "--json"]);
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("\"not-begun\"") && status.contains("sbatch --array=2 "), "{status}");
    let some = folder.path("some.csv");
    assert!(run(&["sweep", "export", &place, "-o", &some]).status.success());
    let (whole, some) = (folder.read("one.csv"), folder.read("some.csv"));
    let lines = |bytes: &[u8]| bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    assert!(
        lines(&some).len() < lines(&whole).len() && lines(&some).iter().all(|l| lines(&whole).contains(l))
    );
    assert!(bash("array", "2").status.success() && bash("merge", "").status.success());
    assert_eq!(folder.read("a run/all.csv"), whole);
    assert_eq!(folder.read("a run/all.parquet"), folder.read("one.parquet"));
    // Again: nothing to do. Another spec: refused.
    let again = bash("array", "1");
    assert_eq!(String::from_utf8_lossy(&again.stdout).matches("nothing to do").count(), 2);
    assert!(prepare(&spec).status.success());
    let other = folder.file("other.toml", &SMALL.replace("1e-3", "2e-3"));
    let refused = prepare(&other);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("another spec"), "{}", stderr(&refused));
    let simulated = run(&["sweep", "simulate", &place, "--processes", "1,2"]);
    assert!(String::from_utf8(simulated.stdout).unwrap().starts_with("32 points, "));
}

/// A point that takes longer than every time limit is given up after so many stops; the rest goes on.
#[cfg(unix)]
#[test]
fn a_point_that_never_ends_is_given_up() {
    let folder = Folder::new("endless");
    let spec = folder.file(
        "spec.toml",
        "columns = [\"widths\", \"objective\", \"gap\"]\n[grid]\ncounts = [[90, 40, 3]]\nwidths = [[3], [900, 900, 900]]\n\
         loss = \"mse\"\nlambda = 1e-7\n[training]\nrun = true\nseeds = [1]\nevaluations = 10000000\n",
    );
    let out = folder.path("out.shard");
    let arguments = ["sweep", &spec, "--shard", "1/1", "-o", &out, "--give-up-after", "2"];
    for _ in 0..2 {
        let mut child = tightframe(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let journal = folder.path("out.shard.journal");
        // The other point is done by then.
        let rows = || std::fs::read_to_string(&journal).map_or(0, |text| text.matches("{\"row\"").count());
        while rows() < 1 {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(300));
        let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(143));
    }
    let done = run(&arguments);
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(said.contains("1 point given up") && said.contains(": 1\n"), "{said}");
    let csv = folder.path("out.csv");
    assert!(run(&["sweep", "merge", &out, "-o", &csv]).status.success());
    let text = String::from_utf8(folder.read("out.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].ends_with(",given_up") && lines[2] == "1,900*3,,,,,2", "{text}");
    assert!(lines[1].starts_with("0,3,0.") && lines[1].ends_with(','), "{text}");
}
