"""What a person sees: tables, progress, colours; quiet in a pipe."""
