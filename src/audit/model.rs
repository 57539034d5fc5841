//! What an entry says: who, for whom, what, about what, from where.

use crate::accounts::{SessionId, UserId};
use crate::clients::ClientId;
use crate::db::columns::Key;
use crate::organisations::OrganisationId;
use serde::Serialize;
use serde_json::{Map, Value};

crate::text_enum! {
    /// What was done.
    pub enum Action {
        SessionStarted = "session.started",
        /// A sign-in with a wrong password or code
        SessionRefused = "session.refused",
        SessionEnded = "session.ended",
        /// A refresh token came a second time: the session was ended
        SessionRefreshReused = "session.refresh_reused",
        AccountCreated = "account.created",
        AccountRegistered = "account.registered",
        AccountChanged = "account.changed",
        AccountPasswordChanged = "account.password_changed",
        AccountPasswordReset = "account.password_reset",
        AccountEmailChanged = "account.email_changed",
        AccountSecondFactorSet = "account.second_factor_set",
        AccountSecondFactorRemoved = "account.second_factor_removed",
        AccountRecoveryCodesMade = "account.recovery_codes_made",
        AccountRecoveryCodeUsed = "account.recovery_code_used",
        AccountExported = "account.exported",
        AccountErased = "account.erased",
        OfficeInvited = "office.invited",
        OfficeInvitationWithdrawn = "office.invitation_withdrawn",
        OfficeTaken = "office.taken",
        OfficeEnded = "office.ended",
        OrganisationRegistered = "organisation.registered",
        OrganisationChanged = "organisation.changed",
        OrganisationVerified = "organisation.verified",
        OrganisationRefused = "organisation.refused",
        OrganisationSuspended = "organisation.suspended",
        OrganisationReinstated = "organisation.reinstated",
        ClaimMade = "claim.made",
        ClaimWithdrawn = "claim.withdrawn",
        ClaimApproved = "claim.approved",
        ClaimRefused = "claim.refused",
        MemberInvited = "member.invited",
        MemberInvitationWithdrawn = "member.invitation_withdrawn",
        MemberJoined = "member.joined",
        MemberRoleChanged = "member.role_changed",
        MemberRemoved = "member.removed",
        MemberLeft = "member.left",
        OwnershipTransferred = "member.ownership_transferred",
        DelegationRequested = "delegation.requested",
        DelegationGranted = "delegation.granted",
        DelegationEnded = "delegation.ended",
        ClientCreated = "client.created",
        ClientChanged = "client.changed",
        ClientRevoked = "client.revoked",
        ClientSecretAdded = "client.secret_added",
        ClientSecretRevoked = "client.secret_revoked",
        ClientTokenRevoked = "client.token_revoked",
        KeyMade = "key.made",
        KeyRetired = "key.retired",
        CertificationRecorded = "certification.recorded",
        CertificationRevoked = "certification.revoked",
        CertificationExtended = "certification.extended",
        CertificationsImported = "certifications.imported",
        ProductSucceeded = "product.succeeded",
        ProductSuccessionUndone = "product.succession_undone",
        ListingChanged = "listing.changed",
        /// Its producer works on what an officer has to agree to
        ListingDrafted = "listing.drafted",
        ListingDraftDiscarded = "listing.draft_discarded",
        ListingSubmitted = "listing.submitted",
        ListingSubmissionTakenBack = "listing.submission_taken_back",
        /// An officer has decided on what was handed in
        ListingReviewed = "listing.reviewed",
        ListingWithdrawn = "listing.withdrawn",
        ListingRestored = "listing.restored",
        ListingDocumentRecorded = "listing.document_recorded",
        ListingDocumentRemoved = "listing.document_removed",
        ImageStored = "image.stored",
        /// A producer has handed in a paper
        ListingDocumentClaimed = "listing.document_claimed",
        /// An officer has checked or refused a paper
        ListingDocumentDecided = "listing.document_decided",
        ListingDocumentChanged = "listing.document_changed",
        /// A link to a paper was made
        ListingDocumentShared = "listing.document_shared",
        ListingDocumentUnshared = "listing.document_unshared",
        /// A retailer has answered about a product
        ListingAnswered = "listing.answered",
        /// A workbook has changed listings
        ListingsImported = "listings.imported",
        /// What a workbook has changed was taken back
        ListingsImportUndone = "listings.import_undone",
        LeadSent = "lead.sent",
        LeadMoved = "lead.moved",
        LeadNoted = "lead.noted",
        /// An office, a delegate or a machine client has got a buyer's contact
        LeadContactRevealed = "lead.contact_revealed",
        AgreementRecorded = "agreement.recorded",
        AgreementVoided = "agreement.voided",
        /// To whose work an agreement is credited was changed
        AgreementAttributed = "agreement.attributed",
        LeadsMerged = "lead.merged",
        LeadsSeparated = "lead.separated",
        ConsentGiven = "consent.given",
        ConsentWithdrawn = "consent.withdrawn",
        DataRequestReceived = "data_request.received",
        DataRequestAnswered = "data_request.answered",
        DataRequestExtended = "data_request.extended",
        DataRequestCompleted = "data_request.completed",
        DataRequestRefused = "data_request.refused",
        /// Data whose time was over was forgotten
        RetentionApplied = "retention.applied",
    }
}

crate::text_enum! {
    /// The kind of thing an entry is about.
    pub enum SubjectKind {
        User = "user",
        Session = "session",
        Organisation = "organisation",
        Invitation = "invitation",
        Claim = "claim",
        Delegation = "delegation",
        Client = "client",
        SigningKey = "signing_key",
        Certification = "certification",
        Product = "product",
        Image = "image",
        /// What a workbook has changed
        ChangeSet = "change_set",
        Lead = "lead",
        /// What the parties of a lead signed
        Agreement = "agreement",
        DataRequest = "data_request",
        /// The installation as a whole
        Installation = "installation",
    }
}

crate::text_enum! {
    /// The kind of somebody who does something.
    pub enum ActorKind {
        User = "user",
        /// A machine client of an organisation
        Client = "client",
        /// Whoever has the command line
        Operator = "operator",
        /// The service by itself: a job
        Service = "service",
        /// Somebody who has not signed in
        Nobody = "nobody",
    }
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    User(UserId),
    Client(ClientId),
    Operator,
    Service,
    Nobody,
}

impl Actor {
    pub fn kind(self) -> ActorKind {
        match self {
            Self::User(_) => ActorKind::User,
            Self::Client(_) => ActorKind::Client,
            Self::Operator => ActorKind::Operator,
            Self::Service => ActorKind::Service,
            Self::Nobody => ActorKind::Nobody,
        }
    }

    pub fn id(self) -> Option<Key> {
        match self {
            Self::User(user) => Some(user.key()),
            Self::Client(client) => Some(client.key()),
            Self::Operator | Self::Service | Self::Nobody => None,
        }
    }
}

/// Where a request came from. Personal data: kept apart from the rest of an entry, and forgotten earlier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
}

/// Who does something, for whom, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub actor: Actor,
    /// The organisation that has agreed to be acted for by somebody who is not its member.
    pub behalf: Option<OrganisationId>,
    pub origin: Origin,
}

impl Agent {
    pub fn new(actor: Actor, origin: Origin) -> Self {
        Self { actor, behalf: None, origin }
    }

    /// Whoever has the command line.
    pub fn operator() -> Self {
        Self::new(Actor::Operator, Origin::default())
    }

    /// A job of the service itself.
    pub fn service() -> Self {
        Self::new(Actor::Service, Origin::default())
    }

    /// The user, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(user) => Some(user),
            _ => None,
        }
    }
}

/// What is to be remembered. `details` are facts for those who may read the entry; never secrets, and no more of a
/// person than an id.
#[derive(Debug, Clone)]
pub struct Event {
    pub action: Action,
    pub subject: SubjectKind,
    pub subject_id: Option<String>,
    pub organisation: Option<OrganisationId>,
    pub province: Option<String>,
    pub details: Map<String, Value>,
}

impl Event {
    pub fn new(action: Action, subject: SubjectKind, id: impl ToString) -> Self {
        Self {
            action,
            subject,
            subject_id: Some(id.to_string()),
            organisation: None,
            province: None,
            details: Map::new(),
        }
    }

    pub fn of_user(action: Action, user: UserId) -> Self {
        Self::new(action, SubjectKind::User, user)
    }

    pub fn of_session(action: Action, session: SessionId) -> Self {
        Self::new(action, SubjectKind::Session, session)
    }

    /// About the installation as a whole, or about very many things at once.
    pub fn of_installation(action: Action) -> Self {
        Self { subject_id: None, ..Self::new(action, SubjectKind::Installation, "") }
    }

    /// About an organisation itself; it concerns the organisation.
    pub fn of_organisation(action: Action, organisation: OrganisationId) -> Self {
        Self::new(action, SubjectKind::Organisation, organisation).concerning(organisation)
    }

    /// The organisation that it concerns, whose owners may read it.
    pub fn concerning(self, organisation: OrganisationId) -> Self {
        Self { organisation: Some(organisation), ..self }
    }

    /// The province of today that it concerns, whose officers may read it.
    pub fn within(self, province: Option<&str>) -> Self {
        Self { province: province.map(str::to_owned), ..self }
    }

    /// Adds a fact.
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.details.insert(name.to_owned(), value);
        }
        self
    }
}
