//! What an image is.

crate::id_type!(
    /// The id of a stored image.
    ImageId
);
