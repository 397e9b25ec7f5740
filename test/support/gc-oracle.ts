import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Everything somebody can reach in a store, found without any of the program's code: one line per thing, such as
 * `stack 1 app 1.0`. Where a reference leads nowhere, its line ends in `BROKEN` and why.
 */
export function reachable(meta: string, keep: number): readonly string[] {
  const lines: string[] = []
  const stacks = join(meta, 'domain/main/stacks')
  for (const name of list(stacks)) {
    lines.push(...packagesOf(meta, join(stacks, name), `stack ${name}`))
    const target = lstatSync(join(stacks, name)).isSymbolicLink() ? readlinkSync(join(stacks, name)) : ''
    if (target.includes('/')) lines.push(...lineage(meta, name, target.split('/').at(-1) ?? '', keep))
  }
  const root = join(meta, '.gachette')
  for (const kind of ['frozen', 'channels', 'deployed'])
    for (const file of filesBelow(join(root, kind), '.json')) {
      const { digest } = JSON.parse(readFileSync(file, 'utf8')) as { digest: string }
      lines.push(...holding(meta, digest, `${kind} ${file.slice(root.length)}`))
    }
  for (const file of filesBelow(join(root, 'builds'), '.json'))
    for (const { name, version } of pinsOf(file))
      lines.push(registered(meta, `build ${file.slice(root.length)}`, name, version))
  for (const suite of list(join(meta, 'dists/main')))
    for (const file of filesBelow(join(meta, 'dists/main', suite), 'Packages'))
      for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/^Filename: (.*)$/gm))
        lines.push(`export ${suite} ${path}${existsSync(join(meta, path)) ? '' : ' BROKEN: no such file'}`)
  return lines
}

/** Packages that are registered, and that nothing refers to: no generation that is there, by manifest or pin, no build, no export. */
export function unreferenced(meta: string): readonly string[] {
  const root = join(meta, '.gachette')
  const wanted = new Set<string>()
  for (const file of [
    ...filesBelow(join(root, 'gen'), '.manifest.json'),
    ...filesBelow(join(root, 'builds'), '.json'),
  ])
    for (const { name, version } of pinsOf(file)) wanted.add(`${name} ${version}`)
  // What old readers see, which an old tool may have changed.
  for (const generation of list(join(root, 'gen/main')))
    for (const name of list(join(root, 'gen/main', generation, 'packages')))
      wanted.add(
        `${name} ${readFileSync(join(root, 'gen/main', generation, 'packages', name, 'version'), 'utf8').trim()}`,
      )
  const files = new Set(
    list(join(meta, 'dists/main')).flatMap((suite) =>
      filesBelow(join(meta, 'dists/main', suite), 'Packages').flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/^Filename: debs\/(.*)$/gm)].map(([, name = '']) => name),
      ),
    ),
  )
  return list(join(meta, 'packages')).flatMap((name) =>
    list(join(meta, 'packages', name, 'version'))
      .filter((version) => !wanted.has(`${name} ${version}`))
      .filter(
        (version) =>
          !files.has(readFileSync(join(meta, 'packages', name, 'version', version, 'file'), 'utf8').trim()),
      )
      .map((version) => `${name} ${version}`),
  )
}

/** The generations a stack can go back to: so many before its current one, as far as they are there at all. */
function lineage(meta: string, stack: string, current: string, keep: number): readonly string[] {
  const lines: string[] = []
  let at: string | null = current
  for (let back = 0; back <= keep && at !== null; back++) {
    const folder: string = join(meta, '.gachette/gen/main', at)
    if (!existsSync(folder)) break
    lines.push(...packagesOf(meta, folder, `back ${back} of ${stack}`))
    at = headOf(join(folder, '.manifest.json')).parent
  }
  return lines
}

function holding(meta: string, digest: string, what: string): readonly string[] {
  const gens = join(meta, '.gachette/gen/main')
  const found = list(gens).find((name) => headOf(join(gens, name, '.manifest.json')).digest === digest)
  if (found === undefined) return [`${what} BROKEN: no generation has its digest`]
  return packagesOf(meta, join(gens, found), what)
}

/** What a folder with packages pins, as old readers see it and as its manifest says. */
function packagesOf(meta: string, folder: string, what: string): readonly string[] {
  const read = list(join(folder, 'packages')).map((name) => {
    const pin = join(folder, 'packages', name, 'version')
    if (!existsSync(pin)) return `${what} ${name} BROKEN: its pin leads nowhere`
    return registered(meta, what, name, readFileSync(pin, 'utf8').trim())
  })
  const manifest = join(folder, '.manifest.json')
  const told = existsSync(manifest) ? pinsOf(manifest) : []
  return [...read, ...told.map(({ name, version }) => registered(meta, `${what} (manifest)`, name, version))]
}

function registered(meta: string, what: string, name: string, version: string): string {
  const file = join(meta, 'packages', name, 'version', version, 'file')
  const line = `${what} ${name} ${version}`
  if (!existsSync(file)) return `${line} BROKEN: it is not registered`
  const deb = join(meta, 'debs', readFileSync(file, 'utf8').trim())
  return existsSync(deb) && statSync(deb).size > 0 ? line : `${line} BROKEN: its file is gone`
}

const headOf = (file: string): { digest: string; parent: string | null } =>
  JSON.parse(`${readFileSync(file, 'utf8').split('\n')[0]}]}`) as { digest: string; parent: string | null }

const pinsOf = (file: string): readonly { name: string; version: string }[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"name":'))
    .map((line) => JSON.parse(line.replace(/,$/, '')) as { name: string; version: string })

const list = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => !name.startsWith('.'))
        .sort()
    : []

const filesBelow = (folder: string, end: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(
          (path) =>
            path.endsWith(end) && !path.split('/').some((part) => part.startsWith('.') && part !== end),
        )
        .map((path) => join(folder, path))
        .sort()
    : []
