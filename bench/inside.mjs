// For `node --import`: the longest times a program's event loop stood still, and what it used, written to
// $GACHETTE_BENCH_INSIDE_FILE at its end.
import { readFileSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

const EVERY_MS = 2
const file = process.env.GACHETTE_BENCH_INSIDE_FILE
// Of the main thread: nanoseconds on a core, nanoseconds spent waiting for one (Documentation/scheduler/sched-stats).
const schedule = `/proc/${process.pid}/task/${process.pid}/schedstat`

if (file) {
  // Not the children's: they may be node as well.
  delete process.env.GACHETTE_BENCH_INSIDE_FILE
  const stops = []
  let then = glance()
  const look = () => {
    const now = glance()
    const wallMs = now.wallMs - then.wallMs - EVERY_MS
    if (wallMs > 20)
      stops.push({
        atMs: then.wallMs,
        wallMs,
        cpuMs: now.cpuMs - then.cpuMs,
        queuedMs: now.queuedMs - then.queuedMs,
      })
    then = now
  }
  setInterval(look, EVERY_MS).unref()
  process.on('exit', () => {
    look()
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const used = { rssMiB: maxRSS / 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 }
    writeFileSync(file, JSON.stringify({ stops, ...used }))
  })
}

function glance() {
  const [onCore = 0, queued = 0] = readFileSync(schedule, 'utf8').split(' ').map(Number)
  return { wallMs: performance.now(), cpuMs: onCore / 1e6, queuedMs: queued / 1e6 }
}
