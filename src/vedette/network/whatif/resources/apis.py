"""APIs of API Gateway: REST APIs part by part, HTTP and WebSocket APIs by their routes."""

from vedette.network import described as aws
from vedette.network.whatif import doors
from vedette.network.whatif.resource import View, changed, kind, nothing, place_of

_NOT_READ = "definitions in OpenAPI are not read"


def _nothing(old: View | None, new: View) -> None:
    del old, new


# -- REST -------------------------------------------------------------------------------------------------------------


def _put_rest(old: View | None, new: View) -> None:
    draft = new.draft
    endpoint = next(iter(new.blocks("endpoint_configuration")), None)
    types = endpoint.texts("types") if endpoint is not None else ()
    policy = new.text("policy")
    if old is not None and not changed(old, new, "policy"):
        policy = draft.find(aws.RestApi, new.identity).policy
    api = aws.RestApi(
        id=new.identity,
        name=new.text("name") or new.address,
        policy=policy,
        endpoint_configuration=aws.EndpointConfiguration(types=types or ("EDGE",)),
        disable_execute_api_endpoint=bool(new.flag("disable_execute_api_endpoint")),
    )
    doors.put_rest(draft, api, place_of(draft, (aws.RestApi, new.identity)))
    if changed(old, new, "body") and new.text("body") is not None:
        new.unclear("body", _NOT_READ)


def _remove_rest(old: View) -> None:
    old.draft.drop(aws.RestApi, old.identity)


def _put_policy(old: View | None, new: View) -> None:
    del old
    _set_policy(new, new.needed("policy"))


def _remove_policy(old: View) -> None:
    _set_policy(old, None)


def _set_policy(view: View, policy: str | None) -> None:
    draft = view.draft
    known = draft.find(aws.RestApi, view.needed("rest_api_id"))
    api = aws.RestApi(
        id=known.id,
        name=known.name,
        policy=policy,
        endpoint_configuration=known.endpoint_configuration,
        disable_execute_api_endpoint=known.disable_execute_api_endpoint,
    )
    draft.put(api)


def _put_resource(old: View | None, new: View) -> None:
    if old is None:
        parent = None if new.is_unknown("parent_id") else new.text("parent_id")
        api, part = new.needed("rest_api_id"), new.needed("path_part")
        doors.put_resource(new.draft, api, new.identity, parent, part)


def _remove_resource(old: View) -> None:
    doors.drop_resource(old.draft, old.needed("rest_api_id"), old.identity)


def _method(view: View) -> tuple[str, str, str]:
    """The API, path and verb of a method; of an API that is made, a resource not known yet is its root."""
    api = view.needed("rest_api_id")
    root = view.is_unknown("resource_id")
    path = "/" if root else doors.path_of(view.draft, api, view.needed("resource_id"))
    return api, path, view.needed("http_method")


def _put_method(old: View | None, new: View) -> None:
    del old
    api, path, verb = _method(new)
    doors.set_method(
        new.draft,
        api,
        path,
        (verb, aws.Method()),
        authorization_type=new.text("authorization") or "NONE",
        authorizer_id=new.text("authorizer_id"),
        api_key_required=bool(new.flag("api_key_required")),
    )


def _remove_method(old: View) -> None:
    doors.drop_method(old.draft, *_method(old))


def _put_rest_integration(old: View | None, new: View) -> None:
    del old
    api, path, verb = _method(new)
    integration = aws.Integration(
        type=new.text("type") or "",
        uri=new.text("uri"),
        connection_type=new.text("connection_type"),
        connection_id=new.text("connection_id"),
        credentials=new.text("credentials"),
    )
    doors.set_method(new.draft, api, path, (verb, None), method_integration=integration)


def _remove_rest_integration(old: View) -> None:
    api, path, verb = _method(old)
    doors.set_method(old.draft, api, path, (verb, None), method_integration=None)


def _put_rest_stage(old: View | None, new: View) -> None:
    del old
    doors.put_rest_stage(new.draft, new.needed("rest_api_id"), new.needed("stage_name"))


def _remove_rest_stage(old: View) -> None:
    doors.drop_rest_stage(old.draft, old.needed("rest_api_id"), old.needed("stage_name"))


# -- HTTP and WebSocket -----------------------------------------------------------------------------------------------


def _put_http(old: View | None, new: View) -> None:
    api = aws.Api(
        api_id=new.identity,
        name=new.text("name") or new.address,
        protocol_type=new.text("protocol_type") or "HTTP",
        disable_execute_api_endpoint=bool(new.flag("disable_execute_api_endpoint")),
    )
    doors.put_http(new.draft, api, place_of(new.draft, (aws.Api, new.identity)))
    for name in ("body", "target", "route_key"):
        if changed(old, new, name) and new.text(name) is not None:
            new.unclear(name, _NOT_READ if name == "body" else "the routes of it are not known")


def _remove_http(old: View) -> None:
    old.draft.drop(aws.Api, old.identity)


def _put_route(old: View | None, new: View) -> None:
    if old is not None:
        _remove_route(old)
    route = aws.ApiRoute(
        route_key=new.needed("route_key"),
        authorization_type=new.text("authorization_type") or "NONE",
        authorizer_id=new.text("authorizer_id"),
        api_key_required=bool(new.flag("api_key_required")),
        target=new.text("target"),
    )
    doors.put_route(new.draft, new.needed("api_id"), route)


def _remove_route(old: View) -> None:
    doors.drop_route(old.draft, old.needed("api_id"), old.needed("route_key"))


def _put_integration(old: View | None, new: View) -> None:
    del old
    integration = aws.ApiIntegration(
        integration_id=new.identity,
        integration_type=new.text("integration_type") or "",
        integration_uri=new.text("integration_uri"),
        connection_type=new.text("connection_type"),
        connection_id=new.text("connection_id"),
        credentials_arn=new.text("credentials_arn"),
    )
    doors.put_integration(new.draft, new.needed("api_id"), integration)


def _put_stage(old: View | None, new: View) -> None:
    del old
    doors.put_http_stage(new.draft, new.needed("api_id"), new.text("name") or "$default")


def _remove_stage(old: View) -> None:
    doors.drop_http_stage(old.draft, old.needed("api_id"), old.text("name") or "$default")


KINDS = (
    kind(
        "aws_api_gateway_rest_api",
        _put_rest,
        _remove_rest,
        reads="policy endpoint_configuration disable_execute_api_endpoint body",
        harmless="api_key_source binary_media_types created_date execution_arn fail_on_warnings"
        " minimum_compression_size parameters put_rest_api_mode root_resource_id",
    ),
    kind(
        "aws_api_gateway_rest_api_policy",
        _put_policy,
        _remove_policy,
        reads="rest_api_id policy",
    ),
    kind(
        "aws_api_gateway_resource",
        _put_resource,
        _remove_resource,
        reads="rest_api_id parent_id path_part",
        harmless="path",
        parent="parent_id",
    ),
    kind(
        "aws_api_gateway_method",
        _put_method,
        _remove_method,
        reads="rest_api_id resource_id http_method authorization authorizer_id api_key_required",
        harmless="authorization_scopes operation_name request_models request_parameters"
        " request_validator_id",
    ),
    kind(
        "aws_api_gateway_integration",
        _put_rest_integration,
        _remove_rest_integration,
        reads="rest_api_id resource_id http_method type uri connection_type connection_id"
        " credentials",
        harmless="cache_key_parameters cache_namespace content_handling integration_http_method"
        " passthrough_behavior request_parameters request_templates timeout_milliseconds"
        " tls_config",
    ),
    kind(
        "aws_api_gateway_stage",
        _put_rest_stage,
        _remove_rest_stage,
        reads="rest_api_id stage_name",
        harmless="access_log_settings cache_cluster_enabled cache_cluster_size canary_settings"
        " client_certificate_id deployment_id documentation_version execution_arn invoke_url"
        " variables web_acl_arn xray_tracing_enabled",
    ),
    kind(
        "aws_api_gateway_deployment",
        _nothing,
        nothing,
        reads="rest_api_id",
        harmless="created_date triggers variables",
    ),
    kind(
        "aws_apigatewayv2_api",
        _put_http,
        _remove_http,
        reads="protocol_type disable_execute_api_endpoint body target route_key",
        harmless="api_endpoint api_key_selection_expression cors_configuration credentials_arn"
        " execution_arn fail_on_warnings ip_address_type route_selection_expression version",
    ),
    kind(
        "aws_apigatewayv2_integration",
        _put_integration,
        nothing,
        reads="api_id integration_type integration_uri connection_type connection_id"
        " credentials_arn",
        harmless="content_handling_strategy integration_method integration_response_selection_expression"
        " integration_subtype passthrough_behavior payload_format_version request_parameters"
        " request_templates response_parameters template_selection_expression"
        " timeout_milliseconds tls_config",
    ),
    kind(
        "aws_apigatewayv2_route",
        _put_route,
        _remove_route,
        reads="api_id route_key authorization_type authorizer_id api_key_required target",
        harmless="authorization_scopes model_selection_expression operation_name request_models"
        " request_parameter route_response_selection_expression",
    ),
    kind(
        "aws_apigatewayv2_stage",
        _put_stage,
        _remove_stage,
        reads="api_id",
        harmless="access_log_settings auto_deploy client_certificate_id default_route_settings"
        " deployment_id execution_arn invoke_url route_settings stage_variables",
    ),
    kind(
        "aws_apigatewayv2_deployment",
        _nothing,
        nothing,
        reads="api_id",
        harmless="auto_deployed triggers",
    ),
)
