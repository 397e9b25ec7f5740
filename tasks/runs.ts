import { defineTask, UsageError } from 'gachette'

const run = { type: 'string', summary: 'its name, the beginning of it, or last', completes: 'run' } as const

export const runs = defineTask({
  summary: 'List the last runs, and what became of them',
  hosts: 'none',
  params: { count: { type: 'number', default: 20, summary: 'how many' } },
  run: () => alone('runs'),
})

export const log = defineTask({
  summary: 'Tell a run once more, or show what one host printed in it',
  hosts: 'none',
  params: {
    run,
    host: { type: 'string', optional: true, summary: 'only what this host printed, as it is' },
    follow: { type: 'boolean', summary: 'and what it prints yet, until the run is over' },
  },
  run: () => alone('log'),
})

export const attach = defineTask({
  summary: 'Take up a run that was interrupted, and bring it to its end',
  hosts: 'none',
  params: { run },
  run: () => alone('attach'),
})

export const cancel = defineTask({
  summary: 'End a run, and what it has left running',
  hosts: 'none',
  params: { run },
  run: () => alone('cancel'),
})

/** The program carries these out itself: they are about runs, and are none. */
function alone(name: string): never {
  throw new UsageError(`${name} is a line of its own, with no other task on it`)
}
