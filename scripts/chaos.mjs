// `npm run chaos [-- --seed N --rounds N --round N --usual MS --lanes N]`: faults at random moments of a `quick` over three hosts, and
// after each what must be true. The rounds follow from the seed; what went wrong is printed with the line that repeats it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { playRound } from './chaos/round.mjs'
import { openLane, openStage } from './chaos/scene.mjs'
import { build, installPackages, missingPrograms, root } from './set-up.mjs'

const FAKETIME = `/usr/lib/${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch]}-linux-gnu/faketime/libfaketimeMT.so.1`
const NEEDS = {
  sshd: 'openssh-server',
  unshare: 'util-linux',
  ip: 'iproute2',
  git: 'git',
  'dpkg-deb': 'dpkg',
  xz: 'xz-utils',
}

const number = (text, name) => {
  if (!/^\d+$/.test(text)) quit(`--${name} wants a number, and not ${text}`)
  return Number(text)
}
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    rounds: { type: 'string', default: '200' },
    round: { type: 'string' },
    usual: { type: 'string' },
    lanes: { type: 'string', default: String(Math.max(2, availableParallelism())) },
    bin: { type: 'string' },
  },
})
const seed = number(values.seed, 'seed')
const lanes = number(values.lanes, 'lanes')
const rounds = values.round
  ? [number(values.round, 'round')]
  : Array.from({ length: number(values.rounds, 'rounds') }, (_, at) => at + 1)

if (process.getuid?.() !== 0) quit('needs root: for namespaces of its own, and small disks in them')
if (process.env.GACHETTE_CHAOS_INSIDE !== '1') enterNamespaces()

console.log(`seed ${seed}, ${rounds.length} rounds, ${lanes} side by side`)
const stage = await openStage({
  bin: values.bin ?? join(root, 'dist/src/bin.js'),
  faketime: existsSync(FAKETIME) ? FAKETIME : undefined,
})
if (!stage.faketime)
  console.log('no libfaketime (apt-get install faketime): the clocks of the hosts do not jump')
// Three hosts build side by side, and so do the other lanes. Moments are parts of this.
const usualMs = values.usual ? number(values.usual, 'usual') : Math.round(stage.aloneMs * 1.6)
const since = performance.now()
const queue = [...rounds]
let failed = 0
await Promise.all(Array.from({ length: Math.min(lanes, rounds.length) }, (_, at) => playLane(at + 1)))
stage.close()
const took = Math.round((performance.now() - since) / 1000)
console.log(`${rounds.length - failed} of ${rounds.length} rounds as they must be, in ${took} s`)
process.exit(failed === 0 ? 0 : 1)

async function playLane(at) {
  const lane = await openLane(stage, at)
  for (let number = queue.shift(); number !== undefined; number = queue.shift()) {
    const { text, ms, violations } = await playRound(stage, lane, { seed, number, usualMs })
    console.log(
      `${violations.length === 0 ? 'ok  ' : 'WRONG'} ${number}: ${text} (${(ms / 1000).toFixed(1)} s)`,
    )
    if (violations.length === 0) continue
    failed += 1
    for (const violation of violations) console.log(`       ${violation}`)
    console.log(`       again:  npm run chaos -- --seed ${seed} --usual ${usualMs} --round ${number}`)
  }
  await lane.close()
}

/** Network, mounts and processes of its own: whatever happens to this program, nothing of it stays. */
function enterNamespaces() {
  const missing = missingPrograms(Object.keys(NEEDS)).map((program) => NEEDS[program])
  if (missing.length > 0) quit(`needs ${missing.join(', ')}:  apt-get install ${missing.join(' ')}`)
  if (!values.bin) {
    installPackages()
    build()
  }
  const flags = [
    '--net',
    '--mount',
    '--propagation',
    'private',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ]
  const inside = [
    '/bin/sh',
    '-c',
    'ip link set lo up && exec "$@"',
    'sh',
    process.execPath,
    fileURLToPath(import.meta.url),
  ]
  const { status } = spawnSync(
    'unshare',
    [...flags, '--', ...inside, ...process.argv.slice(2), '--seed', String(seed)],
    {
      stdio: 'inherit',
      env: { ...process.env, GACHETTE_CHAOS_INSIDE: '1' },
    },
  )
  process.exit(status ?? 1)
}

function quit(why) {
  console.error(`chaos: ${why}`)
  process.exit(2)
}
