"""Which ports of which interfaces can be reached from where, proved packet by packet.

`describe` reads recorded AWS answers, `normalise` makes a `Topology` of them, `reach` judges it exactly, `trace` walks
one packet, `explain` says why not, `cuts` says which changes would close an exposure, `report` writes the document.
"""
