# SPDX-License-Identifier: GPL-2.0
"""Every small change that mutation testing makes to a C file of this project.

It works on tokens, not on a syntax tree: what is changed is what stands in the
file, macros and tables included, and a change that is no C is found out by the
compiler. The house style (braces of functions in the first column, words in
capitals are constants) tells the rest.
"""

import re
from collections import namedtuple

Token = namedtuple("Token", "kind text start end")
Mutant = namedtuple("Mutant", "kind start end text")

TOKEN = re.compile(r"""
      (?P<space>   \s+ | /\*.*?\*/ | //[^\n]* )
    | (?P<cpp>     ^\#\s*(?!define\b)(?:[^\n\\]|\\.)* )
    | (?P<define>  ^\#\s*define\s+\w+(?:\([^)]*\))? )
    | (?P<string>  "(?:[^"\\]|\\.)*" )
    | (?P<char>    '(?:[^'\\]|\\.)*' )
    | (?P<number>  \d\w* )
    | (?P<word>    \w+ )
    | (?P<punct>   <<= | >>= | \.\.\. | [-+*/%&|^<>=!]= | && | \|\| | << | >> |
                   \+\+ | -- | -> | . )
    """, re.VERBOSE | re.DOTALL | re.MULTILINE)

OPERATORS = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"],
    "&": ["|"], "|": ["&"], "^": ["&"], "<<": [">>"], ">>": ["<<"],
    "++": ["--"], "--": ["++"], "+=": ["-=", "="], "-=": ["+=", "="],
    "*=": ["/=", "="], "/=": ["*=", "="], "&=": ["|=", "="], "|=": ["&=", "="],
    "^=": ["&=", "="], "<<=": [">>=", "="], ">>=": ["<<=", "="],
}
RELATIONS = {"<", "<=", ">", ">=", "==", "!="}
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "&=", "|=", "^=", "<<=", ">>="}
TYPES = {"void", "char", "short", "int", "long", "unsigned", "signed", "bool", "size_t",
         "ssize_t", "const", "static", "struct", "enum", "union", "typeof"}
TYPE = re.compile(r"[us](8|16|32|64)$")
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]+$")
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


def tokens_of(source):
    """The tokens; white space, comments and preprocessor lines are left out."""
    found = (Token(m.lastgroup, m.group(), m.start(), m.end()) for m in TOKEN.finditer(source))
    return [t for t in found if t.kind not in ("space", "cpp")]


def is_type(token):
    return token.kind == "word" and (token.text in TYPES or bool(TYPE.match(token.text)))


class File:
    """A source and all that can be changed in it."""

    def __init__(self, source):
        self.source = source
        self.tokens = tokens_of(source)
        self.match = self.matching()
        self.mutants = []

    def matching(self):
        """For each opening bracket the index of its closing one, and back."""
        match, stack = {}, []
        for i, token in enumerate(self.tokens):
            if token.kind != "punct":
                continue
            if token.text in OPEN:
                stack.append(i)
            elif token.text in CLOSE and stack:
                match[i] = stack.pop()
                match[match[i]] = i
        return match

    def text(self, i):
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def change(self, kind, first, last, text):
        """Tokens @first to @last become @text."""
        start, end = self.tokens[first].start, self.tokens[last].end
        if self.source[start:end] != text:
            self.mutants.append(Mutant(kind, start, end, text))

    def original(self, first, last):
        return self.source[self.tokens[first].start:self.tokens[last].end]

    def is_operand_end(self, i):
        """Does an operand end here, so that what follows has two sides?"""
        token = self.tokens[i]
        if token.text == ")":
            return not is_type(self.tokens[self.match[i] + 1])
        return token.text == "]" or token.kind in ("number", "char") or \
            (token.kind == "word" and token.text not in ("return", "case", "sizeof"))

    def is_declarator(self, i):
        """The '*' of "struct x *y" and of "u32 *y"."""
        return is_type(self.tokens[i - 1]) or self.text(i - 2) in ("struct", "enum", "union")

    def operators(self):
        for i, token in enumerate(self.tokens):
            if token.kind != "punct" or i == 0:
                continue
            binary = self.is_operand_end(i - 1)
            if token.text in ("!", "~", "-", "+") and not binary:
                self.change("unary", i, i, "")
            elif token.text in ("&", "*") and (not binary or self.is_declarator(i)):
                continue
            else:
                for other in OPERATORS.get(token.text, ()):
                    self.change("operator", i, i, other)

    def constants(self):
        for i, token in enumerate(self.tokens):
            if token.kind == "number":
                self.number(i)
            elif token.kind == "char":
                self.change("constant", i, i, f"({token.text} + 1)")
            elif token.text in ("true", "false"):
                self.change("constant", i, i, "false" if token.text == "true" else "true")
            elif CONSTANT.match(token.text) and token.text != "NULL" and self.text(i + 1) != "(":
                self.change("constant", i, i, f"({token.text} + 1)")
                self.change("constant", i, i, "0")

    def number(self, i):
        text = self.text(i)
        value = int(text.rstrip("uUlL") or "0", 0)
        self.change("constant", i, i, f"({text} + 1)")
        self.change("constant", i, i, f"({text} - 1)")
        if value not in (0, 1):
            self.change("constant", i, i, "0")

    def negate(self, first, last):
        """A condition; not where another change says the same."""
        level, relations, logic = 0, 0, 0
        for i in range(first, last + 1):
            text = self.text(i)
            level += (text in OPEN) - (text in CLOSE)
            relations += level == 0 and text in RELATIONS
            logic += level == 0 and text in ("&&", "||")
        if logic or not (relations or self.text(first) == "!"):
            self.change("condition", first, last, f"!({self.original(first, last)})")

    def conditions(self):
        for i, token in enumerate(self.tokens):
            if token.text in ("if", "while") and self.text(i + 1) == "(":
                self.negate(i + 2, self.match[i + 1] - 1)
            elif token.text == "?":
                first = self.expression_start(i)
                self.negate(first, i - 1)

    def expression_start(self, i):
        """Back from a '?' to where its condition begins."""
        while i > 0:
            before = self.text(i - 1)
            if before in CLOSE:
                i = self.match[i - 1]
            elif before in OPEN or before in ASSIGNMENTS or before in (",", ";", "return", ":", "?"):
                break
            else:
                i -= 1
        return i

    def bodies(self):
        """Functions as pairs of token indexes, of their braces."""
        for i, token in enumerate(self.tokens):
            if token.text == "{" and self.source[token.start - 1] == "\n":
                yield i, self.match[i]

    def statements(self):
        for first, last in self.bodies():
            i = first + 1
            while i < last:
                i = self.statement(i, last)

    def statement(self, i, last):
        """Change the simple statement at @i; return where the next may begin."""
        text, following = self.text(i), self.text(i + 1)
        if text in ("if", "for", "while", "switch"):
            return self.match[i + 1] + 1
        if text in ("{", "}", "else", "do", ";"):
            return i + 1
        if text in ("case", "default") or following == ":":
            while self.text(i) != ":":
                i += 1
            return i + 1
        end = i
        while self.text(end) != ";":
            end = self.match[end] + 1 if self.text(end) in OPEN else end + 1
        if text in ("break", "continue"):
            self.change("jump", i, end, "continue;" if text == "break" else "break;")
        if text == "return" and end > i + 1:
            self.result(i + 1, end - 1)
        # Without its last return a function returns anything: that says nothing.
        if not self.is_declaration(i) and not (text == "return" and end + 1 == last):
            self.change("deletion", i, end, ";")
        return end + 1

    def result(self, first, last):
        if first != last or not (self.tokens[first].kind == "number" or
                                 self.text(first) in ("true", "false", "NULL")):
            self.change("result", first, last, f"({self.original(first, last)}, 0)")

    def is_declaration(self, i):
        return is_type(self.tokens[i]) or \
            (self.tokens[i].kind == "word" and self.tokens[i + 1].kind == "word" and
             self.text(i) not in ("return", "goto"))

    def elements(self):
        """Rows of tables and fields of structures that are left out."""
        for i, token in enumerate(self.tokens):
            if token.text == "{" and self.text(i - 1) in ("=", ")", "{", ",") and i in self.match:
                self.rows(i)

    def rows(self, brace):
        first = i = brace + 1
        end = self.match[brace]
        while i < end:
            if self.text(i) in OPEN:
                i = self.match[i] + 1
                continue
            if self.text(i) == "," or i + 1 == end:
                last = i if self.text(i) == "," else i
                if self.is_row(first):
                    self.change("deletion", first, last, "")
                first = i + 1
            i += 1

    def is_row(self, i):
        """Not one of several values in a row, whose order is their meaning."""
        return self.text(i) in (".", "[", "{") or \
            (CONSTANT.match(self.text(i)) and self.text(i + 1) == "(")


def mutants_of(source):
    """All of them, in the order of the file."""
    file = File(source)
    file.operators()
    file.constants()
    file.conditions()
    file.statements()
    file.elements()
    return sorted(set(file.mutants), key=lambda m: (m.start, m.end, m.text))


def function_at(source, start):
    """The name of the function, macro or table that @start is in."""
    name = "?"
    head = re.compile(r"^(?:#\s*define\s+(\w+)|(?=\w)(?!\w+:)[^\n;#]*?(\w+)\s*(?:\(|\[|=|\{))",
                      re.MULTILINE)
    for found in head.finditer(source, 0, start + 1):
        name = found.group(1) or found.group(2)
    return name


def lines_of(source, mutant):
    """The line number, and the lines before and after, blanks made one."""
    first = source.rfind("\n", 0, mutant.start) + 1
    last = source.find("\n", mutant.end)
    before = source[first:last]
    after = source[first:mutant.start] + mutant.text + source[mutant.end:last]
    return source.count("\n", 0, mutant.start) + 1, " ".join(before.split()), " ".join(after.split())
