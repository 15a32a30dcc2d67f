"""Inspector Classic's assessments over what passes find: a named scope, a set of rules, and runs at a time."""
