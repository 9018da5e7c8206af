"""Lets `python -m lti_app` do what the `throughline` command does."""

from lti_app.cli import main

if __name__ == "__main__":
    main()
