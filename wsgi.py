"""The application for a WSGI server: `gunicorn wsgi:app`."""

from lti_app.app import create_app

app = create_app()
