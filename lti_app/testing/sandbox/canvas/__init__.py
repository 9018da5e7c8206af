"""What is Canvas about the sandbox LMS, by its published source and `docs/lti-rules.md`."""
