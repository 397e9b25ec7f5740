import type { RunEvent, RunFact } from '../run/index.ts'
import { Folding } from './folding.ts'
import { Narrator } from './narrator.ts'
import { paint } from './paint.ts'
import { prefixOf, prefixWithoutHost } from './place-name.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { Screen } from './screen.ts'
import { seatsOf } from './seats.ts'
import { Sink } from './sink.ts'
import { StepLines } from './step-lines.ts'
import { Streamed } from './streamed.ts'
import { Tree } from './tree.ts'

/** For people at a terminal: what is said stays, and below it a live picture of hosts × steps is drawn. */
export function terminalReporter(options: ReporterOptions): Reporter {
  const { streams, onReaderGone } = options
  const sinks = { stdout: new Sink(streams.stdout, onReaderGone), stderr: new Sink(streams.stderr) }
  const screen = new Screen(sinks)
  let current: Telling | undefined

  return {
    on(event) {
      if (event.type === 'run-started') current = telling(event, screen, options)
      if (current === undefined) return undefined
      const { lines, tree, narrator, seats } = current
      const own = seats(event)
      lines.on(own)
      follow(tree, own)
      // How far a transfer is, is in the picture.
      const said = event.type === 'progress' ? [] : narrator.tell(event)
      if (event.type === 'step-ended') lines.forget(event)
      return screen.write(said)
    },
    async end() {
      await current?.tree.end()
      await screen.end()
    },
    hold: () => screen.hold(),
  }
}

interface Telling {
  readonly lines: StepLines
  readonly tree: Tree
  readonly narrator: Narrator
  readonly seats: (event: RunEvent) => RunEvent
}

/** Of a group of more lines than this, the last ones stay on the screen. */
const MOST_LINES = 20

/** One host's output streams; of several hosts, the last lines are in the picture unless everything is to be seen. */
function telling(
  { hosts, steps, dryRun }: RunFact & { readonly type: 'run-started' },
  screen: Screen,
  { color, verbose = false, fold = false, rerun }: ReporterOptions,
): Telling {
  const look = paint(color)
  const isOne = hosts.length === 1
  const isStreamed = isOne || verbose || dryRun
  const prefix = isOne ? prefixWithoutHost : prefixOf
  const lines = new StepLines(!isStreamed)
  const narrator = new Narrator({
    paint: look,
    quiet: false,
    verbose,
    prefix,
    speech: isStreamed
      ? new Streamed(look, prefix)
      : new Folding(lines, { paint: look, most: fold ? Infinity : MOST_LINES }),
    hasHeadings: isStreamed,
    ...(rerun === undefined ? {} : { rerun }),
  })
  const brief = (id: Parameters<StepLines['brief']>[0]) => lines.brief(id)
  return {
    lines,
    narrator,
    seats: seatsOf(steps),
    tree: new Tree(hosts, steps, { screen, paint: look, lines: brief }),
  }
}

/** In the picture a host that is conducted from here has the step as its own. */
function follow(tree: Tree, own: RunEvent): void {
  if (own.type === 'host-concluded') tree.conclude(own, own.is)
  else if (own.type === 'step-ended') tree.finish(own, own.outcome)
  else if (own.type === 'step-started' || own.type === 'command-started') tree.start(own)
}
