import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/** Debian 11, 12, 13. */
export const RELEASES = ['bullseye', 'bookworm', 'trixie'] as const
export type Release = (typeof RELEASES)[number]

/** What a program in a root ended with: all that it said, stdout and stderr together. */
export interface RootSaid {
  readonly exitCode: number
  readonly text: string
}

/** A Debian of the test's own with the apt of its release, in a folder; a folder of this machine is its /var/gachette. */
export interface AptRoot {
  readonly dir: string
  /** Runs a shell script in it, as root. The store is mounted in a mount namespace of its own: nothing stays. */
  readonly sh: (script: string, store?: string) => Promise<RootSaid>
  /** The lines of /etc/apt/sources.list.d/gachette.list; Debian's own sources are gone. */
  readonly source: (...lines: readonly string[]) => void
  readonly remove: () => void
}

/** Makes a root of a release whose /var/gachette is `store`. Needs root. The base is kept between runs of the tests. */
export function aptRoot(release: Release, store: string): AptRoot {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-apt-'))
  execFileSync('tar', ['-C', dir, '--exclude=./dev/*', '--exclude=./usr/share/doc/*', '-xf', baseOf(release)])
  execFileSync('mknod', ['-m', '666', join(dir, 'dev/null'), 'c', '1', '3'])
  mkdirSync(join(dir, 'var/gachette'))
  for (const list of ['etc/apt/sources.list', 'etc/apt/sources.list.d/0000debian.sources'])
    rmSync(join(dir, list), { force: true })
  writeFileSync(join(dir, 'etc/dpkg/dpkg.cfg.d/quick'), 'force-unsafe-io\n')
  // There is no /dev/pts for apt to keep a log by.
  writeFileSync(join(dir, 'etc/apt/apt.conf.d/quiet'), 'Dpkg::Use-Pty "false";\n')
  const mounted = 'mount --bind "$1" "$2/var/gachette" && shift && exec chroot "$@"'
  return {
    dir,
    sh: (script, other = store) =>
      new Promise((ended, failed) => {
        const child = spawn(
          'unshare',
          ['--mount', 'sh', '-c', mounted, 'sh', other, dir, '/bin/sh', '-c', `exec 2>&1\n${script}`],
          { stdio: ['ignore', 'pipe', 'inherit'], env: IN_ROOT },
        )
        let text = ''
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        child.once('error', failed)
        child.once('close', (code) => ended({ exitCode: code ?? -1, text }))
      }),
    source: (...lines) =>
      writeFileSync(join(dir, 'etc/apt/sources.list.d/gachette.list'), `${lines.join('\n')}\n`),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

const IN_ROOT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  DEBIAN_FRONTEND: 'noninteractive',
  LC_ALL: 'C.UTF-8',
}

function baseOf(release: Release): string {
  const base = join(homedir(), `.cache/gachette-tests/apt-${release}-1.tar`)
  if (existsSync(base)) return base
  mkdirSync(join(base, '..'), { recursive: true })
  const fresh = `${base}.${process.pid}.tar`
  const argv = ['-q', '--variant=apt', '--include=ca-certificates', release, fresh]
  // Its own mirror: the one of this machine's release may not have the others.
  execFileSync('mmdebstrap', [...argv, 'http://deb.debian.org/debian'])
  renameSync(fresh, base)
  return base
}
