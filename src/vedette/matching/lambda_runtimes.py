"""AWS Lambda's runtimes: until when AWS mends each (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).

Facts that come with the program, for databases without the feed `eol`, whose word counts more. The day is the one that AWS calls
deprecation: from it on the runtime gets no security fixes. None: it has been announced for no day.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"

DEPRECATED_ON: Mapping[str, date | None] = MappingProxyType(
    {
        "dotnet10": date(2028, 11, 14),
        "dotnet5.0": date(2022, 5, 10),
        "dotnet6": date(2024, 12, 20),
        "dotnet7": date(2024, 5, 14),
        "dotnet8": date(2026, 11, 10),
        "dotnetcore1.0": date(2019, 6, 27),
        "dotnetcore2.0": date(2019, 5, 30),
        "dotnetcore2.1": date(2022, 1, 5),
        "dotnetcore3.1": date(2023, 4, 3),
        "go1.x": date(2024, 1, 8),
        "java11": date(2027, 6, 30),
        "java17": date(2027, 6, 30),
        "java21": date(2029, 6, 30),
        "java25": date(2029, 6, 30),
        "java8": date(2024, 1, 8),
        "java8.al2": date(2027, 6, 30),
        "nodejs": date(2016, 8, 30),
        "nodejs10.x": date(2021, 7, 30),
        "nodejs12.x": date(2023, 3, 31),
        "nodejs14.x": date(2023, 12, 4),
        "nodejs16.x": date(2024, 6, 12),
        "nodejs18.x": date(2025, 9, 1),
        "nodejs20.x": date(2026, 4, 30),
        "nodejs22.x": date(2027, 4, 30),
        "nodejs24.x": date(2028, 4, 30),
        "nodejs4.3": date(2020, 3, 5),
        "nodejs4.3-edge": date(2020, 3, 5),
        "nodejs6.10": date(2019, 8, 12),
        "nodejs8.10": date(2020, 3, 6),
        "provided": date(2024, 1, 8),
        "provided.al2": date(2026, 7, 31),
        "provided.al2023": date(2029, 6, 30),
        "python2.7": date(2021, 7, 15),
        "python3.10": date(2026, 10, 31),
        "python3.11": date(2027, 6, 30),
        "python3.12": date(2028, 10, 31),
        "python3.13": date(2029, 6, 30),
        "python3.14": date(2029, 6, 30),
        "python3.6": date(2022, 7, 18),
        "python3.7": date(2023, 12, 4),
        "python3.8": date(2024, 10, 14),
        "python3.9": date(2025, 12, 15),
        "ruby2.5": date(2021, 7, 30),
        "ruby2.7": date(2023, 12, 7),
        "ruby3.2": date(2026, 3, 31),
        "ruby3.3": date(2027, 3, 31),
        "ruby3.4": date(2028, 3, 31),
    }
)
"""By the runtime's identifier."""
