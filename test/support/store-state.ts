import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Pin, parseGeneration, parsePins } from '../../src/stack/manifest.ts'
import { digestOf } from '../../src/stack/trust/index.ts'
import { readAsIn2013 } from './store-folder.ts'

/** What people and programs see of a store: pins, names, records. Two stores of one state differ in times and ids only. */
export interface StoreState {
  /** Stack or other name → package → version, as a reader of 2013 sees it. */
  readonly stacks: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Other names of stacks. */
  readonly aliases: Readonly<Record<string, string>>
  /** Frozen stack → names of its signatures. */
  readonly frozen: Readonly<Record<string, readonly string[]>>
  /** Channel → stack of each pointer in turn, with its number of signatures. */
  readonly channels: Readonly<Record<string, readonly string[]>>
}

/** The state of the domain main of a store. Throws where a reader of 2013 would not find what it looks for. */
export function storeState(meta: string): StoreState {
  // The one that was there first has it under its own name only.
  const old = existsSync(join(meta, 'stacks')) ? 'stacks' : 'domain/main/stacks'
  const stacks = join(meta, old)
  const names = listed(stacks)
  const aliases = names.filter((name) => isAlias(join(stacks, name)))
  const records = join(meta, '.gachette')
  return {
    stacks: record(names, (name) => readAsIn2013(meta, name, old)),
    aliases: record(aliases, (name) => readlinkSync(join(stacks, name))),
    frozen: record(json(join(records, 'frozen/main')), (name) =>
      listed(join(records, `frozen/main/${name}.sigs`)),
    ),
    channels: record(listed(join(records, 'channels/main')), (channel) => {
      const folder = join(records, 'channels/main', channel)
      return json(folder).map((number) => {
        const { stack } = JSON.parse(readFileSync(join(folder, `${number}.json`), 'utf8'))
        return `${number} ${stack} ${listed(join(folder, `${number}.sigs`)).length}`
      })
    }),
  }
}

/** What is half done or does not fit together in a store, one line each; nothing while all is well. */
export function halfDone(meta: string): readonly string[] {
  const stacks = join(meta, 'domain/main/stacks')
  const root = join(meta, '.gachette')
  return [
    ...['accepted', 'migrating/main'].flatMap((folder) =>
      listed(join(root, folder)).map((left) => `${folder}/${left}`),
    ),
    ...listed(stacks)
      .filter((name) => lstatSync(join(stacks, name)).isSymbolicLink() && !isAlias(join(stacks, name)))
      .flatMap((name) => wrongStack(meta, name)),
    ...listed(join(meta, 'packages')).flatMap((name) =>
      listed(join(meta, 'packages', name, 'version')).flatMap((version) => wrongPackage(meta, name, version)),
    ),
    ...json(join(root, 'frozen/main')).flatMap((name) => wrongFreeze(meta, name)),
    ...listed(join(root, 'channels/main')).flatMap((name) => wrongChannel(meta, name)),
    ...listed(join(root, 'log/main')).flatMap((name) => wrongLines(join(root, 'log/main', name))),
  ]
}

function wrongStack(meta: string, name: string): readonly string[] {
  const place = join(meta, 'domain/main/stacks', name)
  const [head = '', ...lines] = readFileSync(join(place, '.manifest.json'), 'utf8').split('\n')
  const { generation, digest, count } = parseGeneration(head)
  const pins = parsePins(lines)
  const seen = readAsIn2013(meta, name, 'domain/main/stacks')
  const manifest = Object.fromEntries(pins.map((pin) => [pin.name, pin.version]))
  return [
    ...(generation === basename(readlinkSync(place)) ? [] : [`${name}: generation ${generation}`]),
    ...(digest === digestOf(pins as Pin[]) && count === pins.length ? [] : [`${name}: digest or count`]),
    ...(readFileSync(join(place, '.digest'), 'utf8') === `${digest}\n` ? [] : [`${name}: .digest`]),
    ...(JSON.stringify(seen) === JSON.stringify(manifest)
      ? []
      : [`${name}: ${JSON.stringify({ seen, manifest })}`]),
  ]
}

function wrongPackage(meta: string, name: string, version: string): readonly string[] {
  const folder = join(meta, 'packages', name, 'version', version)
  const file = readFileSync(join(folder, 'file'), 'utf8').trim()
  if (!existsSync(join(folder, 'manifest.json'))) return []
  const { sha256 } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  const bytes = readFileSync(join(meta, 'debs', file))
  return createHash('sha256').update(bytes).digest('hex') === sha256
    ? []
    : [`${name} ${version}: other bytes`]
}

function wrongFreeze(meta: string, name: string): readonly string[] {
  const bytes = readFileSync(join(meta, `.gachette/frozen/main/${name}.json`), 'utf8')
  const { stack, digest, generation } = JSON.parse(bytes)
  const link = readlinkSync(join(meta, 'domain/main/stacks', name))
  const now = readFileSync(join(meta, 'domain/main/stacks', name, '.digest'), 'utf8').trim()
  const fits = stack === name && basename(link) === generation && digest === now && bytes.endsWith('}\n')
  return [
    ...(fits ? [] : [`${name}: freeze record`]),
    ...wrongSignatures(join(meta, `.gachette/frozen/main/${name}.sigs`)),
  ]
}

function wrongChannel(meta: string, name: string): readonly string[] {
  const folder = join(meta, '.gachette/channels/main', name)
  const numbers = json(folder)
  const pointers = numbers.map((number) => JSON.parse(readFileSync(join(folder, `${number}.json`), 'utf8')))
  const link = join(meta, 'domain/main/stacks', name)
  return [
    ...pointers.flatMap(({ number }, at) =>
      number === at + 1 ? [] : [`${name}: number ${number} at ${at + 1}`],
    ),
    ...(pointers.length === 0 || readlinkSync(link) === pointers.at(-1)?.stack ? [] : [`${name}: link`]),
    ...numbers.flatMap((number) => wrongSignatures(join(folder, `${number}.sigs`))),
  ]
}

const wrongSignatures = (folder: string): readonly string[] =>
  listed(folder).filter((name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    return name !== `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.sig`
  })

const wrongLines = (file: string): readonly string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((line) => !/^\{"when":.*\}$/.test(line) || typeof JSON.parse(line) !== 'object')
    .map((line) => `${file}: ${line}`)

const listed = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).sort() : [])

const json = (folder: string): readonly string[] =>
  listed(folder).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []))

const isAlias = (path: string): boolean =>
  lstatSync(path).isSymbolicLink() && !readlinkSync(path).includes('/')

const record = <T>(names: readonly string[], of: (name: string) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(names.map((name) => [name, of(name)]))

const OWN = /^\/(\.gachette\/(incoming|pins)|debs|\.gachette\/gen\/main)\/\.?(TIME-)?ID(-0)?$/

/**
 * A word for all that lies in a store, whatever the times and the ids of edits that `known` does not hold: two stores of
 * one word are told apart by nobody. What a dead edit had made for itself under its own id counts as there or not.
 */
export function fingerprint(folder: string, known: string): string {
  const hash = createHash('sha256')
  const plain = (text: string) =>
    text
      .replace(/\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
      .replace(/[0-9a-f]{10}(?![0-9a-f])/g, (id) => (known.includes(id) ? id : 'ID'))
  const walk = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(dir, entry.name)
      const name = plain(path.slice(folder.length))
      hash.update(name)
      if (OWN.test(name)) continue
      if (entry.isDirectory()) walk(path)
      else if (entry.isSymbolicLink()) hash.update(plain(readlinkSync(path)))
      else
        hash.update(
          entry.name.endsWith('.deb') ? String(lstatSync(path).size) : plain(readFileSync(path, 'latin1')),
        )
    }
  }
  walk(folder)
  return hash.digest('hex')
}
