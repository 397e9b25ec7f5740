import type { RunEvent, RunFact } from '../run/index.ts'
import { cleanLine } from './clean.ts'
import { Narrator } from './narrator.ts'
import { type Paint, paint } from './paint.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { Screen } from './screen.ts'
import { Sink } from './sink.ts'
import { StepLines } from './step-lines.ts'
import { type Told, told } from './told.ts'
import { Tree } from './tree.ts'

/** For people at a terminal: what is said stays, and below it a live picture of hosts × steps is drawn. */
export function terminalReporter(options: ReporterOptions): Reporter {
  const { streams, onReaderGone, color, verbose = false } = options
  const sinks = { stdout: new Sink(streams.stdout, onReaderGone), stderr: new Sink(streams.stderr) }
  const screen = new Screen(sinks)
  let current: Telling | undefined

  return {
    on(event) {
      if (event.type === 'run-started') current = telling(event, { screen, look: paint(color), verbose })
      if (current === undefined) return undefined
      const { lines, tree, voice } = current
      lines.on(event)
      follow(tree, lines, event)
      const said = voice(event)
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
  readonly voice: Voice
}

/** One host's output streams; of several hosts, the last lines are in the picture unless everything is to be seen. */
function telling(
  { hosts, steps, dryRun }: RunFact & { readonly type: 'run-started' },
  { screen, look, verbose }: { readonly screen: Screen; readonly look: Paint; readonly verbose: boolean },
): Telling {
  const isOne = hosts.length === 1
  const isStreamed = isOne || verbose || dryRun
  const prefix = isOne ? () => '' : prefixOf
  const narrator = new Narrator({ paint: look, quiet: false, verbose, prefix })
  const lines = new StepLines(!isStreamed)
  const voice = isStreamed ? streaming(narrator) : folding(narrator, lines)
  return { lines, voice, tree: new Tree(hosts, steps, { screen, paint: look }) }
}

/** What is said of an event for good. */
type Voice = (event: RunEvent) => readonly Told[]

const prefixOf = (host: string): string => `[${cleanLine(host)}] `

/** All output, as it comes. */
const streaming =
  (narrator: Narrator): Voice =>
  (event) =>
    event.type === 'progress' ? [] : narrator.tell(event)

/** Of the output, the last lines of each step that is done; those of a failed one are with its failure. */
const folding =
  (narrator: Narrator, lines: StepLines): Voice =>
  (event) => {
    if (IN_THE_PICTURE.has(event.type)) return []
    const said = narrator.tell(event)
    if (event.type !== 'step-ended' || event.outcome.type !== 'done') return said
    return [
      ...told(
        'stdout',
        lines.whole(event).map((line) => prefixOf(event.host) + line),
      ),
      ...said,
    ]
  }

const IN_THE_PICTURE = new Set<RunEvent['type']>(['step-started', 'output', 'command-ended', 'progress'])

function follow(tree: Tree, lines: StepLines, event: RunEvent): void {
  switch (event.type) {
    case 'step-started':
      tree.start(event)
      break
    case 'command-started':
    case 'progress':
    case 'output':
      tree.show(event, lines.brief(event))
      break
    case 'step-ended':
      tree.finish(event, event.outcome)
  }
}
