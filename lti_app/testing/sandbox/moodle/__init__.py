"""Moodle 4.5 as an LTI 1.3 platform."""
