"""The local page of ``janib app``: a WSGI application, its server, and the page's own files."""

from janib.app.application import Application

__all__ = ["Application"]
