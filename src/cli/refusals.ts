import { didYouMean, printable, quote, UsageError } from '../shell/index.ts'
import { capacityOf, dashed, findTask, type TaskDescription, unknownParam } from '../task/index.ts'
import type { GlobalFlag } from './options.ts'
import { parseTaskWord, taskWord } from './task-word.ts'

/** The error for what looks like a global flag and is none. */
export function unknownFlag(word: string, flags: readonly GlobalFlag[]): UsageError {
  return new UsageError(`there is no option ${printable(word)}`, {
    hint:
      didYouMean(
        word,
        flags.map(({ long }) => long),
      ).hint ?? 'gachette --help shows the options',
  })
}

/** The error for an option that is neither the task's nor a global one. */
export function unknownOption(task: TaskDescription, word: string, flags: readonly GlobalFlag[]): UsageError {
  if (!word.startsWith('--')) return unknownFlag(word, flags)
  const typed = word.split('=', 1)[0] ?? word
  const known = [
    ...Object.keys(task.params).map((name) => `--${dashed(name)}`),
    ...flags.map(({ long }) => long),
  ]
  const { hint } = didYouMean(typed, known)
  return hint === undefined
    ? unknownParam(task.name, task.params, typed.slice(2))
    : new UsageError(`${task.name}: there is no option ${printable(typed)}`, { hint })
}

/** Refuses surplus words that name tasks: somebody wants several tasks, and is shown the line to type. */
export function refuseSurplusTasks(
  task: TaskDescription,
  positional: readonly string[],
  tasks: readonly TaskDescription[],
): void {
  const specs = Object.values(task.params)
  if (positional.length <= specs.length || specs.at(-1)?.type === 'list') return
  const surplus = positional.slice(specs.length)
  if (findTask(tasks, parseTaskWord(surplus[0] ?? '').name) === undefined) return
  const line: string[] = []
  let current: string[] = [task.name, ...positional.slice(0, specs.length)]
  const close = () => line.push(quote(taskWord(current[0] ?? '', current.slice(1))))
  for (const word of surplus) {
    const { name } = parseTaskWord(word)
    if (findTask(tasks, name) === undefined) current.push(word)
    else {
      close()
      current = word.includes(':') ? [name, ...parseTaskWord(word).args] : [word]
    }
  }
  close()
  throw new UsageError(
    `${capacityOf(task.name, task.params)}, and ${printable(surplus[0] ?? '')} is a task`,
    {
      hint: `several tasks on a line are written\ngachette ${line.join(' ')}`,
    },
  )
}
