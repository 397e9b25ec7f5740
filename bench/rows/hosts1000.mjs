import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bin, root, seconds } from '../lab.mjs'
import { shareOf } from '../profile.mjs'

const HOSTS = 1000
const COMMAND = 'seq 1 20; sleep 2; seq 21 40'
const LINES = 40
const inside = fileURLToPath(new URL('../inside.mjs', import.meta.url))
const terminal = join(root, 'test/support/at-terminal.py')
// Thousands of the servers' processes want these cores, which on real hosts they would not; a session is a group of
// its own for the scheduler (sched_autogroup), and nice alone does nothing between groups.
const first = ['sh', '-c', 'echo -20 >/proc/self/autogroup 2>/dev/null; exec nice -n -20 "$@"', 'sh']

/** 1,000 hosts, all logged in to at once, 40 lines from each, at a terminal. */
export async function measure(lab) {
  const hosts = Array.from({ length: HOSTS }, (_, at) => `127.1.${Math.floor(at / 250)}.${(at % 250) + 1}`)
  const known = join(lab.dir, 'known_hosts_1000')
  const key = readFileSync(join(lab.dir, 'host.pub'), 'utf8')
  writeFileSync(known, hosts.map((host) => `[${host}]:${lab.port} ${key}`).join(''))
  const argv = ['-c', lab.settings, '--set', `known_hosts=${known}`, '-H', hosts.join(',')]
  const run = [...argv, '--pool', String(HOSTS), '--', COMMAND]

  const report = join(lab.dir, 'inside.json')
  const plain = await atTerminal(['--import', inside, bin, ...run], lab, {
    GACHETTE_BENCH_INSIDE_FILE: report,
  })
  const seen = JSON.parse(readFileSync(report, 'utf8'))
  const counted = await piped([bin, '--json', ...run], lab)
  const profiles = join(lab.dir, 'profiles')
  mkdirSync(profiles)
  await atTerminal(['--cpu-prof', '--cpu-prof-dir', profiles, fileByFile(lab.dir), ...run], lab)
  const [profile] = readdirSync(profiles)
  const [longest] = seen.stops
    .map(({ atMs, wallMs, queuedMs }) => ({ ms: Math.round(wallMs - queuedMs), after: seconds(atMs / 1000) }))
    .sort((one, other) => other.ms - one.ms)
  const percent = shareOf('/dist/src/report/', join(profiles, profile)) * 100
  const events = counted.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const lines = events.reduce(
    (sum, { type, text }) => sum + (type === 'output' ? text.split('\n').length - 1 : 0),
    0,
  )
  return [
    {
      what: `${HOSTS} hosts at once, ${LINES} lines each: hosts that are done`,
      ours: `${done(events)} done, ${lines} lines in ${seconds(plain.wall)}, ${seconds(seen.cpuMs / 1000)} of CPU`,
      peer: '',
      ratio: lines === HOSTS * LINES && plain.code === 0 ? done(events) : 0,
      bar: HOSTS,
      atLeast: true,
      unit: 'hosts',
    },
    {
      what: `${HOSTS} hosts at once: most memory (RSS of the process)`,
      ours: `${Math.round(seen.rssMiB)} MiB`,
      peer: '',
      ratio: Math.round(seen.rssMiB),
      bar: 300,
      unit: 'MiB',
    },
    {
      what: `${HOSTS} hosts at once: the longest the event loop stood still, time in the scheduler's queue not counted`,
      ours: `${longest?.ms ?? 0} ms, after ${longest?.after ?? ''}`,
      peer: '',
      ratio: longest?.ms ?? 0,
      bar: 100,
      unit: 'ms',
    },
    {
      what: `${HOSTS} hosts at once: the renderer's part of the CPU (profile of its own run)`,
      ours: `${percent.toFixed(1)} %`,
      peer: '',
      ratio: Number(percent.toFixed(1)),
      bar: 5,
      unit: '%',
    },
  ]
}

/** The program compiled file by file, so that a profile tells the rooms apart; answers its bin.js. */
function fileByFile(dir) {
  const to = join(dir, 'file-by-file')
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', root, '--outDir', join(to, 'dist')], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('the program does not compile')
  cpSync(join(root, 'package.json'), join(to, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'))
  return join(to, 'dist/src/bin.js')
}

const done = (events) =>
  events.filter(({ type, outcome }) => type === 'step-ended' && outcome.type === 'done').length

/** The program at a terminal of 120 × 40. */
const atTerminal = (argv, lab, env) =>
  ended([...['python3', terminal, '120', '40'], ...first, process.execPath, ...argv], lab, {
    TERM: 'xterm',
    ...env,
  })

const piped = (argv, lab) => ended([...first, process.execPath, ...argv], lab)

async function ended([program, ...argv], lab, env = {}) {
  const since = performance.now()
  const child = spawn(program, argv, { env: { ...lab.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  child.stdin.destroy()
  return { code, stdout, wall: (performance.now() - since) / 1000 }
}
