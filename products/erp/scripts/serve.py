"""Serves Tryton for one database, with its scheduled tasks, in one process.

Usage: serve.py DATABASE, with the configuration's path in TRYTOND_CONFIG.
"""

import gc
import logging
import sys
import threading
import time
import warnings

import waitress
from trytond import config
from trytond.pool import Pool
from trytond.protocols import dispatcher
from trytond.wsgi import app

INTERVAL = 60
logger = logging.getLogger("serve")


def run_scheduled_tasks(database: str) -> None:
    cron = Pool(database).get("ir.cron")
    while True:
        time.sleep(INTERVAL)
        try:
            cron.run(database)
        except Exception:
            logger.exception("scheduled tasks failed; next try in %s seconds", INTERVAL)


def load(database: str) -> None:
    """Build the model classes. They stay for ever: the collector would only delay the start."""
    gc.disable()
    Pool.start()
    Pool(database).init()
    gc.freeze()
    gc.enable()


def main() -> None:
    database = sys.argv[1]
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    warnings.filterwarnings("ignore", "The path specified in the URI")
    # The sign-in page asks which databases there are; this process has exactly one.
    dispatcher.db_list = lambda *_: [database]
    load(database)
    threading.Thread(target=run_scheduled_tasks, args=(database,), daemon=True).start()
    host, port = config.split_netloc(config.get("web", "listen"))
    waitress.serve(
        app,
        host=host,
        port=port,
        threads=6,
        ident=None,
        clear_untrusted_proxy_headers=False,
        max_request_body_size=2**31,
    )


if __name__ == "__main__":
    main()
