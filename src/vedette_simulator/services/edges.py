"""Services at the edge that the simulated account does not use: their lists are empty.

moto has no Global Accelerator and no connections of endpoint services; its API Gateway asks for packages that are not
among the simulator's own.
"""

from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers

_LISTS = {
    ("apigateway", "GetRestApis"): "items",
    ("apigateway", "GetVpcLinks"): "items",
    ("apigatewayv2", "GetApis"): "Items",
    ("apigatewayv2", "GetDomainNames"): "Items",
    ("apigatewayv2", "GetVpcLinks"): "Items",
    ("ec2", "DescribeVpcEndpointConnections"): "VpcEndpointConnections",
    ("globalaccelerator", "ListAccelerators"): "Accelerators",
}


def nothing(call: Call) -> Fields:
    """An empty list, in the member of the operation."""
    return {_LISTS[call.asked.service, call.asked.operation]: []}


HANDLERS: Handlers = dict.fromkeys(_LISTS, nothing)
