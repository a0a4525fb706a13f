#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The grammar of Documentation/rules.rst against what the driver makes of lists.

grammar.py TOP <LISTING   where LISTING is that of test_spelling.c

Reads the block as RFC 5234 has it, and asks for each entry whether it is a "rule", for
each list whether it is a "list". The two remarks that no grammar says are asked apart.
"""
import re
import sys

BLOCK = re.compile(r"^    list +=.*?(?=\n\S|\Z)", re.M | re.S)
CORE = {"DIGIT": set("0123456789"), "DQUOTE": {'"'}, "SP": {" "}, "HTAB": {"\t"},
        "CR": {"\r"}, "LF": {"\n"}}
TOKEN = re.compile(r'"[^"]*"|%x[0-9A-F]+-[0-9A-F]+|\d*\*\d*|\d+|[A-Za-z][\w-]*|[()\[\]/=]')


class Grammar:
    """Expressions are tuples; the ends of a match are a set, so order does not matter."""

    def __init__(self, text):
        self.rules = {}
        lines = re.sub(r";\s(?!\").*|\s;$", "", text)
        for name, body in re.findall(r"^    ([a-z]+) += (.*(?:\n {6,}.*)*)", lines, re.M):
            self.tokens = TOKEN.findall(body)
            self.rules[name] = self.alternatives()
            assert not self.tokens, (name, self.tokens)

    def alternatives(self):
        some = [self.sequence()]
        while self.tokens and self.tokens[0] == "/":
            self.tokens.pop(0)
            some.append(self.sequence())
        return ("or", some)

    def sequence(self):
        some = []
        while self.tokens and self.tokens[0] not in "/)]":
            some.append(self.repetition())
        return ("and", some)

    def repetition(self):
        count = re.fullmatch(r"(\d*)(\*?)(\d*)", self.tokens[0])
        if not count:
            return self.element()
        self.tokens.pop(0)
        low, star, high = count.groups()
        if not star:
            return ("many", int(low), int(low), self.element())
        return ("many", int(low or 0), int(high or 999), self.element())

    def element(self):
        token = self.tokens.pop(0)
        if token in ("(", "["):
            inner = self.alternatives()
            self.tokens.pop(0)
            return inner if token == "(" else ("many", 0, 1, inner)
        if token.startswith("%x"):
            low, high = (int(n, 16) for n in token[2:].split("-"))
            return ("set", {chr(n) for n in range(low, high + 1)})
        if token.startswith('"'):
            return ("text", token[1:-1].lower())
        return ("set", CORE[token]) if token in CORE else ("name", token)

    def ends(self, what, text, pos, memo):
        key = (id(what), pos)
        if key not in memo:
            memo[key] = self.find_ends(what, text, pos, memo)
        return memo[key]

    def find_ends(self, what, text, pos, memo):
        kind = what[0]
        if kind == "name":
            return self.ends(self.rules[what[1]], text, pos, memo)
        if kind == "text":
            return {pos + len(what[1])} if text.startswith(what[1], pos) else set()
        if kind == "set":
            return {pos + 1} if text[pos:pos + 1] in what[1] else set()
        if kind == "or":
            return set().union(*(self.ends(one, text, pos, memo) for one in what[1]))
        if kind == "and":
            at = {pos}
            for one in what[1]:
                at = set().union(*(self.ends(one, text, p, memo) for p in at))
            return at
        _, low, high, inner = what
        at, found, seen = {pos}, {pos} if low == 0 else set(), {pos}
        for count in range(1, min(high, len(text) + low) + 1):
            at = set().union(*(self.ends(inner, text, p, memo) for p in at))
            if count >= low:
                at = at - seen if low <= 1 else at
                found |= at
                seen |= at
            if not at:
                break
        return found

    def matches(self, name, text):
        return len(text) in self.ends(self.rules[name], text.lower(), 0, {})


def breaks_a_remark(rule):
    for name in ("policy", "rdm_policy", "msitranslate"):
        if len(re.findall(rf"(?<![\w]){name}\s*=", rule, re.I)) > 1:
            return True
    if re.match(r"serial\s*=\s*(0{16}|f{16})", rule, re.I):
        return True
    return any(a > b for a, b in re.findall(r"(?<!s)([0-7])-([0-7])", rule))


def check(grammar, text, entries):
    good = [e for e in entries if e[0]]
    for is_good, entry in entries:
        said = grammar.matches("rule", entry) and not breaks_a_remark(entry)
        if said != is_good:
            yield f"rule {{{entry}}}: driver {is_good}, documentation {said}"
    said = grammar.matches("list", text) and not any(text.count(q) % 2 for q in "'\"")
    said = said and not any(breaks_a_remark(e) for _, e in entries)
    if said != (len(good) == len(entries)):
        yield f"list {{{text}}}: driver {len(good)} of {len(entries)}, documentation {said}"


def main():
    with open(f"{sys.argv[1]}/Documentation/rules.rst", encoding="utf-8") as page:
        block = BLOCK.search(page.read()).group(0)
    with open(f"{sys.argv[1]}/drivers/pciback-ng/rule_core.h", encoding="utf-8") as header:
        source = header.read()
    same = "".join(f" * {line[2:]}".rstrip() + "\n" for line in block.rstrip().split("\n"))
    problems = [] if same in source else ["rule_core.h has another grammar than rules.rst"]
    grammar = Grammar(block)
    lists = []
    for line in sys.stdin.read().split("\n")[:-1]:
        if line[0] == "=":
            lists.append((line[1:], []))
        elif line[0] == "+":
            lists[-1][1].append((True, line[1:]))
        else:
            lists[-1][1].append((False, line.split(" ", 1)[1]))
    for text, entries in lists:
        problems += check(grammar, text, entries)
    print("\n".join(problems))
    print(f"{len(lists)} lists, {sum(len(e) for _, e in lists)} entries")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
