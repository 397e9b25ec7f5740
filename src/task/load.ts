import { readFileSync } from 'node:fs'
import { GachetteError, UsageError } from '../shell/index.ts'
import type { TaskFile } from './files.ts'

/** What a task file exports. */
export interface LoadedFile {
  readonly file: TaskFile
  readonly exported: Readonly<Record<string, unknown>>
}

export interface LoadOptions {
  /** What `import … from 'gachette'` means in task files: the running program's own module. */
  readonly api: object
  /** A folder only I can write to, for compiled files; undefined: nothing is kept. */
  readonly cacheDir: string | undefined
}

/**
 * Loads task files, TypeScript and JavaScript alike, without a build step. A file that does not load is one UsageError
 * that says where it is broken.
 */
export async function loadTaskFiles(
  files: readonly TaskFile[],
  { api, cacheDir }: LoadOptions,
): Promise<readonly LoadedFile[]> {
  if (files.length === 0) return []
  const { createJiti } = await import('jiti')
  const jiti = createJiti(import.meta.url, {
    // jiti's own default is a predictable folder under the system's temporary one, and what lies there is executed.
    fsCache: cacheDir ?? false,
    interopDefault: false,
    virtualModules: { gachette: api },
  })
  const loaded: LoadedFile[] = []
  for (const file of files) {
    const exported = await jiti.import(file.path).catch((cause: unknown) => {
      throw broken(file.path, cause)
    })
    loaded.push({ file, exported: isRecord(exported) ? exported : {} })
  }
  return loaded
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** `tasks/db.ts:4:4: Unexpected token`, whatever way the file failed to load. */
function broken(path: string, cause: unknown): UsageError {
  if (!(cause instanceof Error)) return new UsageError(`${path}: it threw ${String(cause)}`, { cause })
  const hint = cause instanceof GachetteError ? cause.hint : undefined
  const [what = 'it cannot be loaded'] = cause.message.replace(/^ParseError: /, '').split('\n')
  return new UsageError(`${placeOf(path, cause)}: ${what.trim()}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  })
}

function placeOf(path: string, { message, stack = '' }: Error): string {
  // A syntax error names its place on the last line of its message; what ran and threw has it in its stack.
  const syntax = /^ ?(\/.+:\d+:\d+)$/m.exec(message)?.[1]
  if (syntax !== undefined) return syntax
  const frame = stack.split('\n').find((line) => line.includes(`${path}:`))
  const line =
    frame?.slice(frame.indexOf(path) + path.length).match(/^:(\d+)/)?.[1] ?? lineOfImport(path, message)
  return line === undefined ? path : `${path}:${line}`
}

/** A module that cannot be found leaves no frame: the line is the one that imports it. */
function lineOfImport(path: string, message: string): string | undefined {
  const wanted = /Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1]
  if (wanted === undefined) return undefined
  const at = readFileSync(path, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(wanted))
  return at === -1 ? undefined : String(at + 1)
}
