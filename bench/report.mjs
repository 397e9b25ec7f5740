// `npm run build && node bench/report.mjs`: what reporting costs by itself, 300 hosts × 200 lines, each kind of reporter.
import { Writable } from 'node:stream'
import { reporterFor } from '../dist/src/report/index.js'

const HOSTS = 300
const LINES = 200
const hosts = Array.from({ length: HOSTS }, (_, at) => `web${at}`)
const KINDS = { lines: {}, json: { json: true }, terminal: { isTTY: true, color: true } }

class Sponge extends Writable {
  columns = 100
  rows = 40
  bytes = 0
  _write(chunk, _encoding, done) {
    this.bytes += chunk.length
    done()
  }
}

for (const [kind, options] of Object.entries(KINDS)) {
  const streams = { stdout: new Sponge(), stderr: new Sponge() }
  const before = process.cpuUsage()
  const reporter = await reporterFor({ isTTY: false, color: false, streams, ...options })
  await tell(reporter)
  await reporter.end()
  const { user, system } = process.cpuUsage(before)
  console.log(`${kind}: ${Math.round((user + system) / 1000)} ms of CPU, ${streams.stdout.bytes} bytes`)
}

async function tell(reporter) {
  const say = (fact) => reporter.on({ v: 1, time: new Date().toISOString(), ...fact })
  await say({
    type: 'run-started',
    run: 'r',
    dryRun: false,
    hosts,
    steps: [{ task: 'build', text: 'build' }],
  })
  for (const host of hosts) await say({ type: 'step-started', host, step: 0 })
  for (let line = 0; line < LINES; line++) {
    const text = `compiling file ${line} of ${LINES}, with flags as long as flags are\n`
    for (const [command, host] of hosts.entries())
      await say({ type: 'output', host, step: 0, command, stream: 'stdout', text })
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const host of hosts) await say({ type: 'step-ended', host, step: 0, outcome: { type: 'done' }, ms: 1 })
  await say({ type: 'run-ended', exitCode: 0, ms: 1 })
}
