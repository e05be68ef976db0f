"""The benchmarks are run by hand, so a test sees to it that what they are made of is there."""

import ast

from benchmarks import reads


def test_the_peer_of_the_reads_imports_what_there_is() -> None:
    program = reads._CONSTANT.format(path="/", size=1, port=1)
    imported = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.ImportFrom)]

    for node in imported:
        module = __import__(node.module or "", fromlist=["*"])
        for alias in node.names:
            assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"
