"""Throughline, an LTI 1.3 tool: mentoring and coaching that start where the course ends.

The map, highest layer first; a module imports downwards only (checked by import-linter):

- `cli`       the `throughline` command
- `app`       `create_app`: the one place that knows every part
- `api`       what a plugin may use
- `web`       HTTP; `worker`: the same program without HTTP
- `services`  use cases, in plain values
- `lti`       everything that speaks LTI; `store`: everything that speaks SQL
- `activity`  what a plugin is
- `domain`    pure rules
"""
