"""Inspector's own shape of a finding, for the API, for events and for the report in JSON."""

from vedette.integrations._base import inspector_finding

__all__ = ["inspector_finding"]
