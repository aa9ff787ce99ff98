"""The JSON Schema of summary.json, for those who read it with a program."""

from __future__ import annotations

import json

from pydantic.json_schema import GenerateJsonSchema

from tasks.results import CycleSummary


def summary_schema() -> str:
    """Return the JSON Schema (draft 2020-12) of summary.json, as indented text with sorted keys."""
    content = CycleSummary.model_json_schema(mode="serialization")
    return json.dumps({"$schema": GenerateJsonSchema.schema_dialect} | content, sort_keys=True, indent=2) + "\n"
