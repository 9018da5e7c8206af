"""Everything that speaks SMTP: letters as messages, and handing them to a mail server."""
