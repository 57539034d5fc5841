//! How well the service knows whoever sends an enquiry.

crate::text_enum! {
    /// How well the service knows the company that asks.
    pub enum SenderStanding {
        /// Whoever wrote it did not sign in, or somebody else recorded it
        Anonymous = "anonymous",
        /// Somebody with an account; the company is what the enquiry says
        SignedIn = "signed_in",
        /// Sent for an organisation that is registered under this tax code or name
        Registered = "registered",
        /// The same, and the programme office has verified it
        Verified = "verified",
    }
}
