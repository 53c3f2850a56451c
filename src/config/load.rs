//! The whole configuration, and what its sections contradict in each other.

use std::net::SocketAddr;

use super::problem::Problems;
use super::reader::Reader;
use super::{
    AdminConfig, BackupConfig, CacheConfig, ClicksConfig, ConfigErrors, DataConfig, DomainsConfig,
    EdgeConfig, Layers, LinksConfig, LogConfig, MailConfig, NodeConfig, OidcConfig, Origin,
    Settings, ShutdownConfig, StoreConfig, unnamed_store,
};

/// The configuration of a process: one field a section of config.toml.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the store is.
    pub store: StoreConfig,
    /// Where this node keeps its own files.
    pub data: DataConfig,
    /// What this process serves.
    pub node: NodeConfig,
    /// The redirect listener.
    pub edge: EdgeConfig,
    /// The admin listener.
    pub admin: AdminConfig,
    /// Sign-in at a provider.
    pub oidc: OidcConfig,
    /// How mails are sent.
    pub mail: MailConfig,
    /// Short URLs and codes.
    pub links: LinksConfig,
    /// How domains are proven.
    pub domains: DomainsConfig,
    /// What is kept in memory.
    pub cache: CacheConfig,
    /// How clicks are counted.
    pub clicks: ClicksConfig,
    /// Backups by themselves.
    pub backup: BackupConfig,
    /// How this node leaves.
    pub shutdown: ShutdownConfig,
    /// What is logged.
    pub log: LogConfig,
    /// Every key with its value and the layer it came from.
    pub settings: Settings,
}

impl Config {
    /// Puts the layers on top of each other and checks every value. Opens nothing.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first.
    #[expect(clippy::needless_pass_by_value, reason = "a secret among the layers ends here")]
    pub fn load(layers: Layers) -> Result<Self, ConfigErrors> {
        let mut problems = Problems::default();
        let settings = Settings::merged(&layers, &mut problems);
        unnamed_store::refuse(&settings, &layers.environment, &mut problems);
        let config = Self::read(&mut Reader::new(&settings, &mut problems));
        config.refuse_contradictions(&mut problems);
        problems.none_or_all()?;
        Ok(config)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            store: StoreConfig::read(reader),
            data: DataConfig::read(reader),
            node: NodeConfig::read(reader),
            edge: EdgeConfig::read(reader),
            admin: AdminConfig::read(reader),
            oidc: OidcConfig::read(reader),
            mail: MailConfig::read(reader),
            links: LinksConfig::read(reader),
            domains: DomainsConfig::read(reader),
            cache: CacheConfig::read(reader),
            clicks: ClicksConfig::read(reader),
            backup: BackupConfig::read(reader),
            shutdown: ShutdownConfig::read(reader),
            log: LogConfig::read(reader),
            settings: reader.settings().clone(),
        }
    }

    fn refuse_contradictions(&self, problems: &mut Problems) {
        if self.node.role.redirects() && meet(self.edge.listen, self.admin.listen) {
            problems.add(format!(
                "{} and {} want the same port: give one of them another",
                self.said("edge.listen"),
                self.said("admin.listen")
            ));
        }
        if self.cache.soft_age > self.cache.hard_age {
            problems.add(format!(
                "{} is more than {}, so that no link would be read again while it answers: lower \
                 the first or raise the second",
                self.said("cache.soft_age_ms"),
                self.said("cache.hard_age_ms")
            ));
        }
        for (named, needed, is_missing) in [
            (
                "oidc.issuer",
                "oidc.client_id",
                self.oidc.issuer.is_some() && self.oidc.client_id.is_empty(),
            ),
            ("mail.smtp", "mail.from", self.mail.server.is_some() && self.mail.from.is_none()),
        ] {
            if is_missing {
                let said = self.said(named);
                problems.add(format!("{said} needs {needed}, which is empty: set it"));
            }
        }
        // A default limit above the other is merely never reached; somebody's own is a mistake.
        let per_address = self.settings.of("edge.connections_per_address_max");
        if per_address.origin != Origin::Default
            && self.edge.connections_per_address_max > self.edge.connections_max
        {
            problems.add(format!(
                "{} is more than {}, which counts all addresses together: lower the first or raise \
                 the second",
                self.said("edge.connections_per_address_max"),
                self.said("edge.connections_max")
            ));
        }
    }

    /// A key with its value and its layer, for the middle of a sentence.
    fn said(&self, key: &str) -> String {
        let setting = self.settings.of(key);
        format!("{key} `{}` ({})", setting.shown(), setting.origin)
    }
}

/// Whether two listeners would fight for one port.
fn meet(a: SocketAddr, b: SocketAddr) -> bool {
    // `[::]` takes IPv4 connections as well.
    let holds = |all: SocketAddr, one: SocketAddr| {
        all.ip().is_unspecified() && (all.is_ipv6() || one.is_ipv4())
    };
    a.port() != 0 && a.port() == b.port() && (a.ip() == b.ip() || holds(a, b) || holds(b, a))
}
