"""Lambda runtimes in both spellings: Lambda's `python3.11` and Inspector's `PYTHON_3_11` (inspector2 API model, `Runtime`)."""

import re

_RUNTIME = re.compile(r"(nodejs|java|python|go|dotnetcore|dotnet|ruby)(\d[\w.]*)")


def runtime_names(runtime: str | None) -> tuple[str, ...]:
    """Every name of a runtime, Lambda's first; none where the function has none (it is an image)."""
    if runtime is None:
        return ()
    found = _RUNTIME.fullmatch(runtime)
    if found is None:
        return (runtime,)
    return runtime, "_".join(found.groups()).replace(".", "_").upper()
