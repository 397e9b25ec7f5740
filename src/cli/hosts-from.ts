import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checkSelection, refuseDangling } from '../inventory/index.ts'
import { printable, UsageError } from '../shell/index.ts'
import type { World } from './streams.ts'

const MOST_BYTES = 16 * 1024 * 1024

/**
 * The hosts that files name (`--hosts-from`, `-` is stdin): each line is a selection as after `-H`, and what follows a `#`
 * a comment. A file that names nobody is refused: the hosts of the settings would be taken instead.
 */
export async function hostsFrom(
  files: readonly string[],
  world: Pick<World, 'stdin' | 'cwd'>,
): Promise<readonly string[]> {
  const lists: (readonly string[])[] = []
  for (const file of files) {
    const shown = file === '-' ? 'stdin' : printable(file).slice(1, -1)
    const text =
      file === '-' ? await drained(world.stdin, shown) : await read(resolve(world.cwd, file), shown)
    const hosts = linesOf(text, shown)
    if (hosts.length === 0) throw new UsageError(`--hosts-from ${shown} names no host`)
    lists.push(hosts)
  }
  return lists.flat()
}

function linesOf(text: string, shown: string): readonly string[] {
  return text.split('\n').flatMap((line, at) => {
    const hosts = line
      .replace(/(^|\s)#.*$/s, '')
      .split(/\s+/)
      .filter((word) => /[^,]/.test(word))
    for (const each of hosts) check(each, `${shown}:${at + 1}`)
    return hosts
  })
}

function check(hosts: string, where: string): void {
  try {
    refuseDangling(hosts)
    checkSelection(hosts)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${where}: ${error.message}`, error.hint === undefined ? {} : { hint: error.hint })
  }
}

async function read(path: string, shown: string): Promise<string> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `--hosts-from ${shown}: ${error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`}`,
    )
  })
  return drained(file.createReadStream(), shown)
}

async function drained(stream: AsyncIterable<Buffer | string>, shown: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > MOST_BYTES)
        throw new UsageError(`--hosts-from ${shown}: more than 16 MiB, which no list of hosts is`)
      chunks.push(bytes)
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`--hosts-from ${shown}: it cannot be read`)
  }
  return Buffer.concat(chunks).toString()
}
