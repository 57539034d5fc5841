// @generated automatically by Diesel CLI.

diesel::table! {
    admin_unit_successors (old_code, old_valid_from, new_code, new_valid_from) {
        old_code -> Text,
        old_valid_from -> Text,
        new_code -> Text,
        new_valid_from -> Text,
        extent -> Text,
    }
}

diesel::table! {
    admin_units (code, valid_from) {
        code -> Text,
        valid_from -> Text,
        valid_to -> Nullable<Text>,
        level -> Text,
        kind -> Text,
        name -> Text,
        parent_code -> Nullable<Text>,
    }
}

diesel::table! {
    agreement_files (agreement_id, file_id) {
        agreement_id -> Text,
        file_id -> Text,
    }
}

diesel::table! {
    agreement_shares (agreement_id, position) {
        agreement_id -> Text,
        position -> BigInt,
        kind -> Text,
        name -> Text,
        name_key -> Text,
        share -> BigInt,
    }
}

diesel::table! {
    agreements (id) {
        id -> Text,
        lead_id -> Text,
        kind -> Text,
        number -> Nullable<Text>,
        buyer_name -> Text,
        buyer_tax_code -> Nullable<Text>,
        producer_name -> Text,
        value -> BigInt,
        signed_on -> Text,
        starts_on -> Text,
        ends_on -> Nullable<Text>,
        side -> Text,
        recorded_by -> Nullable<Text>,
        recorded_by_client -> Nullable<Text>,
        recorded_at -> BigInt,
        updated_at -> BigInt,
        voided_at -> Nullable<BigInt>,
        voided_by -> Nullable<Text>,
        void_reason -> Nullable<Text>,
    }
}

diesel::table! {
    audit_clock (id) {
        id -> BigInt,
        last_seq -> BigInt,
        last_hash -> Text,
    }
}

diesel::table! {
    audit_entries (seq) {
        seq -> BigInt,
        at -> BigInt,
        actor_kind -> Text,
        actor_id -> Nullable<Text>,
        behalf_id -> Nullable<Text>,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Nullable<Text>,
        organisation_id -> Nullable<Text>,
        province -> Nullable<Text>,
        request_id -> Nullable<Text>,
        details -> Text,
        origin -> Nullable<Text>,
        origin_hash -> Nullable<Text>,
        previous_hash -> Text,
        hash -> Text,
    }
}

diesel::table! {
    capture_items (id) {
        id -> Text,
        recorder -> Text,
        content_hash -> Text,
        enquiry_id -> Text,
        content -> Nullable<Text>,
        received_at -> BigInt,
        done_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    catalogue_changes (seq) {
        seq -> BigInt,
        product_id -> Text,
        gone -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    catalogue_clock (id) {
        id -> BigInt,
        last_seq -> BigInt,
        floor -> BigInt,
        day -> Text,
        form -> Text,
    }
}

diesel::table! {
    certification_claims (id) {
        id -> Text,
        product_id -> Text,
        stars -> Nullable<BigInt>,
        score -> Nullable<BigInt>,
        issuer -> Text,
        number -> Text,
        decided_on -> Text,
        group_code -> Nullable<Text>,
        source_url -> Text,
        recorded_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    certification_events (id) {
        id -> Text,
        certification_id -> Text,
        kind -> Text,
        effective_on -> Text,
        until -> Nullable<Text>,
        ground -> Nullable<Text>,
        decision_id -> Nullable<Text>,
        recorded_at -> BigInt,
        recorded_by -> Nullable<Text>,
    }
}

diesel::table! {
    certifications (id) {
        id -> Text,
        product_id -> Text,
        decision_id -> Text,
        decided_on -> Text,
        stars -> BigInt,
        score -> Nullable<BigInt>,
        criteria_version -> Text,
        taxonomy -> Text,
        group_code -> Nullable<Text>,
        set_no -> Nullable<BigInt>,
        valid_until -> Text,
        shown_until -> Nullable<Text>,
        source_url -> Nullable<Text>,
        recorded_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    client_secrets (id) {
        id -> Text,
        client_id -> Text,
        secret_hash -> Text,
        ending -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    clients (id) {
        id -> Text,
        organisation_id -> Text,
        name -> Text,
        scopes -> Text,
        addresses -> Text,
        created_by -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        tokens_since -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    consents (id) {
        id -> Text,
        user_id -> Text,
        purpose -> Text,
        text_version -> Text,
        channel -> Text,
        given_at -> BigInt,
        withdrawn_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    contact_reveals (id) {
        id -> Text,
        lead_id -> Text,
        side -> Text,
        organisation_id -> Nullable<Text>,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        because -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    criteria_sets (taxonomy, set_no) {
        taxonomy -> Text,
        set_no -> BigInt,
        group_code -> Text,
        subgroup_vi -> Text,
        subgroup_en -> Text,
        name_vi -> Text,
        name_en -> Text,
        agencies -> Text,
        criteria -> Nullable<Text>,
    }
}

diesel::table! {
    data_requests (id) {
        id -> Text,
        kind -> Text,
        user_id -> Nullable<Text>,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        message -> Nullable<Text>,
        language -> Text,
        state -> Text,
        token_hash -> Nullable<Text>,
        received_at -> BigInt,
        answer_due -> Text,
        complete_due -> Text,
        extended -> Bool,
        extension_reason -> Nullable<Text>,
        answered_at -> Nullable<BigInt>,
        completed_at -> Nullable<BigInt>,
        handled_by -> Nullable<Text>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    decisions (id) {
        id -> Text,
        issuer -> Text,
        issuer_key -> Text,
        number -> Text,
        decided_on -> Text,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    delegations (id) {
        id -> Text,
        organisation_id -> Text,
        delegate_id -> Text,
        role -> Text,
        purpose -> Text,
        requested_by -> Text,
        requested_at -> BigInt,
        granted_by -> Nullable<Text>,
        granted_at -> Nullable<BigInt>,
        ends_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        ended_by -> Nullable<Text>,
    }
}

diesel::table! {
    enquiries (id) {
        id -> Text,
        sender_user_id -> Nullable<Text>,
        sender_organisation_id -> Nullable<Text>,
        sender_client_id -> Nullable<Text>,
        recorder_side -> Nullable<Text>,
        recorder_user_id -> Nullable<Text>,
        recorder_client_id -> Nullable<Text>,
        recorder_organisation_id -> Nullable<Text>,
        company_name -> Text,
        company_tax_code -> Nullable<Text>,
        contact_name -> Text,
        contact_email -> Nullable<Text>,
        contact_phone -> Nullable<Text>,
        contact_email_key -> Nullable<Text>,
        contact_phone_key -> Nullable<Text>,
        contact_sharing -> Text,
        message -> Text,
        language -> Text,
        source_channel -> Text,
        source_event -> Nullable<Text>,
        source_event_key -> Nullable<Text>,
        source_campaign -> Nullable<Text>,
        source_campaign_key -> Nullable<Text>,
        delivery_unit -> Nullable<Text>,
        delivery_from -> Nullable<Text>,
        delivery_until -> Nullable<Text>,
        needed_certificates -> Text,
        consent_version -> Text,
        occurred_at -> BigInt,
        received_at -> BigInt,
        contact_forgotten_at -> Nullable<BigInt>,
        letters_stopped_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    enquiry_files (enquiry_id, file_id) {
        enquiry_id -> Text,
        file_id -> Text,
    }
}

diesel::table! {
    files (id) {
        id -> Text,
        sha256 -> Text,
        name -> Text,
        media_type -> Text,
        size -> BigInt,
        content -> Nullable<Binary>,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency_keys (scope, key) {
        scope -> Text,
        key -> Text,
        request_hash -> Text,
        status -> BigInt,
        location -> Nullable<Text>,
        body -> Text,
        created_at -> BigInt,
        catalogue_seq -> Nullable<BigInt>,
    }
}

diesel::table! {
    image_renditions (image_id, size, media_type) {
        image_id -> Text,
        size -> Text,
        media_type -> Text,
        sha256 -> Text,
        width -> BigInt,
        height -> BigInt,
        bytes -> BigInt,
    }
}

diesel::table! {
    images (id) {
        id -> Text,
        organisation_id -> Text,
        source_sha256 -> Text,
        width -> BigInt,
        height -> BigInt,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    invitations (id) {
        id -> Text,
        token_hash -> Text,
        email -> Text,
        email_key -> Text,
        organisation_id -> Nullable<Text>,
        member_role -> Nullable<Text>,
        office -> Nullable<Text>,
        province -> Nullable<Text>,
        invited_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        accepted_at -> Nullable<BigInt>,
        accepted_by -> Nullable<Text>,
        withdrawn_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    lead_events (id) {
        id -> Text,
        lead_id -> Text,
        kind -> Text,
        side -> Text,
        actor_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        from_stage -> Nullable<Text>,
        to_stage -> Nullable<Text>,
        reason -> Nullable<Text>,
        note -> Nullable<Text>,
        details -> Nullable<Text>,
        occurred_at -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    lead_items (lead_id, position) {
        lead_id -> Text,
        position -> BigInt,
        product_id -> Text,
        quantity -> BigInt,
        unit -> Text,
        target_price -> Nullable<BigInt>,
        stars -> Nullable<BigInt>,
        taxonomy -> Nullable<Text>,
        group_code -> Nullable<Text>,
    }
}

diesel::table! {
    lead_links (id) {
        id -> Text,
        lead_id -> Text,
        purpose -> Text,
        user_id -> Nullable<Text>,
        token_hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    leads (id) {
        id -> Text,
        enquiry_id -> Text,
        producer_id -> Text,
        stage -> Text,
        stage_since -> BigInt,
        occurred_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        respond_by -> BigInt,
        answered_at -> Nullable<BigInt>,
        announced_at -> Nullable<BigInt>,
        reminded_at -> Nullable<BigInt>,
        escalated_at -> Nullable<BigInt>,
        untold_since -> Nullable<BigInt>,
        contact_consented_at -> Nullable<BigInt>,
        contact_asked_at -> Nullable<BigInt>,
        contact_revealed_at -> Nullable<BigInt>,
        contact_seen_by_office_at -> Nullable<BigInt>,
        merged_into -> Nullable<Text>,
    }
}

diesel::table! {
    listing_answers (product_id, organisation_id, number) {
        product_id -> Text,
        organisation_id -> Text,
        number -> BigInt,
        state -> Text,
        reason -> Nullable<Text>,
        words -> Nullable<Text>,
        listed_since -> Nullable<Text>,
        profile -> Nullable<Text>,
        answered_at -> BigInt,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
    }
}

diesel::table! {
    listing_change_sets (id) {
        id -> Text,
        made_at -> BigInt,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        by_office -> Bool,
        listings -> BigInt,
        fields -> BigInt,
        drafted -> BigInt,
        reversed_at -> Nullable<BigInt>,
        reversed_user_id -> Nullable<Text>,
        reversed_client_id -> Nullable<Text>,
    }
}

diesel::table! {
    listing_changes (set_id, product_id) {
        set_id -> Text,
        product_id -> Text,
        version -> Nullable<BigInt>,
        updated_before -> Nullable<BigInt>,
        updated_after -> Nullable<BigInt>,
        fields -> Text,
    }
}

diesel::table! {
    listing_document_accesses (id) {
        id -> Text,
        document_id -> Text,
        at -> BigInt,
        via -> Text,
        share_id -> Nullable<Text>,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
    }
}

diesel::table! {
    listing_document_shares (id) {
        id -> Text,
        document_id -> Text,
        token_hash -> Text,
        purpose -> Text,
        made_at -> BigInt,
        expires_at -> BigInt,
        most_openings -> Nullable<BigInt>,
        openings -> BigInt,
        revoked_at -> Nullable<BigInt>,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
    }
}

diesel::table! {
    listing_documents (id) {
        id -> Text,
        product_id -> Text,
        kind -> Text,
        number -> Text,
        issuer -> Text,
        valid_until -> Nullable<Text>,
        recorded_at -> BigInt,
        recorded_by -> Nullable<Text>,
        issued_on -> Nullable<Text>,
        claimed -> Bool,
        state -> Text,
        disclosure -> Text,
        file_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        refusal -> Nullable<Text>,
        checked_at -> Nullable<BigInt>,
        checked_by -> Nullable<Text>,
        reminded -> Nullable<BigInt>,
    }
}

diesel::table! {
    listing_drafts (product_id) {
        product_id -> Text,
        changes -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    listing_gtins (product_id, gtin) {
        product_id -> Text,
        gtin -> Text,
    }
}

diesel::table! {
    listing_submissions (id) {
        id -> Text,
        product_id -> Text,
        number -> BigInt,
        changes -> Text,
        note -> Nullable<Text>,
        state -> Text,
        submitted_at -> BigInt,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
        decided_by -> Nullable<Text>,
        remarks -> Nullable<Text>,
        remark -> Nullable<Text>,
        version -> Nullable<BigInt>,
    }
}

diesel::table! {
    listing_versions (product_id, version) {
        product_id -> Text,
        version -> BigInt,
        content -> Text,
        fields -> Text,
        cause -> Text,
        cause_ref -> Nullable<Text>,
        made_at -> BigInt,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
    }
}

diesel::table! {
    listings (product_id) {
        product_id -> Text,
        status -> Text,
        price_from -> Nullable<BigInt>,
        price_unit -> Nullable<Text>,
        season -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        min_order -> Nullable<BigInt>,
        min_order_unit -> Nullable<Text>,
        monthly_capacity -> Nullable<BigInt>,
        monthly_capacity_unit -> Nullable<Text>,
        content -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    mail_tokens (token_hash) {
        token_hash -> Text,
        purpose -> Text,
        user_id -> Text,
        email -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    mails (id) {
        id -> Text,
        kind -> Text,
        recipient -> Text,
        recipient_key -> Text,
        user_id -> Nullable<Text>,
        language -> Text,
        subject -> Text,
        body -> Nullable<Text>,
        created_at -> BigInt,
        due_at -> BigInt,
        attempts -> BigInt,
        last_error -> Nullable<Text>,
        sent_at -> Nullable<BigInt>,
        failed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    memberships (user_id, organisation_id) {
        user_id -> Text,
        organisation_id -> Text,
        role -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    notifications_off (user_id, kind) {
        user_id -> Text,
        kind -> Text,
        since -> BigInt,
    }
}

diesel::table! {
    organisation_claims (id) {
        id -> Text,
        organisation_id -> Text,
        target_id -> Text,
        note -> Nullable<Text>,
        claimed_by -> Text,
        claimed_at -> BigInt,
        state -> Text,
        reason -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    organisation_verifications (id) {
        id -> Text,
        organisation_id -> Text,
        decision -> Text,
        reason -> Nullable<Text>,
        decided_by -> Text,
        decided_at -> BigInt,
    }
}

diesel::table! {
    organisations (id) {
        id -> Text,
        kind -> Text,
        entity_type -> Nullable<Text>,
        legal_name -> Nullable<Text>,
        public_name -> Nullable<Text>,
        name_key -> Text,
        province -> Nullable<Text>,
        commune -> Nullable<Text>,
        former_province -> Nullable<Text>,
        former_district -> Nullable<Text>,
        former_commune -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        tax_code -> Nullable<Text>,
        address -> Nullable<Text>,
        standing -> Text,
        successor_id -> Nullable<Text>,
    }
}

diesel::table! {
    product_groups (taxonomy, code) {
        taxonomy -> Text,
        code -> Text,
        position -> BigInt,
        name_vi -> Text,
        name_en -> Text,
    }
}

diesel::table! {
    product_successions (product_id) {
        product_id -> Text,
        successor_id -> Text,
        kind -> Text,
        recorded_at -> BigInt,
        recorded_by -> Nullable<Text>,
    }
}

diesel::table! {
    products (id) {
        id -> Text,
        producer_id -> Text,
        name -> Text,
        name_key -> Text,
        code -> Text,
        gtin -> Nullable<Text>,
        province -> Nullable<Text>,
        commune -> Nullable<Text>,
        former_province -> Nullable<Text>,
        former_district -> Nullable<Text>,
        former_commune -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    quote_prices (quote_id, position) {
        quote_id -> Text,
        position -> BigInt,
        product_id -> Text,
        unit -> Text,
        from_quantity -> BigInt,
        price -> BigInt,
    }
}

diesel::table! {
    quotes (id) {
        id -> Text,
        lead_id -> Text,
        number -> BigInt,
        side -> Text,
        valid_until -> Text,
        vat_included -> Bool,
        lead_days -> Nullable<BigInt>,
        terms -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    recovery_codes (code_hash) {
        code_hash -> Text,
        user_id -> Text,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    reference_versions (name) {
        name -> Text,
        version -> Text,
        loaded_at -> BigInt,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Text,
        session_id -> Text,
        issued_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    registrations (id) {
        id -> Text,
        email -> Text,
        email_key -> Text,
        token_hash -> Text,
        password_hash -> Text,
        display_name -> Nullable<Text>,
        language -> Text,
        organisation -> Text,
        terms_version -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    revoked_tokens (jti) {
        jti -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> Text,
        secret -> Nullable<Text>,
        confirmed_at -> Nullable<BigInt>,
        last_step -> BigInt,
        pending_secret -> Nullable<Text>,
        pending_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        seen_at -> BigInt,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        second_factor_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        public_key -> Text,
        published_at -> BigInt,
        seen_at -> BigInt,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    throttles (key) {
        key -> Text,
        failures -> BigInt,
        last_failed_at -> BigInt,
        blocked_until -> BigInt,
    }
}

diesel::table! {
    upload_parts (upload_id, from_byte) {
        upload_id -> Text,
        from_byte -> BigInt,
        bytes -> BigInt,
        object -> Text,
    }
}

diesel::table! {
    uploads (id) {
        id -> Text,
        organisation_id -> Text,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        size -> BigInt,
        sha256 -> Nullable<Text>,
        received -> BigInt,
        image_id -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        email_key -> Text,
        password_hash -> Text,
        display_name -> Nullable<Text>,
        language -> Text,
        role -> Text,
        province -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        password_changed_at -> BigInt,
        erased_at -> Nullable<BigInt>,
    }
}

diesel::joinable!(agreement_files -> agreements (agreement_id));
diesel::joinable!(agreement_files -> files (file_id));
diesel::joinable!(agreement_shares -> agreements (agreement_id));
diesel::joinable!(agreements -> clients (recorded_by_client));
diesel::joinable!(agreements -> leads (lead_id));
diesel::joinable!(certification_claims -> products (product_id));
diesel::joinable!(certification_events -> certifications (certification_id));
diesel::joinable!(certification_events -> decisions (decision_id));
diesel::joinable!(certifications -> decisions (decision_id));
diesel::joinable!(certifications -> products (product_id));
diesel::joinable!(client_secrets -> clients (client_id));
diesel::joinable!(clients -> organisations (organisation_id));
diesel::joinable!(clients -> users (created_by));
diesel::joinable!(consents -> users (user_id));
diesel::joinable!(contact_reveals -> clients (client_id));
diesel::joinable!(contact_reveals -> leads (lead_id));
diesel::joinable!(contact_reveals -> organisations (organisation_id));
diesel::joinable!(contact_reveals -> users (user_id));
diesel::joinable!(delegations -> organisations (organisation_id));
diesel::joinable!(enquiry_files -> enquiries (enquiry_id));
diesel::joinable!(enquiry_files -> files (file_id));
diesel::joinable!(files -> clients (client_id));
diesel::joinable!(files -> users (user_id));
diesel::joinable!(image_renditions -> images (image_id));
diesel::joinable!(images -> clients (client_id));
diesel::joinable!(images -> organisations (organisation_id));
diesel::joinable!(images -> users (user_id));
diesel::joinable!(invitations -> organisations (organisation_id));
diesel::joinable!(lead_events -> clients (client_id));
diesel::joinable!(lead_events -> leads (lead_id));
diesel::joinable!(lead_events -> users (actor_id));
diesel::joinable!(lead_items -> leads (lead_id));
diesel::joinable!(lead_items -> products (product_id));
diesel::joinable!(lead_links -> leads (lead_id));
diesel::joinable!(lead_links -> users (user_id));
diesel::joinable!(leads -> enquiries (enquiry_id));
diesel::joinable!(leads -> organisations (producer_id));
diesel::joinable!(listing_answers -> clients (client_id));
diesel::joinable!(listing_answers -> organisations (organisation_id));
diesel::joinable!(listing_answers -> products (product_id));
diesel::joinable!(listing_answers -> users (user_id));
diesel::joinable!(listing_changes -> listing_change_sets (set_id));
diesel::joinable!(listing_changes -> products (product_id));
diesel::joinable!(listing_document_accesses -> clients (client_id));
diesel::joinable!(listing_document_accesses -> listing_document_shares (share_id));
diesel::joinable!(listing_document_accesses -> listing_documents (document_id));
diesel::joinable!(listing_document_accesses -> users (user_id));
diesel::joinable!(listing_document_shares -> clients (client_id));
diesel::joinable!(listing_document_shares -> listing_documents (document_id));
diesel::joinable!(listing_document_shares -> users (user_id));
diesel::joinable!(listing_documents -> clients (client_id));
diesel::joinable!(listing_documents -> files (file_id));
diesel::joinable!(listing_documents -> products (product_id));
diesel::joinable!(listing_documents -> users (recorded_by));
diesel::joinable!(listing_drafts -> products (product_id));
diesel::joinable!(listing_gtins -> products (product_id));
diesel::joinable!(listing_submissions -> clients (client_id));
diesel::joinable!(listing_submissions -> products (product_id));
diesel::joinable!(listing_versions -> clients (client_id));
diesel::joinable!(listing_versions -> products (product_id));
diesel::joinable!(listing_versions -> users (user_id));
diesel::joinable!(listings -> products (product_id));
diesel::joinable!(mail_tokens -> users (user_id));
diesel::joinable!(mails -> users (user_id));
diesel::joinable!(memberships -> organisations (organisation_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(notifications_off -> users (user_id));
diesel::joinable!(organisation_verifications -> organisations (organisation_id));
diesel::joinable!(organisation_verifications -> users (decided_by));
diesel::joinable!(product_successions -> users (recorded_by));
diesel::joinable!(products -> organisations (producer_id));
diesel::joinable!(quote_prices -> products (product_id));
diesel::joinable!(quote_prices -> quotes (quote_id));
diesel::joinable!(quotes -> leads (lead_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(second_factors -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(upload_parts -> uploads (upload_id));
diesel::joinable!(uploads -> clients (client_id));
diesel::joinable!(uploads -> images (image_id));
diesel::joinable!(uploads -> organisations (organisation_id));
diesel::joinable!(uploads -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    admin_unit_successors,
    admin_units,
    agreement_files,
    agreement_shares,
    agreements,
    audit_clock,
    audit_entries,
    capture_items,
    catalogue_changes,
    catalogue_clock,
    certification_claims,
    certification_events,
    certifications,
    client_secrets,
    clients,
    consents,
    contact_reveals,
    criteria_sets,
    data_requests,
    decisions,
    delegations,
    enquiries,
    enquiry_files,
    files,
    idempotency_keys,
    image_renditions,
    images,
    invitations,
    lead_events,
    lead_items,
    lead_links,
    leads,
    listing_answers,
    listing_change_sets,
    listing_changes,
    listing_document_accesses,
    listing_document_shares,
    listing_documents,
    listing_drafts,
    listing_gtins,
    listing_submissions,
    listing_versions,
    listings,
    mail_tokens,
    mails,
    memberships,
    notifications_off,
    organisation_claims,
    organisation_verifications,
    organisations,
    product_groups,
    product_successions,
    products,
    quote_prices,
    quotes,
    recovery_codes,
    reference_versions,
    refresh_tokens,
    registrations,
    revoked_tokens,
    second_factors,
    sessions,
    signing_keys,
    throttles,
    upload_parts,
    uploads,
    users,
);
