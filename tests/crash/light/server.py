"""Answers 200 and keeps a line for each time it was started."""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["NAME"].encode())

    def log_message(self, *_arguments):
        pass


with open("starts", "a") as starts:
    starts.write(f"{os.getpid()}\n")
HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
