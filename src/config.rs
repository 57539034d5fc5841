//! Typed configuration: command line over environment over the optional file over the defaults.

use crate::accounts::SecondFactorRule;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Settings every command shares.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Database: postgres://… or the path of a SQLite file [default: ocop-market.db in the data directory]
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true, value_parser = database_url)]
    pub database_url: Option<String>,

    /// Directory for the SQLite file, the signing keys and, without a mail server, the letters
    #[arg(long, env = "OCOP_DATA_DIR", default_value = "var", global = true)]
    pub data_dir: PathBuf,

    /// Address and port to listen on
    #[arg(long, env = "OCOP_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,

    /// Public address of this service: issuer of its access tokens, and where linked data leads
    #[arg(long, env = "OCOP_ISSUER", default_value = "http://127.0.0.1:8080", global = true,
          value_parser = origin)]
    pub issuer: String,

    /// Threads that serve HTTP [default: one for each core]
    #[arg(long, env = "OCOP_WORKERS", global = true, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,

    /// Database threads: readers on SQLite, all on PostgreSQL
    #[arg(long, env = "OCOP_DATABASE_THREADS", default_value_t = 8, global = true,
          value_parser = clap::value_parser!(u16).range(1..=128))]
    pub database_threads: u16,

    /// Seconds to wait at start for a database that is not there yet
    #[arg(long, env = "OCOP_DATABASE_WAIT", default_value_t = 60, global = true)]
    pub database_wait: u64,

    /// Largest JSON body in bytes
    #[arg(long, env = "OCOP_MAX_BODY", default_value_t = 262_144, global = true)]
    pub max_body: usize,

    /// Largest imported file in bytes
    #[arg(long, env = "OCOP_MAX_IMPORT", default_value_t = 33_554_432, global = true)]
    pub max_import: usize,

    /// Requests a minute from one address without a valid access token; an IPv6 address counts by its /64 (0: no limit)
    #[arg(long, env = "OCOP_REQUESTS_PER_MINUTE", default_value_t = 1200, global = true)]
    pub requests_per_minute: u32,

    /// Requests a minute of one account, from wherever (0: no limit)
    #[arg(long, env = "OCOP_ACCOUNT_REQUESTS_PER_MINUTE", default_value_t = 1200, global = true)]
    pub account_requests_per_minute: u32,

    /// Requests a minute of one machine client (0: no limit)
    #[arg(long, env = "OCOP_CLIENT_REQUESTS_PER_MINUTE", default_value_t = 6000, global = true)]
    pub client_requests_per_minute: u32,

    /// Enquiries a minute from one address without a valid access token (0: no limit)
    #[arg(long, env = "OCOP_LEADS_PER_MINUTE", default_value_t = 30, global = true)]
    pub leads_per_minute: u32,

    /// Enquiries a day of an account that belongs to no registered organisation (0: no limit)
    #[arg(long, env = "OCOP_LEADS_PER_DAY", default_value_t = 200, global = true)]
    pub leads_per_day: u32,

    /// Enquiries a day of a registered organisation, its people and machine clients together (0: no limit)
    #[arg(long, env = "OCOP_LEADS_PER_DAY_REGISTERED", default_value_t = 2_000, global = true)]
    pub leads_per_day_registered: u32,

    /// Enquiries a day of a verified organisation, its people and machine clients together (0: no limit)
    #[arg(long, env = "OCOP_LEADS_PER_DAY_VERIFIED", default_value_t = 50_000, global = true)]
    pub leads_per_day_verified: u32,

    /// Buyers' contacts that a verified organisation may reveal in 24 hours (0: no limit)
    #[arg(long, env = "OCOP_CONTACT_REVEALS_PER_DAY", default_value_t = 200, global = true)]
    pub contact_reveals_per_day: u32,

    /// Buyers' contacts that an organisation that was not verified may reveal in 24 hours (0: no limit)
    #[arg(long, env = "OCOP_UNVERIFIED_CONTACT_REVEALS_PER_DAY", default_value_t = 30, global = true)]
    pub unverified_contact_reveals_per_day: u32,

    /// Buyers' contacts that an officer may reveal in 24 hours (0: no limit)
    #[arg(long, env = "OCOP_OFFICE_CONTACT_REVEALS_PER_DAY", default_value_t = 30, global = true)]
    pub office_contact_reveals_per_day: u32,

    /// Sign-in attempts a minute from one address (0: no limit)
    #[arg(long, env = "OCOP_SIGN_INS_PER_MINUTE", default_value_t = 30, global = true)]
    pub sign_ins_per_minute: u32,

    /// Must officers and administrators sign in with a second factor? [default: required; with --demo: optional]
    #[arg(long, env = "OCOP_SECOND_FACTOR", value_name = "RULE", global = true)]
    pub second_factor: Option<SecondFactorRule>,

    /// Days after which an instance makes itself another signing key
    #[arg(long, env = "OCOP_KEY_DAYS", default_value_t = 90, global = true,
          value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub key_days: u16,

    /// Number of reverse proxies in front whose X-Forwarded-For is believed
    #[arg(long, env = "OCOP_TRUSTED_PROXIES", default_value_t = 0, global = true)]
    pub trusted_proxies: usize,

    /// Origins that browsers may call from, comma-separated; `*` for any [default: none]
    #[arg(long, env = "OCOP_CORS_ORIGINS", value_delimiter = ',', global = true,
          value_parser = origin_or_any)]
    pub cors_origins: Vec<String>,

    /// Mail server: smtp://user:password@host:port (STARTTLS, unless ?tls=none or ?tls=opportunistic) or smtps://…
    /// [default: none; letters are written to the folder mail of the data directory]
    #[arg(long, env = "OCOP_MAIL_URL", value_name = "URL", global = true, hide_env_values = true)]
    pub mail_url: Option<String>,

    /// Sender of letters, a name and an address [default: no-reply at the host of the issuer]
    #[arg(long, env = "OCOP_MAIL_FROM", value_name = "ADDRESS", global = true)]
    pub mail_from: Option<String>,

    /// Pictures a minute that one account or machine client may send or have fetched (0: no limit)
    #[arg(long, env = "OCOP_IMAGES_PER_MINUTE", default_value_t = 60, global = true)]
    pub images_per_minute: u32,

    /// Where pictures are kept: a directory, or s3://bucket/folder?region=…&endpoint=https://… with the usual AWS_… variables
    /// for credentials [default: the folder media of the data directory]
    #[arg(long, env = "OCOP_MEDIA_URL", value_name = "URL", global = true, value_parser = media_url)]
    pub media_url: Option<String>,

    /// Seconds running requests get to finish at shutdown
    #[arg(long, env = "OCOP_SHUTDOWN_GRACE", default_value_t = 20, global = true)]
    pub shutdown_grace: u64,

    /// Log filter, as of the tracing crates
    #[arg(long, env = "OCOP_LOG", default_value = "info", global = true)]
    pub log: String,

    /// Log format
    #[arg(long, env = "OCOP_LOG_FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// `Config` as a command line of its own; of one option given twice the last counts.
#[derive(Debug, clap::Parser)]
#[command(no_binary_name = true, args_override_self = true)]
struct Alone {
    #[command(flatten)]
    config: Config,
}

impl Config {
    /// How many contacts of buyers may be revealed in 24 hours, by whom.
    pub fn reveal_budgets(&self) -> crate::leads::RevealBudgets {
        crate::leads::RevealBudgets {
            verified: self.contact_reveals_per_day,
            unverified: self.unverified_contact_reveals_per_day,
            officer: self.office_contact_reveals_per_day,
        }
    }

    /// Settings from arguments such as `["--database-threads=2"]`; the rest from environment and defaults.
    pub fn from_arguments<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<Self, clap::Error> {
        <Alone as clap::Parser>::try_parse_from(arguments).map(|alone| alone.config)
    }

    pub fn second_factor(&self) -> SecondFactorRule {
        self.second_factor.unwrap_or(SecondFactorRule::Required)
    }

    pub fn database(&self) -> crate::db::Options {
        let default = || self.data_dir.join("ocop-market.db").to_string_lossy().into_owned();
        crate::db::Options {
            url: self.database_url.clone().filter(|url| !url.is_empty()).unwrap_or_else(default),
            threads: usize::from(self.database_threads),
            patience: std::time::Duration::from_secs(self.database_wait),
        }
    }
}

fn database_url(text: &str) -> Result<String, String> {
    match text.split_once("://") {
        None | Some(("postgres" | "postgresql" | "sqlite", _)) => Ok(text.to_owned()),
        Some((scheme, _)) => {
            Err(format!("`{scheme}://` is no database of ours; say postgres://… or a file's path"))
        }
    }
}

fn media_url(text: &str) -> Result<String, String> {
    crate::media::MediaPlace::parse(text).map(|_| text.to_owned())
}

/// A scheme and a host, as browsers write an origin: `https://shop.vn`, no path and no slash at the end.
fn origin(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fits = host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    });
    if fits {
        Ok(text.to_owned())
    } else {
        Err("expected http(s)://host[:port] and nothing after it".to_owned())
    }
}

fn origin_or_any(text: &str) -> Result<String, String> {
    if text == "*" { Ok(text.to_owned()) } else { origin(text) }
}

/// The optional settings file.
pub mod file {
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};

    /// The file named by `--config` or `OCOP_CONFIG`: looked up ahead of the real parsing, whose defaults it sets.
    pub fn path(arguments: impl Iterator<Item = OsString>) -> Option<PathBuf> {
        let mut arguments = arguments.skip(1);
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--config") => return arguments.next().map(PathBuf::from),
                Some(text) => {
                    if let Some(path) = text.strip_prefix("--config=") {
                        return Some(PathBuf::from(path));
                    }
                }
                None => {}
            }
        }
        std::env::var_os("OCOP_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// The settings of the file, each as text.
    pub fn read(path: &Path) -> Result<Vec<(String, String)>, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error
                .span()
                .map_or(1, |span| text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1);
            format!("{}, line {line}: {}", path.display(), error.message())
        })?;
        let as_text = |value: &toml::Value| match value {
            toml::Value::String(text) => Some(text.clone()),
            toml::Value::Integer(number) => Some(number.to_string()),
            toml::Value::Boolean(flag) => Some(flag.to_string()),
            _ => None,
        };
        let settings = table.iter().map(|(name, value)| {
            let text = match value {
                toml::Value::Array(items) => {
                    items.iter().map(as_text).collect::<Option<Vec<_>>>().map(|all| all.join(","))
                }
                single => as_text(single),
            };
            text.map(|text| (name.clone(), text)).ok_or_else(|| {
                format!("{}: `{name}` must be text, a number or a list of them", path.display())
            })
        });
        settings.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn wrong_settings_are_refused_by_name() {
        for (setting, refused) in [
            ("--cors-origins=https://shop.vn,*", false),
            ("--cors-origins=https://shop.vn/", true),
            ("--cors-origins=nonsense origin", true),
            ("--issuer=https://market.example.vn:8443", false),
            ("--issuer=", true),
            ("--issuer=market", true),
            ("--database-url=postgres://ocop@db/market", false),
            ("--database-url=var/x.db", false),
            ("--database-url=mysql://x/y", true),
            ("--media-url=/srv/pictures", false),
            ("--media-url=s3://pictures/market?endpoint=http://127.0.0.1:9000", false),
            ("--media-url=s3://", true),
            ("--media-url=s3://pictures?endpoint=127.0.0.1", true),
            ("--media-url=s3://pictures?secret=x", true),
            ("--media-url=s3://key:secret@pictures", true),
            ("--media-url=gs://pictures", true),
            ("--media-url=", true),
            ("--workers=0", true),
            ("--log-format=xml", true),
        ] {
            let read = Config::from_arguments([setting]);
            assert_eq!(read.is_err(), refused, "{setting}");
            if let Err(error) = read {
                let name = setting.split('=').next().unwrap_or_default();
                assert!(error.to_string().contains(name), "{error}");
            }
        }
    }
}
