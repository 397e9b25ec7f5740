import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** The program that carries a run out, or did: told apart from a later one of the same pid by its start. */
export interface Owner {
  /** 1 for the program that began the run, 2 for the first that took it up again, … */
  readonly attempt: number
  readonly pid: number
  /** Clock ticks since boot; empty where the system does not tell. */
  readonly start: string
  readonly boot: string
  readonly machine: string
  /** Its record broke off: what it did after that is not known. */
  readonly isBroken: boolean
}

export type OwnerFate = 'alive' | 'dead' | 'elsewhere'

/**
 * Makes this program the owner of a run: the first, or the next after one that is dead. False where another program was
 * quicker: a link is made by one of them only.
 */
export function claim(folder: string, attempt: number): boolean {
  const draft = join(folder, `.owner.${process.pid}.${attempt}`)
  const { pid } = process
  const me = { pid, start: startOf(pid) ?? '', boot: bootId(), machine: hostname() }
  try {
    writeFileSync(draft, `${JSON.stringify(me)}\n`, { mode: 0o600 })
    linkSync(draft, join(folder, `owner.${attempt}`))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The last owner of a run; undefined where nobody owns it yet, or what is written of it cannot be read. */
export function ownerOf(folder: string): Owner | undefined {
  const attempts = readdirSync(folder).flatMap((name) => {
    const [, attempt, broken] = /^owner\.(\d{1,6})(\.broken)?$/.exec(name) ?? []
    return attempt === undefined ? [] : [{ name, attempt: Number(attempt), isBroken: broken !== undefined }]
  })
  const last = attempts.sort((a, b) => a.attempt - b.attempt).at(-1)
  if (last === undefined) return undefined
  const { attempt, isBroken } = last
  const told = parse(readFileSync(join(folder, last.name), 'utf8'))
  return told === undefined ? undefined : { ...told, attempt, isBroken }
}

/** Says for good that the record is not whole: a name can be changed where nothing more can be written. */
export function breakOff(folder: string, attempt: number): void {
  const name = join(folder, `owner.${attempt}`)
  renameSync(name, `${name}.broken`)
}

/** Whether an owner still lives; of another machine, that cannot be told from here. */
export function fateOf({ pid, start, boot, machine }: Omit<Owner, 'attempt' | 'isBroken'>): OwnerFate {
  if (machine !== hostname()) return 'elsewhere'
  if (boot !== bootId()) return 'dead'
  const now = startOf(pid)
  if (now !== undefined) return now === start ? 'alive' : 'dead'
  // Without /proc, a pid is all there is.
  return start === '' && answers(pid) ? 'alive' : 'dead'
}

function parse(text: string): Omit<Owner, 'attempt' | 'isBroken'> | undefined {
  try {
    const { pid, start, boot, machine } = JSON.parse(text) as Partial<Record<keyof Owner, unknown>>
    if (!Number.isSafeInteger(pid) || typeof pid !== 'number' || pid < 2) return undefined
    if (typeof start !== 'string' || typeof boot !== 'string' || typeof machine !== 'string') return undefined
    return { pid, start, boot, machine }
  } catch {
    return undefined
  }
}

/** Field 22 of /proc/PID/stat (proc(5)), counted behind the name, which may hold anything; a zombie is gone. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return /^[ZX]$/.test(fields[0] ?? '') ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return ''
  }
}

function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
