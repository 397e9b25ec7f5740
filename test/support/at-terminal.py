"""Runs a program at a terminal of its own: `at-terminal.py COLUMNS ROWS PROGRAM ARGUMENT...`.

What comes on stdin is typed, what the terminal shows goes to stdout; the exit status is the program's.
SIGTERM is passed on; the end of stdin, when the test is gone, hangs the terminal up.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios

columns, rows, *argv = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    os.execvp(argv[0], argv)
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
sources = [terminal, 0]
while True:
    ready, _, _ = select.select(sources, [], [])
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed:
            os.write(terminal, typed)
        else:
            os.kill(child, signal.SIGHUP)
            sources.remove(0)
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
