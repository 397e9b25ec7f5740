import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { faultyProxy } from './proxy.mjs'

const DISK = '48m'

/**
 * A host of the scene: an sshd in a mount namespace of its own, where the folder `here`, the same for all hosts, is this
 * one's disk; and a proxy before it, which is where everybody connects to.
 */
export async function openHost({ dir, here, name, address, port, keys, faketime }) {
  const disk = join(dir, 'disks', name)
  mkdirSync(disk, { recursive: true })
  run('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=0755`, 'tmpfs', disk])
  const holder = spawn(
    'unshare',
    [
      '--mount',
      '--',
      'sh',
      '-c',
      'mount --bind "$1" "$2" && echo ready && exec sleep infinity',
      'sh',
      disk,
      here,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await new Promise((ready) => holder.stdout.once('data', ready))
  const namespace = readlinkSync(`/proc/${holder.pid}/ns/mnt`)
  const clock = join(dir, `${name}.clock`)
  writeFileSync(clock, '+0\n')
  const env = [
    `HOME=${here}/home`,
    ...(faketime
      ? [
          `LD_PRELOAD=${faketime}`,
          `FAKETIME_TIMESTAMP_FILE=${clock}`,
          'FAKETIME_NO_CACHE=1',
          // The kernel stamps files with its own clock; shown in another one they could not be set to a time.
          'NO_FAKE_STAT=1',
          'FAKETIME_DONT_FAKE_MONOTONIC=1',
        ]
      : []),
  ]
  for (const kind of ['plain', 'clock']) {
    writeFileSync(
      join(dir, `${name}.sshd-${kind}`),
      [
        `HostKey ${keys.host}`,
        `AuthorizedKeysFile ${keys.id}.pub`,
        'PidFile none',
        'StrictModes no',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'UsePAM no',
        'UseDNS no',
        'MaxStartups 1000',
        'PermitRootLogin yes',
        'ClientAliveInterval 2',
        'ClientAliveCountMax 3',
        `SetEnv ${(kind === 'clock' ? env : env.slice(0, 1)).join(' ')}`,
        '',
      ].join('\n'),
    )
  }
  const proxy = await faultyProxy(address, port, port + 1)

  const processes = () =>
    readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== holder.pid)
      .flatMap((pid) => seen(Number(pid), namespace) ?? [])
  const commands = () => processes().filter(({ name: program }) => !/^sshd/.test(program))

  return {
    name,
    disk,
    proxy,
    target: `${address}:${port}`,
    /** Starts its sshd; with `clock`, what it runs may be told another time. */
    async start(kind = 'plain') {
      const argv = [
        '/usr/sbin/sshd',
        '-D',
        '-E',
        join(dir, `${name}.log`),
        '-f',
        join(dir, `${name}.sshd-${kind}`),
      ]
      const listen = ['-p', String(port + 1), '-o', `ListenAddress=${address}`]
      // In a session of its own: a killed sshd takes nobody along.
      const inside = ['-t', String(holder.pid), '-m', '--', ...argv, ...listen]
      spawn('nsenter', inside, { stdio: 'ignore', detached: true }).unref()
      for (let tries = 0; !(await answers(address, port + 1)); tries++) {
        if (tries > 500) throw new Error(`the sshd of ${name} does not start: see ${name}.log`)
        await pause(10)
      }
    },
    /** Ends the sshd and those of its connections, and nothing else. */
    killSshd() {
      for (const { pid, name: program } of processes()) if (/^sshd/.test(program)) kill(pid)
    },
    /** What runs there besides sshd: `{pid, name, line, job}`. */
    commands,
    async killAll() {
      for (let left = processes(); left.length > 0; left = processes()) {
        for (const { pid } of left) kill(pid)
        await pause(5)
      }
    },
    /** Sets the clock of what is run there, by so many seconds. */
    jump(seconds) {
      writeFileSync(clock, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`)
    },
    /** Takes all space of its disk but so many KiB. */
    fill(leaveKiB) {
      const { bavail, bsize } = statfsSync(disk)
      const bytes = bavail * bsize - leaveKiB * 1024
      if (bytes > 0) spawnSync('fallocate', ['-l', String(bytes), join(disk, 'filler')])
    },
    free: () => rmSync(join(disk, 'filler'), { force: true }),
    /** Its disk becomes a copy of a folder. */
    reset(base) {
      for (const each of readdirSync(disk)) rmSync(join(disk, each), { recursive: true, force: true })
      if (base) cpSync(base, disk, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
      mkdirSync(join(disk, 'home'), { recursive: true })
      writeFileSync(clock, '+0\n')
    },
    async close() {
      proxy.close()
      await this.killAll()
      kill(holder.pid)
      spawnSync('umount', ['-l', disk])
    },
  }
}

function seen(pid, namespace) {
  try {
    if (readlinkSync(`/proc/${pid}/ns/mnt`) !== namespace) return undefined
    if (/^\S+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return undefined
    const job = /(?:^|\0)gachette_job=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1]
    const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
    return {
      pid,
      name: readFileSync(`/proc/${pid}/comm`, 'latin1').trim(),
      line,
      job: job?.split('/').at(-1),
    }
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

function answers(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      socket.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })
}

function run(program, argv) {
  const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${stderr}`)
}
