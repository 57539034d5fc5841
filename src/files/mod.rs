//! Files: evidence and attachments that people store with the service.

crate::id_type!(
    /// A stored file's id.
    FileId
);
