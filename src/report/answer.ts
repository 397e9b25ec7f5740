import { jsonText } from '../run/index.ts'
import { cleanLines } from './clean.ts'
import { Narrator } from './narrator.ts'
import { paint } from './paint.ts'
import { prefixOf } from './place-name.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { Sink } from './sink.ts'
import { Streamed } from './streamed.ts'
import { told } from './told.ts'

/**
 * For tasks that only answer: what they answer is all of stdout, as text (of several hosts, with the host in front of
 * each line) or as one JSON document (the answer of one step on one host as it is; several as a list of
 * `{host, task, result}`). What failed is on stderr.
 */
export function answerReporter(
  options: ReporterOptions,
  textOf: NonNullable<ReporterOptions['answer']>,
): Reporter {
  const { streams, onReaderGone, color, json = false, verbose = false } = options
  const look = paint(color)
  const speech = new Streamed(look, prefixOf)
  const failures = new Narrator({
    paint: look,
    quiet: true,
    verbose,
    prefix: prefixOf,
    speech,
    hasHeadings: false,
  })
  const stdout = new Sink(streams.stdout, () => {
    failures.hush()
    onReaderGone?.()
  })
  const stderr = new Sink(streams.stderr)
  const answers: { readonly host: string; readonly task: string; readonly result: unknown }[] = []
  let tasks: readonly string[] = []
  let isOneHost = true
  let steps = 0
  return {
    on(event) {
      for (const { text } of failures.tell(event)) stderr.write(text)
      if (event.type === 'run-started') {
        tasks = event.steps.map(({ task }) => task)
        isOneHost = event.hosts.length === 1
      }
      if (event.type !== 'step-ended') return
      steps++
      const { host, step, result, outcome } = event
      // A program wants what was found of a task that failed for it; people have read it in the failure.
      const isAnswered = outcome.type === 'done' || (outcome.type === 'failed' && outcome.answered === true)
      if (!isAnswered && (!json || result === undefined)) return
      if (json) answers.push({ host, task: tasks[step] ?? '', result })
      else write(textOf(result, step), isOneHost ? '' : prefixOf({ host }))
    },
    async end() {
      const [only] = answers
      const answer = steps === 1 ? only?.result : answers
      if (json && answer !== undefined) stdout.write(`${jsonText(answer, 2)}\n`)
      await Promise.all([stdout.flush(), stderr.flush()])
    },
    hold: () => () => undefined,
  }

  function write(text: string, before: string): void {
    const lines = cleanLines(text.replace(/\n$/, '')).map((line) => before + line)
    for (const whole of told('stdout', lines)) stdout.write(whole.text)
  }
}
