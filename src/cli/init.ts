import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { initSettings } from '../config/index.ts'
import { UsageError } from '../shell/index.ts'

/** Writes a commented `.gachetterc` and a first task into a folder; files that are there stay. Answers what to say. */
export function init(folder: string): string {
  const settings = write(join(folder, '.gachetterc'), initSettings, 0o600)
  const tasks = write(join(folder, 'gachette.tasks.ts'), FIRST_TASK, 0o644)
  const said = [settings, tasks].map(({ path, isNew }) =>
    isNew ? `wrote ${path}` : `${path} is there already, and stays as it is`,
  )
  const next = tasks.isNew ? NEXT : ['gachette -l lists the tasks']
  return `${[...said, '', ...next].join('\n')}\n`
}

function write(path: string, text: string, mode: number): { readonly path: string; readonly isNew: boolean } {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { mode, flag: 'wx' })
    return { path, isNew: true }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'EEXIST') return { path, isNew: false }
    throw new UsageError(`${path} cannot be written (${String(code)})`, { cause })
  }
}

const NEXT = [
  'gachette -l                        lists the first task',
  'gachette -H user@host disk_free    runs it there',
]

const FIRST_TASK = `import { defineTask } from 'gachette'

// The name of the export is the name of the task:
//   gachette -H user@host disk_free /var
//   gachette -H user@host disk_free:/var
// Parameters are positional in this order, and can be given by name: --path /var
export const disk_free = defineTask({
  summary: 'Say how much room is left',
  // hosts: ['@web'],
  params: {
    path: { type: 'string', default: '/', summary: 'a folder on the host' },
  },
  async run({ ask, log }, { path }) {
    // Each \${} is one word for the remote shell, quoted. A command that fails ends the task; of a pipe, the last one counts.
    const table = await ask\`df -h --output=avail \${path}\`
    log(\`\${table.split('\\n').at(-1)?.trim()} free\`)
  },
})
`
