import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Debian of a test's own, in a folder; needs root. */
export interface DebianRoot {
  readonly dir: string
  /** Runs a shell script in it, as root; answers stdout, throws with all output when it fails. */
  sh(script: string, ...args: readonly string[]): string
  /** Starts its systemd; ends with `remove`. */
  boot(): Promise<void>
  /** Runs a shell script in the booted one. */
  live(script: string): string
  remove(): Promise<void>
}

/** Kept between runs of the tests; the number changes when the packages do. */
const BASE = join(homedir(), '.cache/gachette-tests/bookworm-systemd-2.tar')
const PACKAGES = 'systemd-sysv,dbus,python3,python3-venv'

export function debianRoot(): DebianRoot {
  base()
  const dir = mkdtempSync(join(tmpdir(), 'gachette-root-'))
  execFileSync('tar', ['-C', dir, '--exclude=./dev/*', '-xf', BASE])
  const machine = `gachette${process.pid}${Math.floor(performance.now())}`
  let leader: number | undefined
  const run = (argv: readonly string[], script: string, args: readonly string[] = []): string => {
    const [program = '', ...rest] = argv
    return execFileSync(program, [...rest, '/bin/sh', '-c', `exec 2>&1\n${script}`, 'sh', ...args], {
      encoding: 'utf8',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    })
  }
  return {
    dir,
    sh: (script, ...args) =>
      run(['chroot', dir], `[ -e /dev/null ] || mknod -m 666 /dev/null c 1 3 2>&-\n${script}`, args),
    async boot() {
      const child = spawn(
        'systemd-nspawn',
        ['-q', '-b', '-D', dir, '--register=no', '--keep-unit', '--private-network', `--machine=${machine}`],
        { stdio: 'ignore' },
      )
      leader = child.pid
      const until = Date.now() + 30_000
      for (;;) {
        try {
          run(inside(), 'systemctl is-system-running --wait | grep -qE "running|degraded"')
          return
        } catch (error) {
          if (Date.now() > until) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    },
    live: (script) => run(inside(), script),
    async remove() {
      if (leader !== undefined) {
        process.kill(leader, 'SIGKILL')
        execFileSync('sh', [
          '-c',
          `while kill -0 ${leader} 2>/dev/null && ! grep -q "State:.*Z" /proc/${leader}/status; do sleep 0.05; done`,
        ])
      }
      rmSync(dir, { recursive: true, force: true })
    },
  }

  /** Into the namespaces of the booted systemd, which is nspawn's only child. */
  function inside(): string[] {
    const init = execFileSync('pgrep', ['-P', String(leader)], { encoding: 'utf8' })
      .trim()
      .split('\n')[0]
    return ['nsenter', '-t', init ?? '', '-m', '-u', '-i', '-n', '-p', '-C', '--']
  }
}

function base(): void {
  if (existsSync(BASE)) return
  mkdirSync(join(BASE, '..'), { recursive: true })
  const fresh = `${BASE}.${process.pid}`
  execFileSync('mmdebstrap', ['-q', '--variant=apt', `--include=${PACKAGES}`, 'bookworm', `${fresh}.tar`])
  renameSync(`${fresh}.tar`, BASE)
}
