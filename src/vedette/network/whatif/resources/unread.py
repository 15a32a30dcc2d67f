"""Attributes of large types that say nothing about traffic, as words."""

_OF_EACH_TUNNEL = (
    "address bgp_asn bgp_holdtime cgw_inside_address dpd_timeout_action "
    "dpd_timeout_seconds enable_tunnel_lifecycle_control ike_versions inside_cidr "
    "inside_ipv6_cidr log_options phase1_dh_group_numbers "
    "phase1_encryption_algorithms phase1_integrity_algorithms phase1_lifetime_seconds "
    "phase2_dh_group_numbers phase2_encryption_algorithms phase2_integrity_algorithms "
    "phase2_lifetime_seconds preshared_key rekey_fuzz_percentage "
    "rekey_margin_time_seconds replay_window_size startup_action vgw_inside_address"
)
TUNNELS = (
    "core_network_arn core_network_attachment_arn customer_gateway_configuration"
    " enable_acceleration local_ipv4_network_cidr local_ipv6_network_cidr"
    " outside_ip_address_type preshared_key_storage remote_ipv4_network_cidr"
    " remote_ipv6_network_cidr routes static_routes_only transit_gateway_attachment_id"
    " transport_transit_gateway_attachment_id tunnel_bandwidth tunnel_inside_ip_version vgw_telemetry"
    + "".join(f" tunnel{number}_{one}" for number in (1, 2) for one in _OF_EACH_TUNNEL.split())
)
CACHING = (
    "aliases anycast_ip_list_id caller_reference comment connection_mode"
    " continuous_deployment_policy_id custom_error_response default_cache_behavior"
    " default_root_object domain_name etag hosted_zone_id http_version in_progress_validation_batches"
    " is_ipv6_enabled last_modified_time logging_config logging_v1_enabled ordered_cache_behavior"
    " origin_group price_class restrictions retain_on_delete staging status trusted_key_groups"
    " trusted_signers viewer_certificate viewer_mtls_config wait_for_deployment web_acl_id"
)
