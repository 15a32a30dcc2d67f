"""The interpreters of Elixir, R and Haskell, and NuGet's own library below Mono: oracles that read a pair a line."""

import re
import subprocess
from collections.abc import Sequence

import pytest

from tests.versions.generate import Pair
from tests.versions.oracles import CACHE, Answers, tool

_SECONDS = 120
_LONG_NUMBER = re.compile("[0-9]{10}")


def _ask(command: Sequence[str], pairs: Sequence[Pair]) -> Answers:
    """Run one process: pairs with a tab between them on its input, signs or `null` on its output."""
    done = subprocess.run(
        command,
        input="".join(f"{a}\t{b}\n" for a, b in pairs),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, (done.stderr + done.stdout)[-2000:]
    answers: Answers = [None if word == "null" else int(word) for word in done.stdout.split()]
    assert len(answers) == len(pairs)
    return answers


def _ask_of_short_numbers(command: Sequence[str], pairs: Sequence[Pair]) -> Answers:
    """As `_ask`, without pairs whose numbers do not fit the interpreter's 32 bits."""
    fits = [not _LONG_NUMBER.search(f"{a} {b}") for a, b in pairs]
    asked = [pair for pair, kept in zip(pairs, fits, strict=True) if kept]
    signs = iter(_ask(command, asked))
    return [next(signs) if kept else None for kept in fits]


def elixir(pairs: Sequence[Pair]) -> Answers:
    """Elixir's `Version`, which Hex resolves by."""
    script = r"""
IO.stream(:stdio, :line) |> Enum.each(fn line ->
  [a, b] = line |> String.trim_trailing("\n") |> String.split("\t")
  case {Version.parse(a), Version.parse(b)} do
    {{:ok, x}, {:ok, y}} -> IO.puts(case Version.compare(x, y) do :lt -> -1; :eq -> 0; :gt -> 1 end)
    _ -> IO.puts("null")
  end
end)
"""
    return _ask([tool("elixir"), "-e", script], pairs)


def r_language(pairs: Sequence[Pair]) -> Answers:
    """R's `compareVersion`; the operators of `package_version` differ from it in one thing, that 1.0 is 1.0.0 to them."""
    script = r"""
pairs <- read.table(file("stdin"), sep="\t", colClasses="character")
cat(mapply(compareVersion, pairs[[1]], pairs[[2]]), sep="\n")
"""
    return _ask_of_short_numbers([tool("Rscript"), "-e", script], pairs)


_HASKELL = r"""
main = interact (unlines . map answer . lines)
answer line = let (a, b) = break (== '\t') line in case (version a, version (tail b)) of
  (Just x, Just y) -> show (fromEnum (compare x y) - 1)
  _ -> "null"
"""
_CABAL = f"""
import Distribution.Parsec (simpleParsec)
import Distribution.Types.Version
{_HASKELL}
version :: String -> Maybe Version
version = simpleParsec
"""
_DATA_VERSION = f"""
import Data.Version
import Text.ParserCombinators.ReadP
{_HASKELL}
version text = case [found | (found, "") <- readP_to_S parseVersion text] of {{ (one:_) -> Just one; [] -> Nothing }}
"""


def _haskell(program: str, source: str, options: Sequence[str]) -> list[str]:
    path = tool(program)
    folder = CACHE / "haskell"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{program}.hs"
    file.write_text(source)
    return [path, *options, str(file)]


def cabal(pairs: Sequence[Pair]) -> Answers:
    """The library that Hackage's tool is made of, as GHC brings it; it refuses zeros before a number."""
    return _ask(_haskell("runghc", _CABAL, ()), pairs)


def hugs(pairs: Sequence[Pair]) -> Answers:
    """Haskell's `Data.Version` in an interpreter of five megabytes."""
    return _ask_of_short_numbers(_haskell("runhugs", _DATA_VERSION, ("-98",)), pairs)


_NUGET_LIBRARY = CACHE / "nuget" / "NuGet.Versioning.dll"
_NUGET_PROGRAM = """
using System;
using NuGet.Versioning;
class Compare {
  static void Main() {
    string line;
    while ((line = Console.ReadLine()) != null) {
      string[] pair = line.Split('\\t');
      NuGetVersion a, b;
      bool read = NuGetVersion.TryParse(pair[0], out a) & NuGetVersion.TryParse(pair[1], out b);
      Console.WriteLine(read ? Math.Sign(VersionComparer.Default.Compare(a, b)).ToString() : "null");
    }
  }
}
"""


def nuget(pairs: Sequence[Pair]) -> Answers:
    """NuGet.Versioning (of any .NET SDK, for .NET Framework) below tests/.cache/nuget, under Mono."""
    mono, compiler = tool("mono"), tool("mcs")
    if not _NUGET_LIBRARY.exists():
        pytest.skip("needs NuGet.Versioning")
    source = _NUGET_LIBRARY.parent / "Compare.cs"
    program = source.with_suffix(".exe")
    source.write_text(_NUGET_PROGRAM)
    subprocess.run(
        [compiler, f"-out:{program}", f"-r:{_NUGET_LIBRARY}", str(source)], check=True, timeout=60
    )
    return _ask([mono, str(program)], pairs)
