"""The port through which matching asks for advisories."""

from collections.abc import Collection
from typing import Protocol

from vedette.model.advisory import Advisory, CveRecord, EndOfLife, Epss, Exploit, Kev
from vedette.model.candidate import Candidate, Question


class AdvisoryIndex(Protocol):
    """Read-only answers from one advisory database; every answer is sorted and repeatable."""

    @property
    def digest(self) -> str:
        """The digest of the database's content: what a finding was judged with."""
        ...

    def ecosystems(self) -> frozenset[str]:
        """Every ecosystem that at least one advisory speaks of, with its release or repository."""
        ...

    def telling(self, questions: Collection[Question]) -> frozenset[Question]:
        """The questions of which an entry may say more than that the version is not among its own.

        An entry that names no versions, that cannot be compared, or whose versions have another scheme, always may.
        """
        ...

    def candidates(self, ecosystem: str, name: str) -> tuple[Candidate, ...]:
        """Every `affected` entry for exactly this ecosystem and name, by source and by binary name.

        Their advisories may lack texts, ratings and references.
        """
        ...

    def whole(self, advisory: Advisory) -> Advisory:
        """A candidate's advisory with all that it says, packages left out."""
        ...

    def advisories(self, identifier: str) -> tuple[Advisory, ...]:
        """Advisories whose id or one of whose aliases or related ids is `identifier`."""
        ...

    def cve(self, cve: str) -> tuple[CveRecord, ...]:
        """What CVE and NVD say of this CVE, one record for each feed; empty where neither has it."""
        ...

    def epss(self, cve: str) -> Epss | None:
        """The latest EPSS score of this CVE."""
        ...

    def kev(self, cve: str) -> Kev | None:
        """The entry of CISA's catalogue, where this CVE is known to be exploited."""
        ...

    def exploits(self, cve: str) -> tuple[Exploit, ...]:
        """Evidence that this CVE is, or can be, exploited."""
        ...

    def end_of_life(self, product: str, cycle: str) -> EndOfLife | None:
        """Until when a product's release is maintained, in endoflife.date's names."""
        ...
