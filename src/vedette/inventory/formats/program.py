"""What a program file has in memory: its parts, whatever format says so (ELF, PE, Mach-O)."""

import msgspec


class Segment(msgspec.Struct, frozen=True):
    """Bytes of the file that are loaded at an address; `is_data` where the program may write them."""

    address: int
    offset: int
    size: int
    is_data: bool


class Section(msgspec.Struct, frozen=True):
    """Bytes of the file that have a name."""

    name: str
    offset: int
    size: int


class Program(msgspec.Struct, frozen=True):
    """A program's segments, and its sections where the beginning of the file says them."""

    segments: tuple[Segment, ...] = ()
    sections: tuple[Section, ...] = ()

    def data(self) -> Segment | None:
        """The first segment that may be written."""
        return next((segment for segment in self.segments if segment.is_data), None)

    def offset(self, address: int) -> int | None:
        """Where the file has what is loaded at an address."""
        for segment in self.segments:
            if segment.address <= address < segment.address + segment.size:
                return segment.offset + address - segment.address
        return None

    def section(self, *names: str) -> Section | None:
        """The first section of one of these names."""
        return next((section for section in self.sections if section.name in names), None)
