//! The layers above the compiled-in one, as they are found around the process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ConfigErrors;
use super::problem::Problems;

/// The file that is read when none is named.
const FILE: &str = "carom.toml";

/// Values given as flags of the command line.
#[derive(Clone, Default)]
pub struct Flags {
    /// `--config`: the file to read.
    pub config: Option<PathBuf>,
    /// `--store`
    pub store: Option<String>,
    /// `--data-dir`
    pub data_dir: Option<String>,
    /// `--role`
    pub role: Option<String>,
    /// `--edge-listen`
    pub edge_listen: Option<String>,
    /// `--admin-listen`
    pub admin_listen: Option<String>,
}

/// A configuration file.
#[derive(Clone)]
pub struct FileLayer {
    /// Its name, for errors.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// All layers above the compiled-in one.
#[derive(Clone, Default)]
pub struct Layers {
    /// The file, if there is one.
    pub file: Option<FileLayer>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The flags.
    pub flags: Flags,
}

impl Layers {
    /// Reads the file that `flags` names (or `./carom.toml`, if it exists) and the environment.
    ///
    /// # Errors
    /// The file cannot be read, or one of Carom's variables is not Unicode.
    pub fn from_process(flags: Flags) -> Result<Self, ConfigErrors> {
        let mut problems = Problems::default();
        let file = match &flags.config {
            Some(path) => read_file(path, "the flag --config names", &mut problems),
            None if Path::new(FILE).exists() => {
                read_file(Path::new(FILE), "the working directory holds", &mut problems)
            }
            None => None,
        };
        let mut environment = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CAROM_") && value.to_str().is_none() {
                problems.add(format!("the environment variable {name} is not Unicode: mend it"));
            }
            environment.insert(name, value.to_string_lossy().into_owned());
        }
        problems.none_or_all()?;
        Ok(Self { file, environment, flags })
    }
}

fn read_file(path: &Path, who: &str, problems: &mut Problems) -> Option<FileLayer> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Some(FileLayer { name, text }),
        Err(error) => {
            problems.add(format!(
                "{who} the configuration file {name}, which cannot be read ({error}): name another \
                 with --config, or make it readable"
            ));
            None
        }
    }
}
