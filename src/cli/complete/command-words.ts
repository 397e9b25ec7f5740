import type { Candidate } from './complete.ts'

/** The words of the command line that are no tasks. */
export const COMMAND_WORDS: readonly Candidate[] = [
  { value: 'help', summary: 'help on a task' },
  { value: 'init', summary: 'write a .gachetterc and a first task to start from' },
  { value: 'completion', summary: 'what a shell needs to complete command lines' },
]
