"""Attacks on the trust in the site, each by name with the tests that make it: `make trust ARGS=attacks`."""

ATTACKS = {
    "rewritten chain": "test_signed_heads.py::test_a_rewritten_record_fits_its_chain_and_not_its_heads",
    "cut tail": "test_signed_heads.py::test_a_cut_tail_is_found_by_the_last_head",
    "forked record before a witness": "test_signed_heads.py::test_a_witness_cosigns_what_continues_and_catches_a_fork",
    "altered database before public data": "test_signed_heads.py::test_the_record_is_verified_from_public_data_alone",
    "altered row, relation or request id": "test_record.py::TestTampering",
    "altered archive": "test_dataset.py::TestTheBytes::test_a_damaged_file_is_noticed",
    "tampered backup": "test_backup.py::test_a_signed_backup_that_somebody_altered_is_refused",
    "lone administrator": "test_two_administrators.py::test_a_role_is_given_by_two_administrators_and_stands_in_the_record",
    "lone administrator with the password of a fresh account": "test_two_administrators.py::test_the_password_alone_sets_up_no_factor_without_the_link",
    "lone editor": "test_unpublishing.py::test_one_person_cannot_unpublish",
    "slow bodies": "test_admission.py::test_a_body_that_is_too_large_too_slow_or_cut_off_is_not_admitted",
    "poisoned Redis": "test_redis_cache.py::test_what_somebody_else_wrote_to_redis_is_neither_run_nor_shown",
    "phishing follow": "test_editor_conflicts.py::test_a_form_without_proof_of_origin_changes_nothing_and_brings_the_text_back",
    "passwords from many addresses": "test_token_page.py::test_passwords_of_an_account_are_counted_from_every_address_and_on_every_page",
    "stolen token": "test_token_page.py::test_a_token_for_reading_revokes_itself_and_no_other",
    "time stamp of something else or by somebody else": "test_anchors.py::test_a_time_stamp_of_something_else_or_by_somebody_else_is_not_stored",
    "triggers dropped by the role of the site": "test_deploy.py::test_the_role_of_the_site_cannot_take_the_guards_away",
    "body changed without a redaction": "test_redactions.py::test_a_body_that_no_redaction_names_is_found_by_verify_record",
    "leaking source": "test_source_visibility.py",
    "address within our network": "test_link_checking_addresses.py::test_an_address_that_is_not_public",
}
