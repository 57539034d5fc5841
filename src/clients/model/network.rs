//! From where a client may come.

use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use ipnet::IpNet;
use std::net::IpAddr;

/// A network in CIDR notation, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Reads `203.0.113.0/24`, `2001:db8::/32`, or one address. What is behind the prefix must be zero, for it is a slip
    /// more often than not.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let read = match text.contains('/') {
            true => text.parse().ok(),
            false => text.parse::<IpAddr>().ok().map(IpNet::from),
        };
        let network = read.map(unmapped).ok_or_else(|| {
            Invalid::new(
                "invalid_network",
                Say::new(
                    "Địa chỉ IP hoặc mạng dạng CIDR, ví dụ 203.0.113.0/24.",
                    "An IP address, or a network in CIDR notation, such as 203.0.113.0/24.",
                ),
            )
        })?;
        let whole = network.trunc();
        if whole == network {
            return Ok(Self(network));
        }
        Err(Invalid::new(
            "invalid_network",
            say!(
                "Địa chỉ nằm trong mạng {whole}; hãy ghi mạng, hoặc địa chỉ không kèm độ dài.",
                "This is an address of the network {whole}; state the network, or the address without a length."
            ),
        ))
    }
}

/// A network of IPv4-mapped addresses (RFC 4291 §2.5.5.2) as one of IPv4: addresses are compared that way.
fn unmapped(network: IpNet) -> IpNet {
    const MAPPED: u8 = 96;
    let v4 = match network {
        IpNet::V6(network) => network.addr().to_ipv4_mapped().zip(network.prefix_len().checked_sub(MAPPED)),
        IpNet::V4(_) => None,
    };
    v4.and_then(|(address, length)| IpNet::new(address.into(), length).ok()).unwrap_or(network)
}

crate::parsed_input!(Network);
crate::string_schema!(Network, "cidr", "203.0.113.0/24");

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl serde::Serialize for Network {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The networks a client may come from; none: from anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks(Vec<Network>);

impl Networks {
    /// More are a list that nobody looks after.
    const MOST: usize = 20;

    /// Reads what [`Display`](std::fmt::Display) has written.
    pub fn parse(text: &str) -> Option<Self> {
        let networks = text.split(' ').filter(|part| !part.is_empty()).map(Network::parse);
        networks.collect::<Result<_, _>>().ok().map(Self)
    }

    pub fn as_slice(&self) -> &[Network] {
        &self.0
    }

    /// May it come from this address? One that is no address is nowhere.
    pub fn allow(&self, address: &str) -> bool {
        let within =
            |address: IpAddr| self.0.iter().any(|network| network.0.contains(&address.to_canonical()));
        self.0.is_empty() || address.parse::<IpAddr>().is_ok_and(within)
    }

    /// Is everything that these allow allowed by the others?
    pub fn within(&self, other: &Self) -> bool {
        let covered = |network: &Network| other.0.iter().any(|wider| wider.0.contains(&network.0));
        other.0.is_empty() || (!self.0.is_empty() && self.0.iter().all(covered))
    }
}

impl std::fmt::Display for Networks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let networks: Vec<String> = self.0.iter().map(Network::to_string).collect();
        f.write_str(&networks.join(" "))
    }
}

/// A JSON list of at most 20.
impl Deserr<Faults> for Networks {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let networks = Vec::<Network>::deserialize_from_value(value, location)?;
        if networks.len() <= Self::MOST {
            return Ok(Self(networks));
        }
        let most = Self::MOST;
        Err(Faults::located(
            location,
            Invalid::new("too_many", say!("Nhiều nhất {most} mạng.", "At most {most} networks.")),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Networks {
        Networks(texts.iter().map(|text| Network::parse(text).expect("a network")).collect())
    }

    #[test]
    fn networks_are_read_strictly() {
        for right in ["203.0.113.7", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32", "::1"] {
            assert!(Network::parse(right).is_ok(), "{right}");
        }
        for wrong in
            ["", "203.0.113.7/24", "203.0.113.0/33", "203.0.113", "shop.vn", "203.0.113.0/24 ", "1.2.3.4/"]
        {
            assert!(Network::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_allowed_by_network() {
        let some = networks(&["203.0.113.0/24", "2001:db8::/32"]);
        for inside in ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1"] {
            assert!(some.allow(inside), "{inside}");
        }
        for outside in ["203.0.114.9", "::ffff:203.0.114.9", "2001:db9::1", "unknown", ""] {
            assert!(!some.allow(outside), "{outside}");
        }
        assert!(Networks::default().allow("unknown"));
        let mapped = networks(&["::ffff:203.0.113.0/120", "::ffff:198.51.100.7"]);
        assert_eq!(mapped.to_string(), "203.0.113.0/24 198.51.100.7/32");
        assert!(mapped.allow("203.0.113.9") && mapped.allow("::ffff:198.51.100.7"));
        assert!(Network::parse("::ffff:203.0.113.7/120").is_err());
        assert_eq!(networks(&["::fffe:0:0/95"]).to_string(), "::fffe:0:0/95");
        assert_eq!(Networks::parse(&some.to_string()), Some(some));
        assert_eq!(Networks::parse(""), Some(Networks::default()));
    }

    #[test]
    fn narrower_is_told_from_wider() {
        let (any, wide, narrow, other) = (
            Networks::default(),
            networks(&["10.0.0.0/8"]),
            networks(&["10.1.0.0/16"]),
            networks(&["11.0.0.1"]),
        );
        assert!(wide.within(&any) && narrow.within(&wide) && any.within(&any) && wide.within(&wide));
        assert!(!any.within(&wide) && !wide.within(&narrow) && !other.within(&wide));
    }
}
