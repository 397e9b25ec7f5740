#!/usr/bin/env python3
"""Plays the trebuchet of 2013: its command line, noise, failures, and the folder it always works in.

    fake-trebuchet.py [--fixed DIR] [--misbehave WORD] lint MISSILE
    fake-trebuchet.py [--fixed DIR] [--misbehave WORD] build MISSILE --arch A --output DIR [--app-version V] …

The missile is JSON (which is YAML): {"packages": [{"name": "dh-shop", "kind": "app"}, …]}. WORD: fail-lint, fail-second,
lie (prints Built: for a package it did not make), surplus, silent, other-version, background, latin1 (noise in front).
"""
import argparse, json, os, subprocess, sys, time

parser = argparse.ArgumentParser()
parser.add_argument('--fixed', default='/tmp/fake-trebuchet')
parser.add_argument('--misbehave', default='')
parser.add_argument('verb', choices=['lint', 'build'])
parser.add_argument('missile')
parser.add_argument('--arch', default='all')
parser.add_argument('--output', default='.')
for kind in ('app', 'env', 'service', 'static'):
    parser.add_argument('--%s-version' % kind)
parser.add_argument('--webcallback')
options = parser.parse_args()

if options.webcallback:
    sys.exit('webcallback must never be passed on')
packages = json.load(open(options.missile))['packages']


def say(text, end='\r\n'):
    if options.misbehave == 'latin1':
        sys.stdout.flush()
        sys.stdout.buffer.write('Pr\xe9t: '.encode('latin-1'))
        sys.stdout.buffer.flush()
    sys.stdout.write(text + end)
    sys.stdout.flush()


say('[2013-05-01 12:00:00] reading %s' % options.missile)
if options.verb == 'lint':
    if options.misbehave == 'fail-lint':
        say('Unknown type: foo')
        sys.exit(1)
    say('Packages to be built: %s' % ','.join(each['name'] for each in packages))
    sys.exit(0)

# The folder it always works in: somebody else's build in it is a corrupt build.
os.makedirs(options.fixed, exist_ok=True)
busy = os.path.join(options.fixed, 'busy')
try:
    os.close(os.open(busy, os.O_CREAT | os.O_EXCL))
except FileExistsError:
    sys.exit('another build is at work in %s' % options.fixed)


def deb(package, version):
    tree = os.path.join(options.fixed, 'tree')
    subprocess.check_call(['rm', '-rf', tree])
    os.makedirs(os.path.join(tree, 'DEBIAN'))
    time.sleep(0.05)
    with open(os.path.join(tree, 'DEBIAN/control'), 'w') as control:
        control.write('Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: a <a@example.com>\nDescription: x\n' % (
            package['name'], version, options.arch if package['kind'] == 'env' else 'all'))
    name = '%s-%s-%s.deb' % (package['name'], version, 'all')
    subprocess.check_call(['dpkg-deb', '-b', tree, os.path.join(options.output, name)], stdout=subprocess.DEVNULL)
    return name


def built(package, file_name, version):
    # As Python 2's repr has it: any order of keys, u'…' and "…".
    if package['kind'] == 'env':
        say('Built: {"version": u\'%s\', u\'file_name\': u\'%s\', \'name\': \'%s\'}' % (version, file_name, package['name']))
    else:
        say("Built: {'name': '%s', 'file_name': '%s', 'version': '%s', 'odd': None, 'n': 1}" % (
            package['name'], file_name, version), end='\n')


try:
    say('\x1b[32mBuilt: {nothing yet}\x1b[0m')
    if options.misbehave == 'background':
        child = subprocess.Popen(['sleep', '600'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, close_fds=False)
        say('sleeping: %d' % child.pid)
    for count, package in enumerate(packages):
        given = getattr(options, '%s_version' % package['kind'])
        version = given or '1.0.0'
        if options.misbehave == 'fail-second' and count == 1:
            sys.stderr.write('OSError: no space left\n')
            sys.exit(1)
        if options.misbehave == 'lie' and count == 1:
            built(package, '%s-%s-all.deb' % (package['name'], version), version)
            continue
        file_name = deb(package, version)
        if options.misbehave != 'silent' or count != 1:
            built(package, file_name, '' if given is None else version)
    if options.misbehave == 'surplus':
        extra = {'name': 'dh-extra', 'kind': 'app'}
        built(extra, deb(extra, '1'), '1')
finally:
    os.unlink(busy)
