"""A launch for the contract suite: a tiny HTTP server that can be told to misbehave.

`application.py PORT [crash | deaf | stubborn | shout]`; standard library, quick to start.
"""

import os
import signal
import socket
import sys
import time


def main(port, mode=""):
    print("starting as", os.getuid(), "in", os.getcwd(), flush=True)
    if mode == "crash":
        sys.exit("cannot find my configuration")
    if mode == "deaf":
        time.sleep(3600)
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if mode == "shout":
        for number in range(200_000):
            print("line", number, "of a talkative application")
        sys.stdout.flush()
    with open("starts", "a") as file:
        file.write("%d\n" % os.getpid())
    serve(int(port))


def serve(port):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(64)
    while True:
        connection, _ = server.accept()
        request = connection.recv(65536).decode("latin-1")
        path = request.split(" ", 2)[1]
        status, body = answer(path, request)
        head = "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        connection.sendall((head % (status, len(body))).encode() + body)
        connection.close()


def answer(path, request):
    if path == "/health" and os.path.exists("ill"):
        return "503 Service Unavailable", b"ill"
    if path == "/eat":
        eaten.append(b"x" * (256 << 20))
    if path == "/die":
        os._exit(3)
    if path == "/environment":
        return "200 OK", "\n".join("%s=%s" % pair for pair in os.environ.items()).encode()
    if path == "/request":
        return "200 OK", request.encode("latin-1")
    return "200 OK", ("hello from %d" % os.getpid()).encode()


eaten = []

if __name__ == "__main__":
    main(*sys.argv[1:])
