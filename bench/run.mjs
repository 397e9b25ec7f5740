// `npm run bench [ROW …]`: every claim about speed, measured beside real peers in one run, printed as ratios.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build, installPackages, missingPrograms, step } from '../scripts/set-up.mjs'
import { openLab, versionOf } from './lab.mjs'

const PEERS = {
  fab: 'fabric',
  clush: 'clustershell',
  'parallel-ssh': 'pssh',
  ansible: 'ansible-core',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  ip: 'iproute2',
  git: 'git',
  'dpkg-deb': 'dpkg',
  mmdebstrap: 'mmdebstrap',
  'apt-ftparchive': 'apt-utils',
  aptly: 'aptly',
  reprepro: 'reprepro',
}
const ROWS = [
  'list',
  'hosts',
  'commands',
  'quick',
  'prepare',
  'transfer',
  'stack',
  'scale',
  'deploy',
  'latency',
  'hosts1000',
  'interrupt',
]

if (process.getuid?.() !== 0) {
  console.error('bench: needs root, for a network namespace of its own and an sshd in it')
  process.exit(2)
}
if (process.env.GACHETTE_BENCH_INSIDE !== '1') {
  installPackages()
  const missing = missingPrograms(Object.keys(PEERS)).map((program) => PEERS[program])
  if (missing.length > 0) {
    const apt = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=180']
    step('apt-get', [...apt, 'update'])
    step('apt-get', [...apt, '--no-install-recommends', 'install', ...new Set(missing)], {
      DEBIAN_FRONTEND: 'noninteractive',
    })
  }
  if (!process.env.GACHETTE_BENCH_BIN) build()
  // What needs a network is done before there is none.
  if (process.argv.length === 2 || process.argv.includes('deploy'))
    await (await import('./rows/deploy.mjs')).beforehand()
  const again = ['--net', '--', '/bin/sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
  const { status } = spawnSync(
    'unshare',
    [...again, process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: { ...process.env, GACHETTE_BENCH_INSIDE: '1' },
    },
  )
  process.exit(status ?? 1)
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !ROWS.includes(name))
if (unknown.length > 0) {
  console.error(`bench: no row ${unknown.join(', ')}; there are ${ROWS.join(', ')}`)
  process.exit(2)
}
console.log(
  [
    `node ${process.version}`,
    versionOf('ssh', ['-V']),
    versionOf('fab').replace(/^/, 'Fabric: '),
    versionOf('clush'),
    versionOf('git'),
    `${(await import('node:os')).cpus().length} cores, shared with the servers; everything over loopback`,
  ].join(' · '),
)
const lab = await openLab()
const table = []
try {
  for (const name of ROWS.filter((row) => wanted.length === 0 || wanted.includes(row))) {
    const { measure } = await import(`./rows/${name}.mjs`)
    for (const row of await measure(lab)) {
      table.push(row)
      console.log(line(row))
      for (const text of row.table ?? []) console.log(text === '' ? '' : `       ${text}`)
    }
  }
} finally {
  await lab.close()
}
const missed = table.filter(({ ratio, bar, atLeast }) => (atLeast ? ratio < bar : ratio > bar))
console.log(
  missed.length === 0 ? `all ${table.length} bars met` : `${missed.length} of ${table.length} bars missed`,
)
process.exit(missed.length === 0 ? 0 : 1)

function line({ what, ours, peer, ratio, bar, atLeast, unit = '×' }) {
  const met = atLeast ? ratio >= bar : ratio <= bar
  const shown = unit === '×' ? ratio.toFixed(2) : String(ratio)
  return `${met ? 'ok  ' : 'MISS'} ${what}\n       ${shown} ${unit} (bar ${atLeast ? '≥' : '≤'} ${bar})   ours ${ours}   ${peer}`
}
