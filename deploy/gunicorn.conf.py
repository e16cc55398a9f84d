"""How gunicorn serves the API: processes and threads by the settings, no control socket."""

from shared.settings import load_settings

_settings = load_settings()
bind = _settings.bind
workers = _settings.api_workers
threads = _settings.api_threads
worker_class = "gthread"
control_socket_disable = True
keepalive = 30
graceful_timeout = 20
timeout = 60
max_requests = 50_000
max_requests_jitter = 5_000
accesslog = None
errorlog = "-"
preload_app = False
