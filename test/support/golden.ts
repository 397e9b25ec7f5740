import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Artifact, BuildRequest, KindVersions } from '../../src/build/builder.ts'
import { inspect, missileBuilder } from '../../src/build/index.ts'
import {
  parseProjectName,
  parseRef,
  parseRepositoryUrl,
  parseWorkPath,
  prepare,
} from '../../src/source/index.ts'
import { type LocalRemote, localRemote } from './local-remote.ts'

export const FIXTURES = resolve(import.meta.dirname, '../fixtures/missile-golden')

/** A folder of one test, gone after it. */
export interface Bench {
  readonly dir: string
  readonly workPath: string
  readonly remote: LocalRemote
  path(name: string): string
  remove(): void
}

export function bench(env: NodeJS.ProcessEnv = process.env): Bench {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-missile-'))
  return {
    dir,
    workPath: join(dir, 'work'),
    remote: localRemote(env),
    path: (name) => join(dir, name),
    remove: () => {
      execFileSync('chmod', ['-R', 'u+rwX', dir])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A repository made of a golden project, with its stable hash. */
export function goldenRepository(at: Bench, project: string): string {
  const repository = at.path(`${project}.repository`)
  execFileSync('sh', [join(FIXTURES, 'recreate.sh'), join(FIXTURES, 'projects', project), repository])
  return repository
}

/** A repository made of texts: path → text; a path that ends in `*` is executable. */
export function textRepository(at: Bench, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(at.dir, 'tree-'))
  for (const [path, text] of Object.entries(files)) {
    const name = path.replace(/\*$/, '')
    const mode = path.endsWith('*') ? '755' : '644'
    execFileSync(
      'sh',
      ['-c', 'mkdir -p "$(dirname "$0")" && cat >"$0" && chmod "$1" "$0"', join(folder, name), mode],
      {
        input: text,
      },
    )
  }
  const repository = mkdtempSync(join(at.dir, 'repository-'))
  execFileSync('sh', [join(FIXTURES, 'recreate.sh'), folder, repository])
  return repository
}

export interface BuildOptions {
  readonly versions?: Partial<KindVersions>
  readonly request?: Partial<BuildRequest>
  readonly missilePath?: string
  readonly name?: string
}

/** prepare and build as `quick` does it: two questions. */
export async function buildRepository(
  at: Bench,
  repository: string,
  options: BuildOptions = {},
): Promise<readonly Artifact[]> {
  const name = options.name ?? 'project'
  const missilePath = options.missilePath ?? '.missile.yml'
  const { prepared, inspected } = await at.remote.ask(
    prepare(
      {
        name: parseProjectName(name),
        workPath: parseWorkPath(at.workPath),
        url: parseRepositoryUrl(repository),
        ref: parseRef('main'),
      },
      (dir) => inspect(dir, missilePath, 'no-such-trebuchet'),
    ),
  )
  const { made } = await missileBuilder.build(
    at.remote,
    {
      source: prepared,
      missilePath,
      versions: { app: '1.0.0', env: '1.0.0', service: '1.0.0', static: '1.0.0', ...options.versions },
      outputDir: mkdtempSync(join(at.dir, 'out-')),
      maintainer: 'Somebody <somebody@example.invalid>',
      pipOptions: [],
      init: 'systemd',
      compat: 'none',
      workPath: at.workPath,
      run: 'run-1',
      ...options.request,
    },
    inspected,
  )
  return made
}

/** One path of a package as golden.json writes it. */
export interface PackedFile {
  readonly path: string
  readonly type: 'dir' | 'file' | 'symlink'
  readonly mode: string
  readonly size?: number
  readonly sha256?: string
  readonly target?: string
}

const LIST = `import sys, tarfile, json, hashlib
found = []
archive = tarfile.open(fileobj=sys.stdin.buffer, mode='r|')
for each in archive:
    path = '/' + each.name.strip('./') if each.name not in ('.', './') else '/'
    path = '/' + each.name[2:].rstrip('/') if each.name.startswith('./') else path
    if path == '/': continue
    assert (each.uid, each.gid) == (0, 0), each.name
    entry = {'path': path, 'type': 'dir' if each.isdir() else 'symlink' if each.issym() else 'file', 'mode': '%04o' % each.mode}
    if each.issym(): entry['target'] = each.linkname
    if each.isfile():
        content = archive.extractfile(each).read()
        entry['size'] = len(content)
        entry['sha256'] = hashlib.sha256(content).hexdigest()
    found.append(entry)
print(json.dumps(sorted(found, key=lambda each: each['path'])))`

/** What is in a package. */
export const filesOf = (deb: string): readonly PackedFile[] =>
  JSON.parse(
    execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" | /usr/bin/python3 -c "$1"', deb, LIST], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    }),
  ) as readonly PackedFile[]

/** The text of one file of a package; path with its leading `/`. */
export const textOf = (deb: string, path: string): string =>
  execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -xOf - ".$1"', deb, path], {
    encoding: 'utf8',
  })

/** A control file of a package; '' where there is none. */
export function memberOf(deb: string, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gachette-control-'))
  try {
    execFileSync('dpkg-deb', ['-e', deb, folder])
    return readFileSync(join(folder, name), 'utf8')
  } catch {
    return ''
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
