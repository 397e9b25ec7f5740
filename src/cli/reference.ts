import { type SettingSummary, settingSummaries } from '../config/index.ts'
import type { TaskDescription } from '../task/index.ts'
import { COMMAND_WORDS } from './complete/command-words.ts'
import { programHelp } from './options.ts'
import { taskHelp } from './task-help.ts'

/** `docs/reference.md`: the command line, the built-in tasks and the settings, from what declares them. */
export const reference = (builtIn: readonly TaskDescription[]): string =>
  `${[
    '# Reference',
    'Made from the declarations that `gachette --help`, `gachette help TASK` and `.gachetterc.example` are made from.',
    '## Command line',
    fenced(programHelp(100)),
    '## Words that are no tasks',
    table(
      ['word', 'what it does'],
      COMMAND_WORDS.map(({ value, summary = '' }) => [`\`${value}\``, summary]),
    ),
    '## Exit codes',
    EXIT_CODES,
    '## Built-in tasks',
    ...builtIn.flatMap((task) => [`### ${task.name}`, fenced(taskHelp(task, noSettings))]),
    '## Settings',
    'Read from `.gachetterc` and `GACHETTE_…` variables; [`.gachetterc.example`](../.gachetterc.example) has each with an example.',
    table(['setting', 'meaning', 'default'], settingSummaries.map(row)),
    '## Files',
    FILES,
  ].join('\n\n')}\n`

const noSettings = { get: () => undefined, originOf: () => 'default' }

const row = ({ name, summary, otherwise }: SettingSummary): readonly string[] => [
  `\`${name}\``,
  summary,
  otherwise ?? '',
]

const EXIT_CODES = `| code | meaning |
|---|---|
| 0 | all is done |
| 1 | a task failed; lost, signalled and timed out count as failed; or \`max_fail\` or the canary kept something from being begun |
| 2 | the command line, the settings or an argument is wrong; mostly before anything was touched |
| 3 | a host could not be reached, its host key and the login included; 0 with \`skip_bad_hosts\` |
| 130 | the run was cancelled |

Of a mixed run: 130, else 1, else 2, else 3.`

const FILES = `| path | what it is |
|---|---|
| \`.gachetterc\`, \`.gachetterc.{yaml,yml,json}\` | settings of a folder and all below it |
| \`~/.config/gachette/config\`, \`~/.gachetterc\` | settings of a user |
| \`gachette.tasks.{ts,js}\`, \`tasks/\` | tasks of a project |
| \`~/.cache/gachette/\` | compiled task files and the index of tasks; may be removed |
| \`~/.local/state/gachette/runs/\` | the journal of runs |`

const fenced = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n')
}
