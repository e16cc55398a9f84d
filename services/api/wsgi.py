"""The application as gunicorn loads it, after the fork."""

from services.api.app import create_app
from shared.settings import load_settings

app = create_app(load_settings())
