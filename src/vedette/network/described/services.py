"""Functions."""

from vedette.network.described._base import Described


class Function(Described, frozen=True, kw_only=True):
    """`FunctionConfiguration`."""

    function_name: str
    function_arn: str
    state: str | None = None


class FunctionUrl(Described, frozen=True, kw_only=True):
    """`FunctionUrlConfig`."""

    function_url: str
    function_arn: str
    auth_type: str
    creation_time: str | None = None
