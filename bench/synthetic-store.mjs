// A store of N packages and M stacks, written directly to disk: every detail is as the store's own edits leave it
// (generations with links, pins, manifests, digests, logs, records of builds, real .debs, bare mirrors of the projects).
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tinyDeb } from './synthetic-deb.mjs'

const PER_PROJECT = 5
const WHO = 'synth@bench'
const FIRST = Date.UTC(2025, 0, 1)

/**
 * Writes a store into `meta`. Stack `1.0.S` is a clone of the one before in which one project (five packages, in turn
 * `moving` projects) is pinned at a new commit; only the first `generations` stacks are so, the others plain clones of
 * the last. Answers what lies where.
 */
export function writeSyntheticStore({
  meta,
  workPath = meta,
  domain = 'main',
  packages = 50,
  stacks = 10,
  generations = stacks,
  moving = Math.min(10, Math.ceil(packages / PER_PROJECT)),
  commitsPerStack = 3,
}) {
  const store = layout(meta, domain)
  const count = Math.ceil(packages / PER_PROJECT)
  const rebuilds = (at) =>
    1 + Math.floor((Math.max(generations - 1, 0) + moving - 1 - at) / moving) * commitsPerStack
  const projects = Array.from({ length: count }, (_, at) => {
    const name = `project-${String(at).padStart(4, '0')}`
    const url = `https://git.example.org/${name}`
    return {
      name,
      url,
      commits: at < moving ? history(workPath, name, url, rebuilds(at)) : [sha1(name)],
      at: 0,
    }
  })
  const pins = Array.from({ length: packages }, (_, at) => ({
    name: `pkg-${String(at).padStart(5, '0')}`,
    project: projects[Math.floor(at / PER_PROJECT)],
    depends: [at - 1, at - 7]
      .filter((other) => other >= 0)
      .map((other) => `pkg-${String(other).padStart(5, '0')}`),
  }))
  const names = []
  let parent
  for (let at = 0; at < stacks; at++) {
    const stack = `1.0.${at}`
    const when = timeOf(at)
    names.push(stack)
    const origin = names.at(-2) ?? null
    if (at > 0)
      log(store, stack, {
        when,
        verb: 'create',
        generation: parent.name,
        parent: null,
        digest: parent.digest,
        from: origin,
      })
    if (at < generations) {
      const project = at === 0 ? undefined : projects[(at - 1) % moving]
      if (project !== undefined) project.at += commitsPerStack
      const changed = pins.filter((pin) => project === undefined || pin.project === project)
      const was = changed.map(({ line }) => line?.version)
      for (const pin of changed) pin.line = register(store, pin, `1.0.${at}`, when)
      for (const each of new Set(changed.map((pin) => pin.project))) remember(store, each, changed, when)
      const name = `${stampOf(when)}-${sha1(stack).slice(0, 10)}`
      if (at === 0)
        log(store, stack, { when, verb: 'create', generation: name, parent: null, digest: '', from: null })
      parent = generation(store, { name, stack, when, pins, changed, parent, origin })
      const changes = changed.map((pin, one) => ({
        name: pin.name,
        version: pin.line.version,
        was: was[one] ?? null,
      }))
      log(store, stack, {
        when,
        verb: 'add',
        generation: name,
        parent: parent.parent,
        digest: parent.digest,
        changes,
      })
    }
    symlinkSync(`../../../.gachette/gen/${domain}/${parent.name}`, join(store.stacks, stack))
  }
  return { meta, workPath, domain, stacks: names, packages: pins.map(({ name }) => name), projects }
}

function layout(meta, domain) {
  const root = join(meta, '.gachette')
  const stacks = join(meta, 'domain', domain, 'stacks')
  const folders = ['lock', 'incoming', 'accepted', 'pins', 'builds', `gen/${domain}`, `log/${domain}`]
  for (const each of [...folders, `migrating/${domain}`, `aside/${domain}`])
    mkdirSync(join(root, each), { recursive: true })
  for (const each of [stacks, join(meta, 'domain/main/stacks'), join(meta, 'debs'), join(meta, 'packages')])
    mkdirSync(each, { recursive: true })
  symlinkSync('domain/main/stacks', join(meta, 'stacks'))
  symlinkSync('domain', join(meta, 'domains'))
  writeFileSync(join(root, 'lock/store'), '')
  return { meta, root, domain, stacks }
}

/** A package in the pool, with its manifest; answers what a generation's manifest says of it. */
function register({ meta }, { name, project, depends }, version, when) {
  const control = {
    Package: name,
    Version: version,
    Architecture: 'all',
    Maintainer: 'Synthetic <synth@example.org>',
    ...(depends.length > 0 && { Depends: depends.map((other) => `${other} (>= 1.0)`).join(', ') }),
    Description: `part of ${project.name}`,
  }
  const deb = tinyDeb(control, { [`usr/share/doc/${name}/README`]: `${name} ${version}\n` })
  const file = `${name}_${version}_all.deb`
  const sum = sha256(deb)
  writeFileSync(join(meta, 'debs', file), deb)
  const head = `{"name":"${name}","version":"${version}","architecture":"all","sha256":"${sum}","file":"${file}","size":${deb.length},`
  const origin = {
    repository: project.url,
    commit: project.commits[project.at],
    ref: 'main',
    missile: '.missile.yml',
    builder: 'missile',
    versions: {},
  }
  const folder = join(meta, 'packages', name, 'version', version)
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'manifest.json'),
    `${head}\n"recordedAt":"${when}","recordedBy":"${WHO}",\n"buildLog":null,\n"provenance":${JSON.stringify(origin)},\n"control":${JSON.stringify(control)}}\n`,
  )
  writeFileSync(join(folder, 'file'), `${file}\n`)
  return {
    version,
    sum,
    head,
    text: `${head}"pinnedAt":"${when}","pinnedBy":"${WHO}"}`,
    digested: `${name} ${version} all ${sum}\n`,
  }
}

/** The store's memory of a build: which packages came of the project's commit. */
function remember({ root }, project, changed, when) {
  const inputs = { builder: 'missile' }
  const commit = project.commits[project.at]
  const key = sha256(JSON.stringify(inputs)).slice(0, 16)
  const lines = changed
    .filter((pin) => pin.project === project)
    .map(({ line }) => `${line.head.slice(0, -1)}}`)
  mkdirSync(join(root, 'builds', project.name), { recursive: true })
  writeFileSync(
    join(root, 'builds', project.name, `${commit}-${key}.json`),
    `{"v":1,"project":"${project.name}","commit":"${commit}","inputs":${JSON.stringify(inputs)},"when":"${when}","who":"${WHO}","packages":[\n${lines.join(',\n')}\n]}\n`,
  )
}

function generation({ root, domain }, { name, stack, when, pins, changed, parent, origin }) {
  const folder = join(root, 'gen', domain, name)
  mkdirSync(join(folder, 'packages'), { recursive: true })
  const fresh = new Set(changed)
  const before = parent && join(root, 'gen', domain, parent.name, 'packages')
  for (const pin of pins) {
    const link = join(folder, 'packages', pin.name)
    if (!fresh.has(pin)) {
      linkSync(join(before, pin.name), link)
      continue
    }
    mkdirSync(join(root, 'pins', name, pin.name), { recursive: true })
    writeFileSync(join(root, 'pins', name, pin.name, 'version'), `${pin.line.version}\n`)
    symlinkSync(`../../../../pins/${name}/${pin.name}`, link)
  }
  const digest = sha256(pins.map(({ line }) => line.digested).join(''))
  const head = {
    v: 1,
    generation: name,
    parent: parent?.name ?? null,
    digest,
    count: pins.length,
    domain,
    stack,
    verb: 'add',
    when,
    who: WHO,
    why: origin && `after ${origin}`,
  }
  writeFileSync(
    join(folder, '.manifest.json'),
    `${JSON.stringify(head).slice(0, -1)},"packages":[\n${pins.map(({ line }) => line.text).join(',\n')}\n]}\n`,
  )
  writeFileSync(join(folder, '.digest'), `${digest}\n`)
  return { name, digest, parent: parent?.name ?? null }
}

function log({ root, domain }, stack, { when, verb, generation, parent, digest, ...more }) {
  const line = { when, who: WHO, why: null, verb, stack, generation, parent, digest, ...more }
  writeFileSync(join(root, 'log', domain, `${stack}.jsonl`), `${JSON.stringify(line)}\n`, { flag: 'a' })
}

/** A bare mirror with so many commits, one after the other; answers them, oldest first. */
function history(workPath, name, url, count) {
  const dir = join(workPath, 'mirrors', `${name}-${sha256(url).slice(0, 12)}.git`)
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
  const git = (args, input) =>
    execFileSync('git', [`--git-dir=${dir}`, ...args], { env, input, encoding: 'utf8' })
  mkdirSync(dir, { recursive: true })
  git(['init', '-q', '--bare', '-b', 'main', '--template='])
  git(['config', 'remote.origin.url', url])
  const commits = Array.from({ length: count }, (_, at) => {
    const message = `Change ${at} of ${name}`
    const who = `Synthetic <synth@example.org> ${FIRST / 1000 + at * 60} +0000`
    const text = `${at}\n`
    return `commit refs/heads/main\nmark :${at + 1}\nauthor ${who}\ncommitter ${who}\ndata ${message.length}\n${message}\nM 100644 inline file\ndata ${text.length}\n${text}\n`
  })
  git(['fast-import', '--quiet'], commits.join(''))
  return git(['rev-list', '--reverse', 'main']).trim().split('\n')
}

const timeOf = (at) => new Date(FIRST + at * 3_600_000).toISOString().replace('.000Z', 'Z')
const stampOf = (when) => when.replaceAll(/[-:]/g, '')
const sha1 = (text) => createHash('sha1').update(text).digest('hex')
const sha256 = (text) => createHash('sha256').update(text).digest('hex')
