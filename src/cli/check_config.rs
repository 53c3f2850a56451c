//! `carom check-config`: what the layers say, and nothing more.

use super::output::Output;
use crate::config::{Config, Flags, Layers, Origin};

/// Loads the configuration and prints its layers and every value that is not the default.
pub(super) fn run(flags: Flags) -> anyhow::Result<()> {
    let layers = Layers::from_process(flags)?;
    let file = layers.file.as_ref().map(|file| file.name.clone());
    let config = Config::load(layers)?;
    let mut output = Output::open();
    output.line("layers, each overruling those before it:")?;
    output.line("  the compiled-in config.toml")?;
    if let Some(name) = file {
        output.line(&format!("  the file {name}"))?;
    }
    for (layer, names) in [
        (
            "the environment",
            names(&config, |origin| match origin {
                Origin::Variable(name) => Some(name),
                _ => None,
            }),
        ),
        (
            "the command line",
            names(&config, |origin| match origin {
                Origin::Flag(name) => Some(name),
                _ => None,
            }),
        ),
    ] {
        if !names.is_empty() {
            output.line(&format!("  {layer}: {names}"))?;
        }
    }
    output.line("the configuration is valid")?;
    let changed = config.settings.iter().filter(|setting| !setting.is_default());
    let rows: Vec<_> = changed
        .map(|setting| vec![setting.key.clone(), setting.shown(), setting.origin.to_string()])
        .collect();
    if rows.is_empty() {
        return output.line("every value is the default");
    }
    output.line("")?;
    output.table(&["KEY", "VALUE", "FROM"], rows)
}

/// The names that values of one layer came from.
fn names(config: &Config, name: impl Fn(&Origin) -> Option<&str>) -> String {
    let names = config.settings.iter().filter_map(|setting| name(&setting.origin));
    names.collect::<Vec<_>>().join(", ")
}
