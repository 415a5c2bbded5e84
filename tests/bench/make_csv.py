#!/usr/bin/env python3
"""Writes the benchmark's CSV: ROWS rows × 7 columns, about 104 bytes a row. Always the same bytes."""
import random
import sys

NAMES = ["Ada", "Björn", "Chloé", "Dmitri", "Elif", "Fatima", "Grace", "Hiro", "Ines", "João", "Kim", "Lena"]
COUNTRIES = ["DE", "FR", "US", "JP", "BR", "IN", "TR", "NG", "SE", "PT"]


def main(path: str, rows: int) -> None:
    rnd = random.Random(7)
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write("id,first_name,country,amount,created_at,active,attributes\n")
        for i in range(1, rows + 1):
            name = NAMES[rnd.randrange(len(NAMES))]
            country = COUNTRIES[rnd.randrange(len(COUNTRIES))]
            cents = rnd.randrange(1, 1_000_000)
            day, second = rnd.randrange(1, 29), rnd.randrange(86400)
            stamp = f"2024-{1 + i % 12:02d}-{day:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
            active = "true" if rnd.randrange(2) else "false"
            out.write(f'{i},{name},{country},{cents // 100}.{cents % 100:02d},{stamp},{active},'
                      f'"{{""tier"": ""gold"", ""score"": {rnd.randrange(100)}, ""tags"": [""a"", ""b""]}}"\n')


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
