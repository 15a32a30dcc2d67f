"""The places that findings can be sent to."""

from vedette.integrations import eventbridge, security_hub
from vedette.integrations._base import Sink

SINKS: tuple[Sink, ...] = (eventbridge.SINK, security_hub.SINK)
