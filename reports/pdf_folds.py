"""What the page folds away on its first screen: on paper it stands behind the first page, not in the midst of it."""

from __future__ import annotations

from dataclasses import replace

from reports.pdf_tree import Node

_FIRST = "since"  # the section of the first screen that folds something away


def with_folds_behind(frame: Node) -> Node:
    """Return the page with what its first section folds away as a section of its own, after the two that make the first screen."""
    folds: list[Node] = []
    return _without_folds(frame, folds)


def _without_folds(node: Node, folds: list[Node]) -> Node:
    kids: list[Node | str] = []
    for kid in node.kids:
        if isinstance(kid, str) or kid.tag not in ("main", "div", "section"):
            kids.append(kid)
        elif kid.attributes.get("id") == _FIRST:
            kids.append(_taken_out(kid, "", folds))
        elif kid.tag == "section" and folds:
            kids += [kid, _section(folds)]
            folds.clear()
        else:
            kids.append(_without_folds(kid, folds))
    return replace(node, kids=kids)


def _taken_out(node: Node, about: str, folds: list[Node]) -> Node:
    kids: list[Node | str] = []
    for kid in node.kids:
        if isinstance(kid, Node) and kid.tag == "details":
            folds.append(_unfolded(kid, about))
        elif isinstance(kid, Node):
            about = kid.text if kid.tag == "h3" else about
            kids.append(_taken_out(kid, kid.elements[0].text if kid.tag == "li" and kid.elements else about, folds))
        else:
            kids.append(kid)
    return replace(node, kids=kids)


def _unfolded(details: Node, about: str) -> Node:
    """Return what was folded away, headed by what it is about."""
    head, *rest = details.kids
    said = [Node("p", {"class": "note"}, head.kids)] if isinstance(head, Node) else []
    return Node("div", {}, [Node("h3", {}, [about]), *said, *rest])


def _section(folds: list[Node]) -> Node:
    return Node("section", {}, [Node("h2", {}, ["Since the last report, in full"]), *folds])
