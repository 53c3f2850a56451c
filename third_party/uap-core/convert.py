#!/usr/bin/env python3
"""Makes rules.tsv out of the uap-core rules that the PyPI wheel `ua-parser-builtins` carries."""

import sys
import types
from pathlib import Path


def rule(*values):
    """Stands in for the wheel's rule classes: what it was called with is the rule."""
    return values


def main(wheel):
    stub = types.ModuleType("ua_parser.user_agent_parser")
    stub.UserAgentParser = stub.OSParser = stub.DeviceParser = rule
    sys.modules["ua_parser"] = types.ModuleType("ua_parser")
    sys.modules["ua_parser.user_agent_parser"] = stub
    sys.path.insert(0, wheel)
    from ua_parser_builtins import regexes

    revision = (Path(wheel) / "REVISION").read_text().strip()
    print(f"# uap-core {revision}, Apache-2.0; made by convert.py, not by hand: see README.md")
    print("# kind\tflag\tname\tregex")
    # (kind, rules, the place of the name; a device's stands behind its flag)
    kinds = [
        ("browser", regexes.USER_AGENT_PARSERS, 1),
        ("system", regexes.OS_PARSERS, 1),
        ("device", regexes.DEVICE_PARSERS, 2),
    ]
    for kind, rules, place in kinds:
        for values in rules:
            values = [value or "" for value in values] + ["", ""]
            flag = values[1] if kind == "device" else ""
            fields = [kind, flag, values[place], values[0]]
            assert not any(c in field for field in fields for c in "\t\r\n"), fields
            print("\t".join(fields))


if __name__ == "__main__":
    main(sys.argv[1])
