//! The layers from text to [`Config`]; what is refused is in [`refusals`].

use std::collections::BTreeSet;
use std::path::Path;

use super::problem::Problems;
use super::reader::Reader;
use super::{Config, FileLayer, Flags, Layers, Origin, Raw, Role, Setting, Settings};
use crate::store::Location;

mod refusals;

fn file(text: &str) -> Layers {
    let file = FileLayer { name: "carom.toml".to_owned(), text: text.to_owned() };
    Layers { file: Some(file), ..Layers::default() }
}

fn environment(variables: &[(&str, &str)]) -> Layers {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Layers { environment: variables.iter().map(owned).collect(), ..Layers::default() }
}

fn flags(flags: Flags) -> Layers {
    Layers { flags, ..Layers::default() }
}

fn problems(layers: Layers) -> Vec<String> {
    match Config::load(layers) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.problems().iter().map(ToString::to_string).collect(),
    }
}

/// The values of a configuration, without where they came from.
fn values(config: &Config) -> String {
    let Config {
        store,
        data,
        node,
        edge,
        admin,
        oidc,
        mail,
        links,
        domains,
        cache,
        clicks,
        backup,
        shutdown,
        log,
        settings: _,
    } = config;
    let address = match &store.location {
        Location::Postgres(address) => address.clone(),
        Location::Sqlite { file } => file.display().to_string(),
    };
    let secret = oidc.client_secret.reveal();
    format!(
        "{address} {store:?} {data:?} {node:?} {edge:?} {admin:?} {oidc:?} {secret} {mail:?} \
         {links:?} {domains:?} {cache:?} {clicks:?} {backup:?} {shutdown:?} {log:?}"
    )
}

#[test]
fn without_any_layer_the_defaults_hold() {
    let config = Config::load(Layers::default()).expect("good defaults");
    assert_eq!(config.store.location, Location::Sqlite { file: "carom.db".into() });
    assert_eq!(config.edge.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.links.public_url, None);
    assert!(config.settings.iter().all(Setting::is_default));
}

#[test]
fn each_layer_overrules_those_below_and_is_remembered() {
    let mut layers = file("[edge]\nlisten = \"127.0.0.1:1\"\n");
    let of = |layers: &Layers| {
        let config = Config::load(layers.clone()).expect("a good configuration");
        (config.edge.listen.port(), config.settings.of("edge.listen").origin.to_string())
    };
    assert_eq!(of(&Layers::default()), (8080, "the default".to_owned()));
    assert_eq!(of(&layers), (1, "carom.toml line 2".to_owned()));
    layers.environment.insert("CAROM_EDGE__LISTEN".to_owned(), "127.0.0.1:2".to_owned());
    assert_eq!(of(&layers), (2, "the environment variable CAROM_EDGE__LISTEN".to_owned()));
    layers.flags.edge_listen = Some("127.0.0.1:3".to_owned());
    assert_eq!(of(&layers), (3, "the flag --edge-listen".to_owned()));
}

#[test]
fn every_flag_sets_its_key() {
    let config = Config::load(flags(Flags {
        config: None,
        store: Some("postgres://db/carom".to_owned()),
        data_dir: Some("/srv/carom".to_owned()),
        role: Some("edge".to_owned()),
        edge_listen: Some("[::1]:80".to_owned()),
        admin_listen: Some("[::1]:81".to_owned()),
    }))
    .expect("a good configuration");
    assert_eq!(config.store.location, Location::Postgres("postgres://db/carom".to_owned()));
    assert_eq!(config.data.dir, Path::new("/srv/carom"));
    assert_eq!(config.node.role, Role::Edge);
    assert_eq!(config.edge.listen.to_string(), "[::1]:80");
    assert_eq!(config.admin.listen.to_string(), "[::1]:81");
}

#[test]
fn every_key_of_config_toml_is_read() {
    let mut problems = Problems::default();
    let settings = Settings::merged(&Layers::default(), &mut problems);
    let mut reader = Reader::new(&settings, &mut problems);
    Config::read(&mut reader);
    assert_eq!(reader.untaken(), Vec::<&str>::new(), "keys that no section reads");
}

#[test]
fn every_key_of_config_toml_changes_the_configuration() {
    let unchanged = Config::load(Layers::default()).expect("good defaults");
    let mut seen = BTreeSet::new();
    for setting in unchanged.settings.iter() {
        let other = match (setting.key.as_str(), &setting.default) {
            ("store.location", _) => "postgres://db/carom".to_owned(),
            ("node.role", _) => "edge".to_owned(),
            ("data.dir", _) => "elsewhere".to_owned(),
            ("edge.listen" | "admin.listen", _) => "127.0.0.1:0".to_owned(),
            ("edge.trusted_proxies" | "admin.trusted_proxies", _) => "10.0.0.0/8".to_owned(),
            ("edge.forwarded_header" | "admin.forwarded_header", _) => "forwarded".to_owned(),
            ("admin.public_url", _) => "https://admin.example".to_owned(),
            ("oidc.issuer", _) => "https://login.example".to_owned(),
            ("oidc.client_id" | "oidc.client_secret" | "oidc.name", _) => "carom".to_owned(),
            ("oidc.email_domains", _) => "example.com".to_owned(),
            ("mail.smtp", _) => "smtps://mail.example".to_owned(),
            ("mail.from", _) => "carom@example.com".to_owned(),
            ("links.public_url", _) => "https://go.example".to_owned(),
            ("domains.resolver", _) => "192.0.2.53".to_owned(),
            ("domains.default_hosts", _) => "alias.example".to_owned(),
            ("backup.directory", _) => "/var/backups/carom".to_owned(),
            ("clicks.geo_database", _) => "city.mmdb".to_owned(),
            ("log.level", _) => "debug".to_owned(),
            ("log.format", _) => "json".to_owned(),
            (_, Raw::Number(number)) => (number + 1).to_string(),
            (_, Raw::Switch(switch)) => (!switch).to_string(),
            (key, Raw::Text(_)) => panic!("say another good value for {key} here"),
        };
        let variable = format!("CAROM_{}", setting.key.replace('.', "__").to_uppercase());
        let needed = match setting.key.as_str() {
            "oidc.issuer" => ("CAROM_OIDC__CLIENT_ID", "needed"),
            "mail.smtp" => ("CAROM_MAIL__FROM", "needed@example.com"),
            _ => ("", ""),
        };
        let alone = Config::load(environment(&[needed])).expect("good values");
        seen.insert(self::values(&alone));
        let layers = environment(&[(&variable, &other), needed]);
        let changed = Config::load(layers).expect(&variable);
        assert_eq!(changed.settings.of(&setting.key).origin, Origin::Variable(variable));
        let values = values(&changed);
        assert_ne!(values, self::values(&unchanged), "{} changes nothing", setting.key);
        assert!(seen.insert(values), "{} changes what another key changes", setting.key);
    }
}
