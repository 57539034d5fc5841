//! What a device without a network writes down has an id that it makes itself.

use crate::db::columns::Key;
use crate::leads::{EnquiryId, LeadEventId};
use crate::say::{Invalid, Say};

/// A UUID of version 7, made by the device that recorded something: by it the service knows what it has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaptureId(Key);

impl CaptureId {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let key = Key::parse(text)?;
        let number = key.number();
        let (version, variant) = (number >> 76 & 0xf, number >> 62 & 0b11);
        if (version, variant) == (7, 0b10) {
            return Ok(Self(key));
        }
        Err(Invalid::new(
            "not_version_7",
            Say::new(
                "Mã phải là UUID phiên bản 7 do thiết bị tạo (RFC 9562).",
                "The id must be a UUID of version 7, made by the device (RFC 9562).",
            ),
        ))
    }

    pub fn key(self) -> Key {
        self.0
    }

    /// What is captured as an enquiry has the id of the item.
    pub fn enquiry(self) -> EnquiryId {
        self.0.into()
    }

    /// What is captured as an event has the id of the item.
    pub fn event(self) -> LeadEventId {
        self.0.into()
    }
}

impl serde::Serialize for CaptureId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

crate::string_schema!(CaptureId, "uuid", "019ab3f2-7c1a-7d55-9a3e-0c0f7a1b2c3d");
crate::parsed_input!(CaptureId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_make_ids_of_version_7() {
        for (id, code) in [
            ("019ab3f2-7c1a-7d55-9a3e-0c0f7a1b2c3d", None),
            ("019AB3F2-7C1A-7D55-BA3E-0C0F7A1B2C3D", None),
            ("019ab3f2-7c1a-4d55-9a3e-0c0f7a1b2c3d", Some("not_version_7")),
            ("019ab3f2-7c1a-7d55-ca3e-0c0f7a1b2c3d", Some("not_version_7")),
            ("00000000-0000-0000-0000-000000000000", Some("not_version_7")),
            ("019ab3f2", Some("invalid_id")),
        ] {
            assert_eq!(CaptureId::parse(id).err().map(|invalid| invalid.code), code, "{id}");
        }
    }
}
