import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { eventsOf, faultOfLines, packagesOf, printedBy, strayInPool } from './checks.mjs'
import { dice } from './dice.mjs'
import { drawFaults, faultText } from './faults.mjs'
import { LINE, LINES, sumOf } from './scene.mjs'

const PATIENCE_MS = 60_000
const SETTLED_WITHIN_MS = 12_000

/** Plays one round: answers `{text, ms, violations}`. */
export async function playRound(stage, lane, { seed, number, usualMs }) {
  const about = dice(Math.imul(seed, 0x9e3779b1) + number)
  const faults = drawFaults(about, { usualMs, hosts: lane.hosts })
  const home = join(stage.dir, 'homes', `${number}`)
  const violations = []
  const wrong = (text) => void violations.push(text)
  const since = performance.now()
  for (const host of lane.hosts) {
    await host.killAll()
    host.proxy.heal()
    host.reset(stage.base)
    host.kind = faults.some(({ kind, hosts }) => kind === 'clock' && hosts.includes(host)) ? 'clock' : 'plain'
    await host.start(host.kind)
  }

  const struck = await runUnder(faults, lane, { home, wrong })
  const { ended } = struck
  await checkStruck(struck, { stage, lane, faults, wrong })
  for (const host of lane.hosts) {
    host.proxy.heal()
    host.free()
  }
  const told = []
  // A signal may come when all is said: then there is nothing to go on with.
  const isOver = struck.events.at(-1)?.type === 'run-ended'
  if (struck.run !== undefined && ended.exitCode === null && !isOver && about.chance(0.6)) {
    const attached = await within(lane.start(['--json', 'attach', struck.run], { home }), wrong, 'attach')
    told.push(`attach → ${attached.exitCode}`)
    if (attached.exitCode !== 0) wrong(`attach answered ${attached.exitCode}: ${tail(attached)}`)
    else await checkAttached(struck.run, { lane, home, wrong })
  }
  const next = await within(lane.start([...lane.over(), '--json', ...LINE], { home }), wrong, 'the next run')
  if (next.exitCode !== 0) wrong(`the next run answered ${next.exitCode}: ${tail(next)}`)
  await checkPlain(next, { stage, lane, wrong })
  rmSync(home, { recursive: true, force: true })
  const how = ended.exitCode ?? ended.signal
  const text = `${faults.map(faultText).join(', ')} → ${how}${told.map((each) => `; ${each}`).join('')}`
  return { text, ms: performance.now() - since, violations }
}

/** Runs the program while the faults come; answers what it said. */
async function runUnder(faults, lane, { home, wrong }) {
  const started = lane.start([...lane.over(), '--json', ...LINE], { home })
  const timers = []
  const pending = []
  const after = (ms, act) =>
    timers.push(
      setTimeout(() => {
        pending.push(Promise.resolve().then(act))
      }, ms),
    )
  for (const fault of faults)
    after(fault.atMs, () =>
      fault.strike({ child: started.child, later: (ms, act) => undone.push([ms, act]) && after(ms, act) }),
    )
  const undone = []
  const ended = await within(started, wrong, 'the run')
  for (const timer of timers) clearTimeout(timer)
  await Promise.all(pending)
  // What was to be over later is over now.
  for (const [, act] of undone) await act()
  const events = eventsOf(ended.stdout)
  return { ended, events, run: events.find(({ type }) => type === 'run-started')?.run }
}

async function within({ child, ended }, wrong, what) {
  const timer = setTimeout(() => {
    wrong(`${what} has not ended after ${PATIENCE_MS / 1000} s`)
    child.kill('SIGKILL')
  }, PATIENCE_MS)
  const said = await ended
  clearTimeout(timer)
  if (/fault of gachette|^\s+at .+:\d+|gachette-[0-9a-f]{24}/m.test(said.stderr))
    wrong(`${what} said: ${tail(said)}`)
  return said
}

/** What the program said of those steps that are not done, and of the run. */
function tail({ stdout, stderr }) {
  const ends = eventsOf(stdout).filter(
    ({ type, outcome }) => type === 'step-ended' && outcome.type !== 'done',
  )
  const steps = ends.map(
    ({ host, outcome }) => `${host} ${outcome.type}: ${outcome.message ?? ''} (${outcome.hint ?? ''})`,
  )
  return [...steps, stderr.trim().slice(-400)].join(' | ')
}

/** What must be true as soon as the run that was struck has ended. */
async function checkStruck({ ended, events }, { stage, lane, faults, wrong }) {
  const { exitCode, signal } = ended
  const steps = new Map(
    events.filter(({ type }) => type === 'step-ended').map((event) => [event.host, event]),
  )
  const last = events.at(-1)
  const signals = faults.flatMap((fault) => fault.signal ?? [])
  if (exitCode === null && !signals.includes(signal)) wrong(`ended by ${signal}, which nobody sent`)
  if (exitCode !== null && events.length > 0) {
    if (last.type !== 'run-ended') wrong(`the last event is ${last.type}`)
    else if (last.exitCode !== exitCode) wrong(`exit code ${exitCode}, and ${last.exitCode} in the events`)
    if (steps.size !== lane.hosts.length) wrong(`${steps.size} steps have an end`)
  }
  const outcomes = [...steps.values()].map(({ outcome }) => outcome)
  const isAllDone = outcomes.length === lane.hosts.length && outcomes.every(({ type }) => type === 'done')
  if ((exitCode === 0) !== isAllDone && exitCode !== null && exitCode !== 130)
    wrong(`exit code ${exitCode}, and the steps: ${outcomes.map(({ type }) => type).join(', ')}`)
  if (outcomes.some(({ code }) => code === 'fault')) wrong(`a fault: ${JSON.stringify(outcomes)}`)
  for (const host of lane.hosts) {
    const outcome = steps.get(host.target)?.outcome
    checkStack(host, stage, wrong, outcome?.type === 'done' ? ['new'] : ['old', 'new'])
    const isSpared = signals.length === 0 && faults.every(({ hosts }) => !hosts.includes(host))
    if (isSpared && outcome?.type !== 'done')
      wrong(`${host.name} was spared and is ${JSON.stringify(outcome)}`)
    const to = outcome?.type === 'done' ? LINES : undefined
    const fault = faultOfLines(printedBy(events, host.target), { sumOf, to })
    if (fault) wrong(`${host.name}, ${outcome?.type}: ${fault}`)
    const mayLive = exitCode === null || isUnsure(outcome)
    await checkProcesses(host, wrong, mayLive ? 'jobs may live' : 'none may live')
  }
}

/** Whether the program itself says that something may still run there. */
const isUnsure = (outcome) =>
  outcome?.type === 'lost' ||
  outcome?.type === 'unreachable' ||
  ['unknown', 'running'].includes(outcome?.remote?.type)

function checkStack(host, stage, wrong, allowed) {
  try {
    const now = JSON.stringify(packagesOf(host.disk))
    const which =
      now === JSON.stringify(stage.after) ? 'new' : now === JSON.stringify(stage.before) ? 'old' : now
    if (!allowed.includes(which))
      wrong(`${host.name}: the stack is ${which}, and not ${allowed.join(' or ')}`)
    const stray = strayInPool(host.disk)
    if (stray.length > 0) wrong(`${host.name}: the pool holds ${stray.join(', ')}`)
  } catch (error) {
    wrong(`${host.name}: the stack is not whole: ${error.message}`)
  }
}

async function checkProcesses(host, wrong, rule) {
  const left = () => host.commands().filter(({ job }) => rule === 'none may live' || job === undefined)
  const until = performance.now() + SETTLED_WITHIN_MS
  while (left().length > 0 && performance.now() < until) await pause(50)
  if (left().length > 0)
    wrong(
      `${host.name}: still running: ${left()
        .map(({ pid, line }) => `${pid} ${line.slice(0, 160)}`)
        .join(' | ')}`,
    )
}

/** An attached run: its log of each host has every line of the build once. */
async function checkAttached(run, { lane, home, wrong }) {
  for (const host of lane.hosts) {
    const { stdout, exitCode } = await lane.start(['log', run, host.target], { home }).ended
    if (exitCode !== 0) wrong(`log ${run} ${host.target} answered ${exitCode}`)
    const fault = faultOfLines(stdout, { sumOf, to: LINES })
    if (fault) wrong(`${host.name}, log after attach: ${fault}`)
  }
}

/** A run that nothing happened to: everything is new and nothing is left. */
async function checkPlain({ stdout }, { stage, lane, wrong }) {
  const events = eventsOf(stdout)
  for (const host of lane.hosts) {
    checkStack(host, stage, wrong, ['new'])
    const fault = faultOfLines(printedBy(events, host.target), { sumOf, from: null })
    if (fault) wrong(`${host.name}, next run: ${fault}`)
    await checkProcesses(host, wrong, 'none may live')
  }
}
