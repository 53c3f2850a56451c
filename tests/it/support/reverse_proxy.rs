//! nginx and HAProxy before the server, as careless as they can be set up: what they let through
//! is what the server must withstand.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::process::Leash;
use super::wait::{SOON, eventually};

/// Set where neither can be installed: the tests that need them then end at once, and say so.
const WITHOUT: &str = "TEST_WITHOUT_REVERSE_PROXIES";

/// Where Debian puts them, which is on the `PATH` of root alone.
const SYSTEM: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// Another process may take a port between our finding it free and the proxy's binding it.
const TRIES: usize = 5;

/// Which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With streamed bodies, odd headers passed on, and one connection kept to the server.
    Nginx,
    /// With checks of requests off, and connections to the server shared by all clients.
    Haproxy,
}

/// A running proxy. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct ReverseProxy {
    process: Child,
    leash: Option<Leash>,
    address: SocketAddr,
    _directory: TempDir,
}

impl ReverseProxy {
    /// A proxy before this server; none where the tests are told to go without.
    ///
    /// # Panics
    /// When it is not on this machine, or does not start.
    pub(crate) fn start(kind: Kind, server: SocketAddr) -> Option<Self> {
        if env::var_os(WITHOUT).is_some() {
            return None;
        }
        let program = find(kind.name()).unwrap_or_else(|| {
            panic!(
                "there is no {0} on this machine: install it (on Debian `apt-get install {1}`), or \
                 set {WITHOUT}=1",
                kind.name(),
                kind.package()
            )
        });
        let started = (0..TRIES).find_map(|_| Self::try_start(kind, &program, server));
        Some(started.unwrap_or_else(|| panic!("{} does not start", kind.name())))
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn try_start(kind: Kind, program: &Path, server: SocketAddr) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port");
        let file = directory.path().join("conf");
        fs::write(&file, kind.configuration(address, server)).expect("a configuration");
        let mut command = Command::new(program);
        match kind {
            Kind::Nginx => {
                command.arg("-p").arg(directory.path()).args(["-e", "error.log", "-c"]).arg(&file)
            }
            Kind::Haproxy => command.arg("-db").arg("-q").arg("-f").arg(&file),
        };
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("the program runs");
        let leash = Some(Leash::on(process.id()));
        let mut proxy = Self { process, leash, address, _directory: directory };
        let is_up = eventually(SOON, "the proxy listens, or has ended", || {
            if proxy.process.try_wait().expect("a child of ours").is_some() {
                return Some(false);
            }
            TcpStream::connect(address).is_ok().then_some(true)
        });
        is_up.then_some(proxy)
    }
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        // It may have ended already, which is no failure.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(leash) = self.leash.take() {
            leash.let_go();
        }
    }
}

impl Kind {
    /// Its program.
    const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
        }
    }

    const fn package(self) -> &'static str {
        match self {
            Self::Nginx => "nginx-light",
            Self::Haproxy => "haproxy",
        }
    }

    fn configuration(self, address: SocketAddr, server: SocketAddr) -> String {
        match self {
            Self::Nginx => nginx(address, server),
            Self::Haproxy => haproxy(address, server),
        }
    }
}

/// One process, and one connection kept to the server: what an attacker leaves on it, the next
/// client meets.
fn nginx(address: SocketAddr, server: SocketAddr) -> String {
    let mut paths = String::new();
    for path in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        writeln!(paths, "{path}_temp_path {path};").expect("a string takes every line");
    }
    format!(
        "daemon off; master_process off; pid nginx.pid; events {{ worker_connections 512; }}
         http {{
             access_log off; {paths}
             keepalive_timeout 1s; client_header_timeout 1s; client_body_timeout 1s;
             ignore_invalid_headers off; underscores_in_headers on; merge_slashes off;
             upstream carom {{ server {server}; keepalive 1; }}
             server {{
                 listen {address};
                 location / {{
                     proxy_pass http://carom; proxy_http_version 1.1;
                     proxy_set_header Connection ''; proxy_set_header Host $http_host;
                     proxy_request_buffering off;
                 }}
             }}
         }}\n"
    )
}

fn haproxy(address: SocketAddr, server: SocketAddr) -> String {
    format!(
        "global
             nbthread 1
             maxconn 500
         defaults
             mode http
             timeout connect 5s
             timeout client 1s
             timeout server 10s
             timeout http-request 1s
             timeout http-keep-alive 1s
             http-reuse always
             option accept-invalid-http-request
             retry-on conn-failure empty-response
         frontend clients
             bind {address}
             default_backend carom
         backend carom
             server carom {server} pool-max-conn 1\n"
    )
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let places = env::split_paths(&path).chain(SYSTEM.map(PathBuf::from));
    places.map(|directory| directory.join(program)).find(|file| file.is_file())
}
