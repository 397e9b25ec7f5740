import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gachette, inTurn, seconds, time } from '../lab.mjs'
import { handWritten, plainApp } from '../plain-app.mjs'

const ROUND_TRIP_MS = 100
const ADDRESS = '127.0.1.200'
const PORT = 22023
const RUNS = 10
const far = fileURLToPath(new URL('../far.mjs', import.meta.url))

/** A host 100 ms away: `quick` against one hand-written script over ssh, and a task of ten commands against ControlMaster. */
export async function measure(lab) {
  const key = readFileSync(join(lab.dir, 'host.pub'), 'utf8')
  appendFileSync(join(lab.dir, 'known_hosts'), `[${ADDRESS}]:${PORT} ${key}`)
  const argv = [far, ADDRESS, String(PORT), String(lab.port), String(ROUND_TRIP_MS)]
  const proxy = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((ready) => proxy.stdout.once('data', ready))
  try {
    return [quickRow(lab), tenRow(lab)]
  } finally {
    proxy.kill()
  }
}

const ssh = (lab, ...options) => ['ssh', '-F', lab.sshConfig, '-p', String(PORT), ...options, ADDRESS]

const ours = (lab, args, options) => gachette(lab, ['-H', `root@${ADDRESS}:${PORT}`, ...args], options).wall

function quickRow(lab) {
  const repository = join(lab.dir, 'far-app')
  const { commit } = plainApp(repository)
  const script = handWritten(repository, join(lab.dir, 'far-by-hand'))
  const byHand = () => time([...ssh(lab), 'sh', '-s'], { env: lab.env, input: script }).wall
  const quick = () => ours(lab, [`quick:0.0.2,far-app,main,file://${repository}`])
  ours(lab, ['stack_create:0.0.2'])
  quick()
  byHand()
  const wall = inTurn(7, { ours: () => commit() ?? quick(), peer: () => commit() ?? byHand() })
  return {
    what: `${ROUND_TRIP_MS} ms away: quick of a new commit, warm mirror / one hand-written \`ssh host sh -s\``,
    ours: seconds(wall.ours),
    peer: `by hand ${seconds(wall.peer)}`,
    ratio: wall.ours / wall.peer,
    bar: 1.4,
  }
}

function tenRow(lab) {
  const project = join(lab.dir, 'ten')
  mkdirSync(project)
  writeFileSync(
    join(project, 'gachette.tasks.ts'),
    `import { defineTask } from 'gachette'\nexport const ten = defineTask({ summary: 'Ten commands', params: {}, async run({ run }) { for (let n = 0; n < ${RUNS}; n++) await run\`true \${n}\` } })\n`,
  )
  const socket = join(lab.dir, 'far.sock')
  const shared = ssh(lab, '-S', socket).join(' ')
  const script = `${shared} -M -N -f; n=0; while [ $n -lt ${RUNS} ]; do ${shared} true $n </dev/null || exit; n=$((n+1)); done; ${shared} -O exit 2>/dev/null`
  const wall = inTurn(7, {
    ours: () => ours(lab, ['--quiet', 'ten'], { cwd: project }),
    peer: () => time(['sh', '-c', script], { env: lab.env }).wall,
  })
  return {
    what: `${ROUND_TRIP_MS} ms away: a task of ${RUNS} commands / OpenSSH over ControlMaster, its start included`,
    ours: seconds(wall.ours),
    peer: `ControlMaster ${seconds(wall.peer)}`,
    ratio: wall.ours / wall.peer,
    bar: 1,
  }
}
