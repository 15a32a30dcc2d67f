"""Exposures as pictures: one graph for each VPC, drawn as SVG, DOT or Mermaid."""
